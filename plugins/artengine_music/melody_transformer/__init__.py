"""``melody-transformer``: melodies and four-part chorales by a transformer, and settings of a given voice."""
