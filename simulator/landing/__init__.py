"""The files of a landing folder as the Kafka messages that they were, or might have been."""
