"""Occupancy, workouts and heart rate, from the gold tables."""
