"""What the melody benchmarks share: the folk corpus as arrays, and a model to look at."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from artengine import corpus, models, plugins
from artengine.runs import LocalRun
from artengine.studio import Studio


def folk_arrays():
    """The arrays of melody-rnn for the corpus ``folk``, from the cache or prepared now."""
    run = LocalRun()
    part = plugins.load("melody-rnn")
    generator = plugins.target(part)(models.Model.fresh(part, part.options()), run)
    return corpus.prepared(generator, part, corpus.open("folk", "music", run), run)


def melodies_of(arrays, part):
    """(symbols, fields, notes) of every melody of one part of the split."""
    starts = np.concatenate(([0], np.cumsum(arrays["lengths"])))
    return [(arrays["symbols"][starts[i]:starts[i + 1]], arrays["fields"][starts[i]:starts[i + 1]], int(arrays["notes"][i]))
            for i in np.flatnonzero(arrays["split"] == part)]


def shipped(path=None):
    """The generator melody-rnn with the model that ships, or the one of a file."""
    part = plugins.load("melody-rnn")
    file = Path(path) if path else models.resolve(part, None, Studio.find())
    return plugins.target(part)(models.Model.load(file, part), LocalRun())
