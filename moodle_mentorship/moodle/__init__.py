"""Moodle owns the border with a school's Moodle: the platform and its keys, the web-service client, and the outbox."""
