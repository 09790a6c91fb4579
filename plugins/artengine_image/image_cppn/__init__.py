"""``image-cppn``: pictures as functions of place, rendered at any size."""
