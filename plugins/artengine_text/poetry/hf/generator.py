"""``poetry-transformer`` on a base: the same forms, controls and masks over the tokens of a language model."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from artengine.api import Run
from artengine.errors import ArtengineError
from artengine.nn.sampling import Sampler
from artengine.works import Text
from artengine_text.poetry.generator import PoetryTransformer
from artengine_text.poetry.hf.bases import Base, find
from artengine_text.poetry.hf.symbols import BaseTokens
from artengine_text.poetry.planning import Book
from artengine_text.poetry.poem import PoemLine
from artengine_text.poetry.settings import TransformerOptions
from artengine_text.poetry.tokens import SPECIAL

if TYPE_CHECKING:
    from artengine_text.poetry.hf.adapters import Adapted
    from artengine_text.poetry.hf.learner import BaseLearner
    from artengine_text.poetry.hf.stepping import BaseStep

FIXED = ("pieces", "memory", "layers", "width", "heads", "rate")
"""Options that a base has its own of."""


class PoetryOnBase(PoetryTransformer):
    """A language model of Hugging Face, with adapters, that writes verse."""

    @cached_property
    def base(self) -> Base:
        """The base, which is the very one that a trained model stands on."""
        if not self.model.header.get("base"):
            asked = [field.name for field in fields(TransformerOptions)
                     if field.name in FIXED and getattr(self.options, field.name) != field.default]
            if asked:
                raise ArtengineError(f"A base has its own {' and '.join(asked)}.", f"Leave out --set {asked[0]}, or base.")
        return find(self.options.base, self.model.header.get("base"), self.model.path)

    @property
    def encoder(self) -> str:
        """Version of :meth:`prepare`, with what it depends on."""
        return f"verse-2-{self.options.language}-{self.longest}-{self.base.tokeniser_sha256}"

    @cached_property
    def longest(self) -> int:
        """Tokens the base can look back, at most as many as the options allow."""
        names = "max_position_embeddings", "n_positions", "max_sequence_length", "seq_length"
        known = [self.base.config.get(name) for name in names]
        return min([self.options.context, *(n for n in known if isinstance(n, int) and n > 0)])

    @cached_property
    def tokens(self) -> BaseTokens:  # type: ignore[override]
        """What the base's tokens mean."""
        size = self.base.config.get("vocab_size") or self.base.config.get("text_config", {}).get("vocab_size")
        if not isinstance(size, int):
            raise ArtengineError(f'The base "{self.base.name}" does not say how many tokens it has.', "Take another base.")
        return BaseTokens(self.base.tokeniser(), size, self.base.name)

    def _network(self) -> Adapted:
        """The base with fresh adapters."""
        from artengine_text.poetry.hf.adapters import Adapted  # torch, which a form that is refused need not pay

        return Adapted(self.base.network(self.options.base_precision), self.tokens, self.options)

    @cached_property
    def _adapted(self) -> Adapted:
        """The base with the model's adapters, where the run wants it."""
        net = self._network()
        try:
            net.load(self.model.weights)
        except (KeyError, ValueError) as error:
            raise self._damaged(f"its adapters do not fit the base: {error}") from error
        if not all(bool(p.isfinite().all()) for p in net.parameters()):
            raise self._damaged("some of its weights are not numbers")
        return net.to_device(self.run.device).eval()

    @cached_property
    def step(self) -> BaseStep:  # type: ignore[override]
        """The base symbol by symbol."""
        from artengine_text.poetry.hf.stepping import BaseStep  # as above

        return BaseStep(self._adapted, self.tokens, self.longest)

    def _decoded(self, book: Book, seeds: Sequence[int], sampler: Sampler, drafts: int) -> Iterator[PoemLine]:
        for seed in seeds:  # each by itself: nothing is gained by many at once
            yield from super()._decoded(book, [seed], sampler, drafts)

    def score(self, texts: Sequence[Text]) -> list[tuple[float, int]]:
        """How surprised the model is by each text: (nats, characters), or (nan, 0) where there are no words in it."""
        import torch  # as above

        from artengine_text.poetry.hf.learner import AdaptedLoss  # as above

        loss, results = AdaptedLoss(self._adapted).eval(), []
        for text in texts:
            inputs, targets, _ = self._coded(text)
            inputs, targets = inputs[:self.longest], targets[:self.longest]
            if not len(targets):
                results.append((float("nan"), 0))
                continue
            with torch.inference_mode():
                nats = loss(*(torch.from_numpy(a)[None].to(self.run.device) for a in (inputs, targets))).sum()
            characters = len(self.tokens.decode(targets[targets >= SPECIAL].tolist())) + int((targets < SPECIAL).sum())
            results.append((float(nats), characters))
        return results

    def prepare(self, works: Iterable[Text]) -> Mapping[str, np.ndarray]:
        """As for any model of verse, in the base's tokens; see :mod:`artengine_text.poetry.preparing`."""
        from artengine_text.poetry.preparing import LONGEST, prepare  # only training needs it

        return prepare(works, self.run, 0, self.options.language, self.tokens, min(LONGEST, self.longest))  # type: ignore[arg-type]

    def learner(self, arrays: Mapping[str, np.ndarray], run: Run) -> BaseLearner:
        """A training of adapters over *arrays*."""
        from artengine_text.poetry.hf.learner import BaseLearner  # torch, as above

        header: dict[str, Any] = {**json.loads(bytes(arrays["header"]).decode()), "base": self.base.facts()}
        options = replace(self.options, rate=self.options.adapt_rate, memory=0)
        return BaseLearner(lambda _: self._network().to_device(run.device), options, arrays, run, header)
