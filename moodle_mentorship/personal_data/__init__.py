"""«Мои данные»: everything that the school holds about a person, who looked at it, what the person may ask for."""
