"""A mentee's confidential wish for another mentor: only they and the curators know of it."""
