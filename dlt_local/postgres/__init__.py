"""A PostgreSQL server for tests and for development, from the binaries that the machine has."""
