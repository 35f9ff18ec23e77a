"""Runs one flow: a streaming query, a materialized view, or AUTO CDC."""
