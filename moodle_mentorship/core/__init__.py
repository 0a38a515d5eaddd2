"""Core owns what every room stands on: settings, database, clock, errors, actor, audit journal and jobs."""
