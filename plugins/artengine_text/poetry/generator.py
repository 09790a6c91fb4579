"""The generators: they render with numpy alone; torch comes in only with training."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from artengine.api import Run
from artengine.errors import ArtengineError
from artengine.models import Model
from artengine.nn.decoding import StepModel, decode
from artengine.nn.drafting import drafted
from artengine.nn.sampling import Sampler
from artengine.works import Text
from artengine_text.poetry import fields as f
from artengine_text.poetry.lexicon import Lexicon
from artengine_text.poetry.planning import Book
from artengine_text.poetry.poem import PoemLine
from artengine_text.poetry.settings import Controls, Options, TransformerOptions
from artengine_text.poetry.theme import Theme
from artengine_text.poetry.tokens import NEWLINE, STANZA, START, Tokens
from artengine_text.poetry.verse import lines_of, written
from artengine_text.prosody.base import Prosody, prosody_for

if TYPE_CHECKING:
    from artengine_text.poetry.learner import VerseLearner

SCORED_AT_ONCE = 32
_LONGEST_SCORED = 2048  # symbols


class _Poetry:
    """What both generators share: everything but their network."""

    options: Any
    step: StepModel

    def __init__(self, model: Model, run: Run) -> None:
        self.model, self.run = model, run
        self.options = model.options

    @property
    def encoder(self) -> str:
        """Version of :meth:`prepare`, with the options it depends on."""
        return f"verse-4-{self.options.pieces}-{self.options.language}"

    @cached_property
    def tokens(self) -> Tokens:
        """What the model's symbols mean."""
        try:
            return Tokens.from_data(self.model.header["tokens"])
        except (KeyError, TypeError, ValueError) as error:
            raise self._damaged("its header lacks the symbols") from error

    @cached_property
    def prosody(self) -> Prosody:
        """The sounds of the model's language."""
        return prosody_for(self.model.header.get("language", "und"))

    @cached_property
    def lexicon(self) -> Lexicon:
        """The words a poem may have."""
        arrays = {name[8:]: array for name, array in self.model.weights.items() if name.startswith("lexicon.")}
        try:
            return Lexicon(arrays, self.tokens)
        except (KeyError, ValueError, IndexError) as error:
            raise self._damaged("it lacks its lexicon") from error

    @property
    def sizes(self) -> tuple[int, ...]:
        """Values of each field, the symbols' own first."""
        return len(self.tokens), *f.SIZES, f.STYLES

    def _damaged(self, how: str) -> ArtengineError:
        return ArtengineError(f"The model {self.model.name or self.model.part} is damaged: {how}.",
                              "Take another with --model, or train it again; `artengine models` lists those there are.")

    def render(self, controls: Controls, seeds: Sequence[int]) -> Iterator[Text]:
        """Yield one poem per seed.

        :raises ArtengineError: for a form or a wish that cannot be had, before the first symbol.
        """
        book = Book(controls, self.model.header, self.tokens, self.lexicon, self.prosody)
        if controls.theme:
            arrays = {name[6:]: array for name, array in self.model.weights.items() if name.startswith("theme.")}
            book.theme = Theme(controls.theme, arrays, self.lexicon.numbers)
            for word in book.theme.unknown:
                self.run.skip(f'"{word}"', "the model does not know this word of the theme")
        sampler = Sampler(controls.temperature, controls.top_k, controls.top_p, controls.min_p)
        language = self.model.header.get("tag") or self.model.header.get("language", "")
        # What was asked goes with the poem, so that critics hold it to that.
        labels = {"form": controls.form, "rhyme": controls.rhyme, "meter": controls.meter,
                  "syllables": ",".join(map(str, controls.syllables))}
        asked = {name: value for name, value in labels.items() if value}
        for poem in self._decoded(book, seeds, sampler, controls.drafts):
            yield Text(written(poem.lines, [verse.ends_stanza for verse in poem.verses]), "", language, asked)

    def _decoded(self, book: Book, seeds: Sequence[int], sampler: Sampler, drafts: int) -> Iterator[PoemLine]:
        if drafts == 1:
            yield from decode(self.step, book.poem, seeds, sampler, self.run.stopped)
            return
        for seed in seeds:
            poem = drafted(self.step, book.poem(seed), seed, sampler, drafts, judge=book.worth, stopped=self.run.stopped)
            if poem is None:
                return
            yield poem

    def score(self, texts: Sequence[Text]) -> list[tuple[float, int]]:
        """How surprised the model is by each text: (nats, characters), or (nan, 0) where there are no words in it."""
        coded: list[tuple[int, np.ndarray, np.ndarray, int]] = []
        for i, text in enumerate(texts):
            inputs, targets, characters = self._coded(text)
            if len(targets):
                coded.append((i, inputs, targets, characters))
        results = [(float("nan"), 0)] * len(texts)
        coded.sort(key=lambda c: -len(c[2]))
        for first in range(0, len(coded), SCORED_AT_ONCE):
            tile = coded[first:first + SCORED_AT_ONCE]
            nats = [0.0] * len(tile)
            state = self.step.start(len(tile))
            alive = len(tile)
            for t in range(len(tile[0][2])):
                now = sum(len(targets) > t for _, _, targets, _ in tile[:alive])
                if now < alive:
                    state = self.step.keep(state, range(now))
                    alive = now
                logits = self.step.step(np.array([inputs[t] for _, inputs, _, _ in tile[:alive]]), state).T  # (B, V)
                logits = logits - logits.max(1, keepdims=True)
                lost = np.log(np.exp(logits).sum(1)) - logits[np.arange(alive), [c[2][t] for c in tile[:alive]]]
                for column, loss in enumerate(lost.tolist()):
                    nats[column] += loss
            for (i, _, _, characters), loss in zip(tile, nats, strict=True):
                results[i] = loss, characters
        return results

    def _coded(self, text: Text) -> tuple[np.ndarray, np.ndarray, int]:
        """Inputs (T, 6), symbols (T,) and characters of a text of which the model is told neither beats nor rhymes."""
        lines = lines_of(text.body)
        symbols: list[int] = []
        told: list[tuple[int, int]] = []
        stanza = 0
        for i, line in enumerate(lines):
            stanza = stanza or next((n for n, later in enumerate(lines[i:]) if later.ends_stanza), 0) + 1
            new = [symbol for unit in line.units for symbol in self.tokens.encode(unit)]
            new.append(STANZA if line.ends_stanza else NEWLINE)
            symbols += new
            told += [(f.lines_left(stanza, f.STANZA_LINES), f.lines_left(len(lines) - i, f.POEM_LINES))] * len(new)
            stanza -= 1
        symbols, told = symbols[:_LONGEST_SCORED], told[:_LONGEST_SCORED]
        inputs = np.zeros((len(symbols), 6), np.int64)
        if symbols:
            inputs[:, 0] = START, *symbols[:-1]
            inputs[:, 2:4] = told
        characters = sum(len(self.tokens.pieces[s]) if s > STANZA else 1 for s in symbols)
        return inputs, np.array(symbols, np.int64), characters

    def prepare(self, works: Iterable[Text]) -> Mapping[str, np.ndarray]:
        """Symbols and fields of every poem, held-out ones marked, lexicon and fingerprint; see :mod:`.preparing`."""
        from artengine_text.poetry.preparing import prepare  # only training needs it

        return prepare(works, self.run, self.options.pieces, self.options.language)

    def _learner(self, network: Any, arrays: Mapping[str, np.ndarray], run: Run, header: dict[str, Any]) -> VerseLearner:
        from artengine_text.poetry.learner import VerseLearner  # torch: seconds that a rendering must not pay

        return VerseLearner(network, self.options, arrays, run, header)


class PoetryRNN(_Poetry):
    """A recurrent network that writes verse."""

    options: Options

    @cached_property
    def step(self) -> StepModel:  # type: ignore[override]
        """The network's step form."""
        from artengine.nn.recurrent_step import RecurrentStep

        return self._whole(lambda: RecurrentStep(self.model.weights, self.sizes, self.options.cell))

    def _whole(self, make: Any) -> Any:
        """The step form with its counts, sound."""
        from artengine.nn.mixing_step import MixedStep  # as above

        try:
            step = make()
            if self.options.memory:
                orders = range(1, self.options.memory + 1)
                step = MixedStep(step, self.model.weights, len(self.tokens), tuple(orders))
        except (KeyError, ValueError, IndexError) as error:
            raise self._damaged(f"its weights do not fit together: {error}") from error
        if not all(np.isfinite(array).all() for array in self.model.weights.values() if array.dtype.kind == "f"):
            raise self._damaged("some of its weights are not numbers")
        return step

    def learner(self, arrays: Mapping[str, np.ndarray], run: Run) -> VerseLearner:
        """A training over *arrays*."""
        from artengine.nn.recurrent import Recurrent  # torch, as above

        header = json.loads(bytes(arrays["header"]).decode())
        sizes = len(Tokens.from_data(header["tokens"])), *f.SIZES, f.STYLES
        o = self.options
        return self._learner(lambda outputs: Recurrent(sizes, units=o.units, layers=o.layers, embedding=o.embedding,
                                                       dropout=o.dropout, cell=o.cell, outputs=outputs), arrays, run, header)


class PoetryTransformer(PoetryRNN):
    """A transformer that writes verse; with a ``base`` that is a language model of Hugging Face."""

    options: TransformerOptions  # type: ignore[assignment]

    def __new__(cls, model: Model, run: Run) -> PoetryTransformer:
        """One kind or the other, as the model's options say."""
        if not getattr(model.options, "base", ""):
            return super().__new__(cls)
        from artengine_text.poetry.hf.generator import PoetryOnBase  # what most models do without

        return super().__new__(PoetryOnBase)

    @cached_property
    def step(self) -> StepModel:  # type: ignore[override]
        """The network's step form."""
        from artengine.nn.transformer_step import TransformerStep

        return self._whole(lambda: TransformerStep(self.model.weights, self.sizes, self.options.heads, self.options.context))

    def learner(self, arrays: Mapping[str, np.ndarray], run: Run) -> VerseLearner:
        """A training over *arrays*."""
        from artengine.nn.transformer import Transformer  # torch, as above

        header = json.loads(bytes(arrays["header"]).decode())
        sizes = len(Tokens.from_data(header["tokens"])), *f.SIZES, f.STYLES
        o = self.options
        return self._learner(lambda outputs: Transformer(
            sizes, width=o.width, layers=o.layers, heads=o.heads, context=o.context, dropout=o.dropout, outputs=outputs),
            arrays, run, header)
