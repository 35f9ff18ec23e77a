"""What pipeline authors call, and the frozen definitions that come of it."""
