"""The state folder: tables, checkpoints and what is remembered between updates."""
