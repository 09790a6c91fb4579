"""Generators of verse: ``poetry-rnn`` and ``poetry-transformer``."""
