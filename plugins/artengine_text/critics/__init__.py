"""Critics of verse: numpy and plain Python, no torch."""
