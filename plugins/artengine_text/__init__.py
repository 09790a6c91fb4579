"""Parts for text: what reads it, writes it, and sets it in type."""
