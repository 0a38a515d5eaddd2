"""Pairs owns the mentor-mentee pair as a dated period with states, from proposal to its end (stages 4.1 and 5.1)."""
