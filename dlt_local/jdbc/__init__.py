"""Reads of databases through JDBC: drivers, limits of time, errors that name the database, hidden passwords."""
