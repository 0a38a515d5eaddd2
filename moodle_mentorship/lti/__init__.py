"""LTI owns the existing Moodle login: registration, launch verification and the browser's session."""
