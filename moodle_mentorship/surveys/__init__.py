"""Surveys owns questionnaires: their versions, rounds in which people are asked, and the answers (2.1, 3.1, 6.1)."""
