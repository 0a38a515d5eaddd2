"""Sync owns the way to and from Moodle: passes over the staff directory, delivery of the outbox, the webhook."""
