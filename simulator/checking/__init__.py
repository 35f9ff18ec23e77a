"""Compares what a run of the lakehouse made of a generated world with the truth.

What must be there is computed from the truth in SQL (DuckDB) and plain Python; it shares no code with the pipeline.
"""
