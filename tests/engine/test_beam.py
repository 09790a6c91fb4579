"""Beam search against trying everything."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from artengine.nn.beam import beam
from artengine.nn.recurrent import Recurrent
from artengine.nn.recurrent_step import RecurrentStep
from artengine.nn.transformer import Transformer
from artengine.nn.transformer_step import TransformerStep

SYMBOLS = STEPS = 4


class Climb:
    """Four symbols, none twice in a row; a zero ends it early."""

    def __init__(self, symbols=()):
        self.symbols = list(symbols)

    def copy(self):
        return Climb(self.symbols)

    @property
    def done(self):
        return len(self.symbols) == STEPS or 0 in self.symbols

    def fields(self):
        return (self.symbols[-1] if self.symbols else 0, len(self.symbols))

    def allowed(self):
        mask = np.ones(SYMBOLS, bool)
        if self.symbols:
            mask[self.symbols[-1]] = False
        return mask

    def push(self, symbol):
        assert self.allowed()[symbol]
        assert not self.done
        self.symbols.append(symbol)


@pytest.fixture(params=["recurrent", "transformer"])
def model(request):
    torch.manual_seed(2)
    if request.param == "recurrent":
        return RecurrentStep(Recurrent((SYMBOLS, STEPS), units=16, layers=1, embedding=8).arrays(), (SYMBOLS, STEPS))
    net = Transformer((SYMBOLS, STEPS), width=16, layers=2, heads=2, context=3)
    torch.nn.init.normal_(net.head.weight, std=0.5)
    return TransformerStep(net.arrays(), (SYMBOLS, STEPS), 2, 3)


def probability(model, symbols):
    """Natural logarithm, by the score of the whole."""
    lines = [Climb(symbols[:t]).fields() for t in range(len(symbols))]
    return model.score(np.array(lines))[np.arange(len(symbols)), list(symbols)].sum()


def every_line(model):
    found = {}
    for symbols in itertools.product(range(SYMBOLS), repeat=STEPS):
        line = Climb()
        for symbol in symbols:
            if line.done or not line.allowed()[symbol]:
                break
            line.push(symbol)
        if line.done:
            found[tuple(line.symbols)] = probability(model, line.symbols)
    return found


def test_a_beam_wide_enough_finds_the_likeliest_lines_of_all(model):
    every = every_line(model)
    found = beam(model, Climb(), 2000)
    assert {tuple(line.symbols) for _, line in found} == set(every)
    for score, line in found:
        assert score == pytest.approx(every[tuple(line.symbols)], abs=1e-4)
    assert [score for score, _ in found] == sorted((score for score, _ in found), reverse=True)


def test_a_beam_of_one_takes_the_likeliest_symbol_each_time(model):
    line, state = Climb(), model.start()
    while not line.done:
        logits = model.step(np.array(line.fields()), state)
        line.push(int(np.where(line.allowed(), logits, -np.inf).argmax()))
    [(_, found)] = beam(model, Climb(), 1)
    assert found.symbols == line.symbols


def test_a_wider_beam_is_as_good_and_gives_so_many(model):
    narrow, wide = beam(model, Climb(), 1), beam(model, Climb(), 12)
    assert len(wide) == 12
    assert wide[0][0] >= narrow[0][0] - 1e-5


def test_length_is_weighed(model):
    by_sum, by_mean = beam(model, Climb(), 2000), beam(model, Climb(), 2000, length=1.0)
    assert [score for score, _ in by_mean] == sorted((score for score, _ in by_mean), reverse=True)
    sums = {tuple(line.symbols): score for score, line in by_sum}
    for score, line in by_mean:
        assert score == pytest.approx(sums[tuple(line.symbols)] / len(line.symbols))
    assert len(by_mean[0][1].symbols) >= len(by_sum[0][1].symbols)


def test_the_line_given_is_left_alone_and_a_stop_is_heard(model):
    line = Climb()
    beam(model, line, 3)
    assert line.symbols == []
    assert beam(model, line, 3, stopped=lambda: True) == []
