"""Whether the data can be trusted, from the quality tables of ops."""
