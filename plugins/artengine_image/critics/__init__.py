"""Critics of images: numpy and plain Python, no torch."""
