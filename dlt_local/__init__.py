"""Runs Databricks declarative pipelines, unmodified, on open-source Spark and Delta."""

__version__ = "0.1.0"
