"""Melodies of one voice for sequence models: symbols, fields, masks, corpora and training, whatever network reads them."""
