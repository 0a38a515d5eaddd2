"""Demo owns the demonstration school and its Moodle; production never imports it into a request."""
