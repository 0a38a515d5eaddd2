"""The order that fixes pairs and groups: its draft in Word, its date and number put down for all at once."""
