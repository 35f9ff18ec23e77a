"""Shows what a state folder holds, without Spark."""
