"""Tests of the room `roadmap`."""
