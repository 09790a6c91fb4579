"""A corpus as arrays: symbols of every poem, what the model is told beside them, which poems are held out, the lexicon."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from artengine.api import Run
from artengine.errors import ArtengineError
from artengine.works import Text
from artengine_text import fingerprint
from artengine_text.languages import guess
from artengine_text.poetry import fields as f
from artengine_text.poetry import lexicon, theme
from artengine_text.poetry.tokens import NEWLINE, STANZA, UNKNOWN, Tokens
from artengine_text.poetry.verse import FINAL, MARKS, Line, lines_of
from artengine_text.prosody.base import Prosody, prosody_for

TRAIN, VALIDATION, TEST = range(3)
HELD_OUT = 0.05  # share of the poems for validation, and again for test
LONGEST = 512  # symbols of one sequence; a longer poem is cut between lines
LEAST = 200  # characters a corpus must have
MOST = 24_000_000  # characters learnt from; of more, every other poem is taken, every fourth, and so on
SHAPES = 60  # poems of each style that lend new ones their shape
_SHARED = 0.3  # a poem that has this share of its lines in common with a training poem is a version of it


@dataclass(frozen=True)
class Poem:
    """A poem as it is prepared."""

    lines: tuple[Line, ...]
    language: str
    style: str
    verse: bool
    """It is no speech of a play."""


def prepare(works: Iterable[Text], run: Run, pieces: int, language: str = "", tokens: Tokens | None = None,
            longest: int = LONGEST) -> Mapping[str, np.ndarray]:
    """Arrays of a corpus of N sequences with T symbols in all.

    ``symbols`` (T,) int16, or int32 where there are more of them; ``fields`` (T, 5) uint8, those of :mod:`.fields` and
    the style; ``lengths``, ``characters`` (N,) int32; ``split`` (N,) uint8; ``header`` JSON as bytes; the
    lexicon, the theme and the fingerprint of the training poems under ``lexicon.*``, ``theme.*`` and ``fingerprint.*``.

    :param language: of the poems to take; by default that of most.
    :param pieces: symbols to learn at the most; the characters alone where that is less than they are.
    :param tokens: symbols that are fixed already, in place of those learnt here.
    :param longest: symbols of one sequence.
    :raises ArtengineError: where there is too little text.
    """
    poems, texts, language = _poems(works, run, language)
    prosody = prosody_for(language)
    units = Counter(unit for poem in poems for line in poem.lines for unit in line.units)
    tokens = Tokens.learn(units, pieces) if tokens is None else tokens
    split = hold_out(poems)
    prosody.prepare(sorted({unit.strip() for unit in units if unit not in MARKS}))
    styles = _styles(poems)
    coded = [(part, *one) for poem, part in zip(poems, split, strict=True)
             for one in _sequences(poem, tokens, prosody, styles, longest)]
    learnt = [poem for poem, part in zip(poems, split, strict=True) if part == TRAIN]
    lines = [poem.lines for poem in learnt]
    words = lexicon.learn(lines, prosody, tokens)
    related = theme.learn(lines, lexicon.Lexicon(words, tokens).numbers, prosody.weak)
    final = [poem.lines[-1].units[-1] in FINAL for poem in learnt]
    unknown = sum(units[unit] for unit in units if UNKNOWN in tokens.encode(unit))
    if unknown:
        run.skip("rare characters", f"{unknown} words hold one met too seldom; they are learnt as unknown")
    header = {
        "tokens": tokens.to_data(), "language": language, "styles": styles, "shapes": _shapes(learnt, styles, prosody),
        "poems": [int(n) for n in np.bincount(split, minlength=3)],
        "closes": round(sum(final) / len(final), 3), "marks": _marks(learnt),
    }
    return {
        "symbols": np.concatenate([symbols for _, symbols, _, _ in coded]),
        "fields": np.concatenate([fields for _, _, fields, _ in coded]),
        "lengths": np.array([len(symbols) for _, symbols, _, _ in coded], np.int32),
        "characters": np.array([n for *_, n in coded], np.int32),
        "split": np.array([part for part, *_ in coded], np.uint8),
        "header": np.frombuffer(json.dumps(header, ensure_ascii=False).encode(), np.uint8),
        **{f"lexicon.{name}": array for name, array in words.items()},
        **{f"theme.{name}": array for name, array in related.items()},
        **{f"fingerprint.{name}": array for name, array in fingerprint.build(
            [text for text, part in zip(texts, split, strict=True) if part == TRAIN]).items()},
    }


def _poems(works: Iterable[Text], run: Run, language: str) -> tuple[list[Poem], list[Text], str]:
    """The usable poems as lines and as they were, and their language."""
    poems: list[Poem] = []
    texts: list[Text] = []
    every, seen, characters = 1, 0, 0
    for text in works:
        lines = lines_of(text.body)
        if not lines:
            run.skip(text.title or text.labels.get("source", "untitled"), "no words in it")
            continue
        seen += 1
        if seen % every:
            continue
        tag = (text.language or guess(text.body)).partition("-")[0]
        poems.append(Poem(tuple(lines), tag, text.labels.get("author") or text.labels.get("source", ""),
                          text.labels.get("form") != "speech"))
        texts.append(text)
        characters += len(text.body)
        if characters > MOST:
            every *= 2
            poems, texts = poems[::2], texts[::2]
            characters = sum(len(text.body) for text in texts)
    if every > 1:
        run.skip(f"{seen - len(poems)} poems", f"more than {MOST:,} characters; one poem in {every} is learnt from")
    language = language or next((tag for tag, _ in Counter(p.language for p in poems).most_common() if tag), "und")
    ours = [i for i, poem in enumerate(poems) if poem.language in {language, ""}]
    if len(ours) < len(poems):
        run.skip(f"{len(poems) - len(ours)} poems", f"not in the language {language}; --set language=… takes another")
        poems, texts = [poems[i] for i in ours], [texts[i] for i in ours]
    characters = sum(len(str(line)) + 1 for poem in poems for line in poem.lines)
    if len(poems) == 1 and len(poems[0].lines) > 1:  # one long text: what it has of stanzas are its pieces
        poems, texts = _pieces(poems[0], texts[0])
    if len(poems) < 2 or characters < LEAST:
        raise ArtengineError(
            f"The corpus has {len(poems) or 'no'} poem{'' if len(poems) == 1 else 's'} with {characters} characters; two "
            f"poems and {LEAST} characters are the least, one poem to learn from and one to test on.",
            "Add more; a hundred poems begin to work, thousands work well. Poems are parted by an empty line, or are files.")
    return poems, texts, language


def _pieces(poem: Poem, text: Text) -> tuple[list[Poem], list[Text]]:
    """One text as several: its stanzas, gathered to 14 lines or so, or its lines by the dozen where it has none."""
    pieces: list[list[Line]] = [[]]
    for line in poem.lines:
        pieces[-1].append(line)
        if len(pieces[-1]) >= 14 or (line.ends_stanza and len(pieces[-1]) >= 8):
            pieces.append([])
    pieces = [piece for piece in pieces if piece]
    return ([Poem(tuple(piece), poem.language, poem.style, poem.verse) for piece in pieces],
            [Text("\n".join(map(str, piece)), text.title, text.language, text.labels) for piece in pieces])


def _styles(poems: Sequence[Poem]) -> list[str]:
    """Authors or sources that have at least one in fifty of the lines, the commonest first; none where there is but one."""
    lines: Counter[str] = Counter()
    for poem in poems:
        lines[poem.style] += len(poem.lines)
    total = lines.total()
    common = [style for style, count in lines.most_common(f.STYLES - 1) if style and count >= 0.005 * total]
    return common if len(lines) > 1 else []


def _sequences(poem: Poem, tokens: Tokens, prosody: Prosody, styles: Sequence[str], longest: int
               ) -> list[tuple[np.ndarray, np.ndarray, int]]:
    """Symbols, fields and number of characters of a poem, cut between lines where it is longer than *longest*."""
    style = styles.index(poem.style) + 1 if poem.style in styles else 0
    left_in_stanza = 0
    after = [0] * len(poem.lines)  # lines left in the stanza, this one counted
    for i in reversed(range(len(poem.lines))):
        left_in_stanza = 1 if poem.lines[i].ends_stanza else left_in_stanza + 1
        after[i] = left_in_stanza
    sequences = []
    symbols: list[int] = []
    fields: list[tuple[int, ...]] = []
    characters = 0
    for i, line in enumerate(poem.lines):
        words = line.words
        beats = [len(prosody.readings(word)[0].beats) for word in words]
        sound = f.rhyme(prosody.readings(words[-1])[0].rhyme)
        told = f.lines_left(after[i], f.STANZA_LINES), f.lines_left(len(poem.lines) - i, f.POEM_LINES), sound, style
        left, said, new, seen = sum(beats), 0, [], []  # a word counts as said when the symbol after it is known
        counts = iter(beats)
        for unit in line.units:
            coded = tokens.encode(unit)
            new += coded
            seen.append((f.beats_left(left), *told))
            left -= said
            said = 0 if unit in MARKS else next(counts)
            seen += [(f.beats_left(left), *told)] * (len(coded) - 1)
        new.append(STANZA if line.ends_stanza else NEWLINE)
        seen.append((f.beats_left(left), *told))
        if symbols and len(symbols) + len(new) > longest:
            sequences.append((symbols, fields, characters))
            symbols, fields, characters = [], [], 0
        symbols += new[:longest]
        fields += seen[:longest]
        characters += len(str(line)) + 1
    sequences.append((symbols, fields, characters))
    width = np.int16 if len(tokens) <= 2**15 else np.int32
    return [(np.array(s, width), np.array(t, np.uint8), n) for s, t, n in sequences]


def hold_out(poems: Sequence[Poem]) -> np.ndarray:
    """Which poems train, validate and test, by their own content, so that a poem stays where it is as a corpus grows.

    A held-out poem that shares lines with a training one goes to training.

    :returns: (N,) uint8
    """
    keys = [["".join(line.words).casefold() for line in poem.lines] for poem in poems]
    rank = [int.from_bytes(hashlib.blake2b("\n".join(key).encode(), digest_size=4).digest(), "big") / 2**32 for key in keys]
    if len(poems) < 100:
        held = sorted(range(len(poems)), key=lambda i: rank[i])[:max(1, len(poems) // 10)]
        return np.array([VALIDATION if i in held else TRAIN for i in range(len(poems))], np.uint8)
    split = np.array([VALIDATION if r < HELD_OUT else TEST if r < 2 * HELD_OUT else TRAIN for r in rank], np.uint8)
    known = {key for i in np.flatnonzero(split == TRAIN) for key in keys[i]}
    shared = [sum(key in known for key in key_lines) / len(key_lines) for key_lines in keys]
    split[(split != TRAIN) & (np.array(shared) > _SHARED)] = TRAIN
    if VALIDATION not in split:  # a corpus of refrains: what is least like the rest must do
        split[min(range(len(poems)), key=lambda i: (rank[i] >= 2 * HELD_OUT, shared[i], rank[i]))] = VALIDATION
    return split


def _shapes(poems: Sequence[Poem], styles: Sequence[str], prosody: Prosody) -> list[list[int]]:
    """Style and beats of each line, negative where it ends a stanza, of up to ``SHAPES`` poems of each style.

    Speeches of plays lend no poem their shape, nor does what is longer than 40 lines.
    """
    shapes = []
    for style in ["", *styles]:
        ours = [poem for poem in poems if (poem.style if poem.style in styles else "") == style and poem.verse
                and 1 < len(poem.lines) <= 40]
        for poem in ours[::max(1, -(-len(ours) // SHAPES))]:
            beats = (sum(len(prosody.readings(word)[0].beats) for word in line.words) for line in poem.lines)
            shapes.append([styles.index(style) + 1 if style else 0,
                           *(-n if line.ends_stanza else n for n, line in zip(beats, poem.lines, strict=True))])
    return shapes


def _marks(poems: Sequence[Poem]) -> list[str]:
    """The marks that lines end on, where at least one in a hundred does."""
    ends = Counter(line.units[-1] for poem in poems for line in poem.lines)
    return [mark for mark in ends if mark in MARKS and ends[mark] >= 0.003 * ends.total()]
