"""The year's road map: lines of seven stages, what proves them done, approved versions."""
