"""Kafka: a broker for this machine, and what a pipeline that reads or writes Kafka needs beside Spark."""
