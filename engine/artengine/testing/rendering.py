"""Checks of how a generator renders: seeds, order, stopping, errors."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from artengine import options
from artengine.errors import ArtengineError
from artengine.runs import LocalRun
from artengine.testing.kit import Failed, Subject, check, escaped

if TYPE_CHECKING:
    from artengine.models import Model
    from artengine.works import Work

SEEDS = (7, 8, 9, 10)
LARGEST = 2**63 - 2
PHILOX = "draw from numpy.random.Generator(numpy.random.Philox(seed)), made anew for each work"
WIDER = 8  # times its default, for a number that may make a work slow


def digest(work: Any) -> str:
    """What a work is known by: everything in it, to the bit."""
    return hashlib.sha256(json.dumps(work.to_data(), sort_keys=True).encode()).hexdigest()


def rendered(subject: Subject, seeds: Sequence[int], generator: Any = None, model: Model | None = None) -> list[Work]:
    """The works of *seeds* with default controls, each held to be a work of the declared medium."""
    from artengine import works

    part = subject.part
    generator = generator or subject.generator(subject.run(seeds[0]), model)
    made = list(generator.render(subject.controls, list(seeds)))
    if len(made) != len(seeds):
        raise Failed(f"It yields {len(made)} works for {len(seeds)} seeds.", "Yield exactly one work per seed, in order.")
    for seed, work in zip(seeds, made, strict=True):
        if getattr(work, "medium", None) != part.medium:
            raise Failed(f'The work of seed {seed} is {type(work).__name__}, not a work of the medium "{part.medium}".',
                         "Yield artengine.works.Score for music, Image for image, Text for text.")
        if works.from_data(json.loads(json.dumps(work.to_data()))) != work:
            raise Failed(f"The work of seed {seed} is another after work.to_data() and back.",
                         "Fill its fields with the types that its class names (numpy uint8, Fraction, str).")
    return made


@check("renders-declared-medium", "Yields one work of the declared medium per seed, for any seed.", "generator")
def renders_declared_medium(subject: Subject) -> None:
    """Also for the least and the greatest seed."""
    rendered(subject, SEEDS)
    for seed in (0, 2**32, LARGEST):
        try:
            rendered(subject, [seed])
        except (ValueError, OverflowError, TypeError) as error:
            raise Failed(f"Seed {seed} is too much for it: {escaped(error)}",
                         f"Seeds go up to 2^63; {PHILOX}, which takes them all.") from error


@check("same-seed-same-bytes", "The same seed gives the same work, to the byte, whenever it is asked.", "generator")
def same_seed_same_bytes(subject: Subject) -> None:
    """Twice from one generator, and from another, with the global generators moved on in between."""
    generator = subject.generator()
    first = [digest(work) for work in rendered(subject, SEEDS, generator)]
    _stir()
    again = [digest(work) for work in rendered(subject, SEEDS, generator)]
    anew = [digest(work) for work in rendered(subject, SEEDS)]
    if first != again:
        raise Failed("Rendering the same seeds twice gives other works.",
                     f"Let nothing from one rendering reach the next: {PHILOX}.")
    if first != anew:
        raise Failed("A generator made anew gives other works for the same seeds.",
                     f"Draw nothing at random in __init__, and keep no clock, id or set order: {PHILOX}.")


def _stir() -> None:
    """Move the generators that everybody shares."""
    import random
    import sys

    import numpy as np

    random.seed(time.perf_counter_ns())
    np.random.seed(time.perf_counter_ns() % 2**32)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(time.perf_counter_ns())


@check("seeds-differ", "Two seeds give two works.", "generator")
def seeds_differ(subject: Subject) -> None:
    """Of neighbouring seeds, since those are what --count uses."""
    digests = [digest(work) for work in rendered(subject, SEEDS)]
    for i, one in enumerate(digests):
        for j in range(i):
            if one == digests[j]:
                raise Failed(f"Seeds {SEEDS[j]} and {SEEDS[i]} give the same work.",
                             f"Let the whole of each seed decide: {PHILOX}.")


@check("work-independent-of-count", "The work of a seed is the same alone, in a batch, and in another order.", "generator")
def work_independent_of_count(subject: Subject) -> None:
    """A batch against each of its works alone and against the batch turned round."""
    seeds = [*SEEDS, 21, 4]
    batch = [digest(work) for work in rendered(subject, seeds)]
    turned = [digest(work) for work in rendered(subject, seeds[::-1])][::-1]
    for seed, one, other in zip(seeds, batch, turned, strict=True):
        if one != other:
            raise Failed(f"The work of seed {seed} is another when the seeds come in another order.",
                         f"Let no work use what another has drawn: {PHILOX}.")
    for seed, one in zip(seeds, batch, strict=True):
        if digest(rendered(subject, [seed])[0]) != one:
            raise Failed(f"The work of seed {seed} is another alone than among {len(seeds)}.",
                         "Neither the place in the batch nor its size may count; artengine.nn.decoding decodes in batches "
                         "that keep to it.")


class _Impatient(LocalRun):
    """A run that is asked to stop after a while, and knows when that was."""

    def __init__(self, folder: Any, patience: float) -> None:
        super().__init__(folder=folder)
        self.deadline = time.monotonic() + patience

    def stopped(self) -> bool:
        return time.monotonic() >= self.deadline


def heavy(cls: type | None) -> Any:
    """Controls that make a work take longer: whole numbers at several times their default, within their range."""
    if cls is None:
        return None
    more = {}
    for field in options.fields(cls):
        if field.type is int and not field.many and isinstance(field.default, int) and field.default > 1:
            top = field.default * WIDER
            more[field.name] = top if field.opt.max is None else min(top, int(field.opt.max))
    try:
        return options.make(cls, more, "set")
    except ArtengineError:  # not all at once, then
        return cls()


@check("stops-within-a-second", "Leaves cleanly within a second once run.stopped() is true.", "generator")
def stops_within_a_second(subject: Subject) -> None:
    """Asked for very many works, default ones and large ones; a near miss is tried again, since machines are busy."""
    model = subject.model  # trained before the clock runs
    asked: dict[str, Any] = {"of default controls": subject.controls, "of large controls": heavy(subject.part.controls)}
    for what, controls in asked.items():
        if controls == subject.controls and what != "of default controls":
            continue
        late = _late(subject, model, controls)
        if 1 < late < _NEAR:
            late = min(late, _late(subject, model, controls), _late(subject, model, controls))
        if late > 1:
            raise Failed(f"Asked to stop among works {what}, it goes on for more than a second "
                         f"({'more than ' if late >= _GIVEN_UP else ''}{late:.1f} s).",
                         "Ask self.run.stopped() at every step of a work that takes long, and return once it is true.")


_NEAR, _GIVEN_UP = 3.0, 6.0  # seconds
_SHORT, _LONG = 0.2, 2.0  # seconds after the first work, and after the beginning, until the wish to stop


def _late(subject: Subject, model: Model, controls: Any) -> float:
    """Seconds from the wish to stop, shortly after the first work or amid a long one, until the generator yields or ends."""
    run = _Impatient(subject.folder(), _LONG)
    ended: list[float] = []
    raised: list[BaseException] = []

    def work() -> None:
        try:
            for _ in subject.generator(run, model).render(controls, list(range(100_000))):
                run.deadline = min(run.deadline, time.monotonic() + _SHORT)
                if run.stopped():
                    break
        except ArtengineError:
            pass
        except BaseException as error:
            raised.append(error)
        ended.append(time.monotonic())

    thread = threading.Thread(target=work, daemon=True)  # one that never ends must not keep the program
    thread.start()
    thread.join(_LONG + _GIVEN_UP)
    if raised:
        raise Failed(f"Asked to stop, it does not leave cleanly. {escaped(raised[0])}", "Return, and raise nothing.")
    return max(0.0, ended[0] - run.deadline) if ended else _GIVEN_UP


@check("errors-are-ours", "Whatever a person sets within the declared ranges gives works or an ArtengineError.", "generator")
def errors_are_ours(subject: Subject) -> None:
    """Every control at its ends, and with text that makes no sense or a work with nothing in it."""
    if subject.part.controls is None:
        return
    model = subject.model
    for name, value, shown in odd_values(subject.part.controls):
        try:
            controls: Any = options.make(subject.part.controls, {name: value}, "set")
        except ArtengineError:
            continue  # the dataclass itself refuses it
        run = _Impatient(subject.folder(), 0.5)
        try:
            for work in subject.generator(run, model).render(controls, [7]):
                if getattr(work, "medium", None) != subject.part.medium:
                    raise Failed(f"With {name} = {shown} it yields {type(work).__name__}.", "Yield a work of its medium.")
        except ArtengineError:
            continue
        except Failed:
            raise
        except Exception as error:
            raise Failed(f"With {name} = {shown}: {escaped(error)}", OURS) from error


OURS = "Say it with artengine.errors.ArtengineError(what is wrong, what to do), or narrow the range in Opt."


def odd_values(cls: type) -> list[tuple[str, Any, str]]:
    """(field, value, how it is shown) for values at the ends of what each field allows."""
    from artengine.testing import fixtures

    found: list[tuple[str, Any, str]] = []
    for field in options.fields(cls):
        values: list[Any] = []
        if field.opt.work:
            found += [(field.name, work, what) for what, work in fixtures.minimal(field.opt.work).items()]
        elif field.type is bool:
            values = [True, False]
        elif field.opt.choices:
            values = list(field.opt.choices)
        elif field.type is str:
            values = ["", "?", "☃ \\ % {} 0/0 -1"]
        else:
            low, high = field.opt.min, field.opt.max
            ends = [low if low is not None else -1, high if high is not None else 1000]
            values = [field.type(end) for end in ends]
        if field.many:
            values = [(), *((value,) for value in values)]
        found += [(field.name, value, repr(value)) for value in values]
    return found
