"""Delivers health alerts from a Kafka topic to a webhook: each at least once, with a key by which receivers tell."""
