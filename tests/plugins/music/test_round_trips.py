"""Reading a file we wrote gives the same score."""

import itertools

import pytest

from artengine_corpora.bach import BachChorales
from artengine_corpora.folk import Folk
from artengine_music import abc, abc_write, midi_read, midi_write, musicxml_read, musicxml_write

from .scores import random_score

RECIPE = '{"seed":7,"say":"a--b <c> & \\"d\\" é"}'


def folk(count=60):
    corpus = Folk(None, None, None)
    some = corpus.pieces()[::40]
    return list(itertools.islice((s for p in some for s in itertools.islice(corpus.read(p), 4)), count))


def chorales():
    corpus = BachChorales(None, None, None)
    return [s for p in corpus.pieces()[::60] for s in corpus.read(p)]


@pytest.fixture(scope="module")
def real():
    return folk() + chorales()


def difference(a, b):
    """What differs, for a failing test to show."""
    fields = ("pickup", "length", "meters", "keys", "tempos")
    told = [f"{f}: {getattr(a, f)} != {getattr(b, f)}" for f in fields if getattr(a, f) != getattr(b, f)]
    told += [f"{x} != {y}" for x, y in zip(a.notes, b.notes, strict=False) if x != y][:3]
    return [*told, f"{len(a.notes)} and {len(b.notes)} notes"]


def check(score, again):
    assert score == again, difference(score, again)


@pytest.mark.parametrize("seed", range(60))
def test_random_scores(seed):
    score = random_score(seed)
    check(score, midi_read.read(midi_write.write(score, RECIPE)))
    check(score, musicxml_read.read(musicxml_write.write(score, RECIPE).encode()))
    plain = random_score(seed, velocities=False)  # ABC has no velocities
    (again,) = abc.read(abc_write.write(plain, RECIPE))
    check(plain, again)


def test_real_scores(real):
    for score in real:
        check(score, midi_read.read(midi_write.write(score)))
        check(score, musicxml_read.read(musicxml_write.write(score).encode()))
        (again,) = abc.read(abc_write.write(score))
        check(score, again)


def test_names_and_labels():
    score = random_score(3)
    for again in (midi_read.read(midi_write.write(score)), musicxml_read.read(musicxml_write.write(score).encode()),
                  abc.read(abc_write.write(score))[0]):
        assert again.title == score.title
        assert again.voices == score.voices
    assert musicxml_read.read(musicxml_write.write(score).encode()).labels == score.labels


def test_recipes():
    score = random_score(5)
    assert midi_read.recipe(midi_write.write(score, RECIPE)) == RECIPE
    assert musicxml_read.recipe(musicxml_write.write(score, RECIPE).encode()) == RECIPE
    assert abc.recipe(abc_write.write(score, RECIPE)) == RECIPE
    assert midi_read.recipe(midi_write.write(score)) is None
    assert musicxml_read.recipe(musicxml_write.write(score).encode()) is None
    assert abc.recipe(abc_write.write(score)) is None
    assert midi_read.recipe(b"junk") is None
    assert musicxml_read.recipe(b"junk") is None
