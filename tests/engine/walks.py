"""A small made-up kind of line to decode."""

from __future__ import annotations

import numpy as np

SIZES = (23, 5, 9)


class Walk:
    """Symbols until the first zero, at least five and at most forty; even ones only after odd ones."""

    def __init__(self, seed):
        self.symbols = []

    @property
    def done(self):
        return len(self.symbols) >= 40 or (len(self.symbols) > 5 and self.symbols[-1] == 0)

    def fields(self):
        return (self.symbols[-1] if self.symbols else 0, len(self.symbols) % 5, len(self.symbols) % 9)

    def allowed(self):
        mask = np.ones(SIZES[0], bool)
        if self.symbols and self.symbols[-1] % 2 == 0:
            mask[2::2] = False
        return mask

    def push(self, symbol):
        self.symbols.append(symbol)
