"""Makes a fitness world up, plays it into Kafka or a database, and verifies what a lakehouse made of it."""
