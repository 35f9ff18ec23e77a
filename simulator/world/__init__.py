"""A fitness world: members, gyms, workouts, heart rates, and how their data reach a lakehouse.

Each module is one part of the model: pure functions from parameters and a random stream to arrays or records.
"""
