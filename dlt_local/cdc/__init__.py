"""AUTO CDC: change events by key and sequence become current rows (SCD 1) or versions (SCD 2)."""
