"""Checks a day."""
