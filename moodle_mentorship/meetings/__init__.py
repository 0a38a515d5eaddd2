"""Meetings owns what the curator calls people together for: training, exchange, the closing event (4.2, 5.4, 6.3)."""
