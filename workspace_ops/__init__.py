"""Operates the lakehouse on a Databricks workspace through its REST API."""
