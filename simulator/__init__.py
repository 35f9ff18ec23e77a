"""Plays a fitness world into Kafka: what lies in landing folders, and live heart rates; shows what arrives."""
