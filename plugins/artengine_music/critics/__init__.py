"""Critics of music: numpy and plain Python, no torch."""
