"""A stranger's plugin, small and quick: writes texts letter by letter, and learns from ``.toy`` files."""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np

from artengine.api import Opt, Part, hookimpl
from artengine.errors import ArtengineError
from artengine.works import Text

CONTEXT = 3
LETTERS = 32


@dataclass(frozen=True)
class Options:
    units: Annotated[int, Opt("Width of the network.", min=1)] = 16
    rate: Annotated[float, Opt("Learning rate.", min=0)] = 0.01
    dropout: Annotated[float, Opt("Share of units dropped.", min=0, max=0.9)] = 0.3
    delay: Annotated[float, Opt("Seconds slept in each step.", min=0)] = 0.0
    explode: Annotated[int, Opt("Step after which the loss is no number, 0 for none.", min=0)] = 0
    rows: Annotated[int, Opt("Rows of a large array besides, 0 for none.", min=0)] = 0


@dataclass(frozen=True)
class Controls:
    length: Annotated[int, Opt("Letters to write.", min=1)] = 20


@dataclass(frozen=True)
class Reading:
    most: Annotated[int, Opt("Letters of each text, 0 for all.", min=0)] = 0
    case: Annotated[str, Opt("Case of the letters.", choices=("as-is", "upper"))] = "as-is"


def codes(text: str) -> np.ndarray:
    return np.array([ord(c) % LETTERS for c in text], np.int64)


class Corpus:
    licence = "CC0-1.0"

    def __init__(self, source, options, run):
        from artengine.corpus import walk

        self.files, self.run, self.options = walk(source, ("toy",)), run, options or Reading()

    def pieces(self):
        return [str(file) for file in self.files]

    def read(self, piece):
        body = Path(piece).read_text("utf-8")
        if not body:
            raise ArtengineError("it is empty.", "Write something.")
        if body.startswith("segfault"):
            os.kill(os.getpid(), signal.SIGSEGV)
        if body.startswith("bug"):
            raise KeyError(body)
        if body.startswith("chatty"):
            print("what a reader prints must not get in the way")
        body = body.upper() if self.options.case == "upper" else body
        yield Text(body[:self.options.most or None], title=os.path.basename(piece))

    def __iter__(self):
        for piece in self.pieces():
            yield from self.read(piece)

    def fingerprint(self):
        from artengine.corpus import fingerprint_files

        return fingerprint_files(self.files)


class Writer:
    encoder = "1"

    def __init__(self, model, run):
        self.model, self.run, self.options = model, run, model.options

    def prepare(self, works):
        texts = []
        for work in works:
            if len(work.body) <= CONTEXT:
                self.run.skip(work.title, "too short")
            else:
                texts.append(codes(work.body))
        if not texts:
            raise ArtengineError("No text is long enough.", "Give longer ones.")
        rows = np.concatenate([np.lib.stride_tricks.sliding_window_view(t, CONTEXT + 1) for t in texts])
        return {"rows": rows, "ballast": np.ones((self.options.rows, 1024), np.float32)}

    def learner(self, arrays, run):
        return make_learner(arrays, self.options)

    def render(self, controls, seeds) -> Iterator[Text]:
        w = self.model.weights
        for seed in seeds:
            rng = np.random.Generator(np.random.Philox(seed))
            letters = [0] * CONTEXT
            for _ in range(controls.length):
                x = w["embedding.weight"][letters[-CONTEXT:]].reshape(-1)
                h = np.tanh(w["hidden.weight"] @ x + w["hidden.bias"])
                logits = w["out.weight"] @ h + w["out.bias"]
                p = np.exp(logits - logits.max())
                letters.append(int(rng.choice(LETTERS, p=p / p.sum())))
            yield Text("".join(chr(96 + c) for c in letters[CONTEXT:]))


def make_learner(arrays, options):
    import torch
    from torch import nn
    from torch.nn.functional import cross_entropy

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(LETTERS, 8)
            self.hidden = nn.Linear(8 * CONTEXT, options.units)
            self.drop = nn.Dropout(options.dropout)
            self.out = nn.Linear(options.units, LETTERS)
            self.register_buffer("seen", torch.zeros(()))

        def forward(self, x):
            if self.training:
                self.seen += x.shape[0]
            return self.out(self.drop(torch.tanh(self.hidden(self.embedding(x).flatten(1)))))

    class Learner:
        ema, unit, epoch = 0.9, "letters", 20

        def __init__(self):
            self.module = Net()
            # Two optimisers, one with a state of scalars and tensors and one with momentum alone.
            inner = [p for name, p in self.module.named_parameters() if "out" not in name]
            self.optimizers = {"net": torch.optim.AdamW(inner, options.rate),
                               "out": torch.optim.SGD(self.module.out.parameters(), options.rate * 10, momentum=0.9)}
            self.rows = arrays["rows"]
            self.held_out = torch.from_numpy(np.array(self.rows[::10]))
            self.noise = torch.zeros(())

        def batch(self, step, rank, world):
            order = np.random.Generator(np.random.Philox(step)).integers(len(self.rows), size=32)
            return torch.from_numpy(np.array(self.rows[order[rank::world]]))

        def step(self, step, batch, backward):
            time.sleep(options.delay)
            loss = cross_entropy(self.module(batch[:, :-1]), batch[:, -1])
            if options.explode and step >= options.explode:
                loss = loss * float("nan")
            self.noise = 0.9 * self.noise + torch.rand(())
            for o in self.optimizers.values():
                o.zero_grad()
            backward(loss + 1e-3 * self.noise * self.module.module.out.weight.square().mean())
            nn.utils.clip_grad_norm_(self.module.parameters(), 1.0)
            for o in self.optimizers.values():
                o.step()
            return {"loss": loss.item(), "items": batch.shape[0]}

        def schedule(self, step, losses):
            self.optimizers["net"].param_groups[0]["lr"] = options.rate * 0.9 ** len(losses)

        def validate(self):
            return {"loss": cross_entropy(self.module(self.held_out[:, :-1]), self.held_out[:, -1]).item()}

        def weights(self):
            return {n: t.cpu().numpy().astype(np.float16) for n, t in self.module.state_dict().items()}

        def header(self):
            return {"alphabet": LETTERS}

        def state(self):
            return {"noise": self.noise}

        def load_state(self, state):
            self.noise = state["noise"]

    return Learner()


class Fixed:
    """A generator that learns nothing."""

    def __init__(self, model, run):
        pass

    def render(self, controls, seeds):
        yield from (Text("fixed") for _ in seeds)


class Plain:
    def __init__(self, options, run):
        pass

    def write(self, work, path, recipe):
        path.write_text(work.body, "utf-8")

    def recipe(self, path):
        return None


@hookimpl
def artengine_parts():
    me = "toy_training"
    yield Part(kind="generator", name="toy-writer", medium="text", summary="Writes letters.", target=f"{me}:Writer",
               options=Options, controls=Controls, tiny={"units": 4}, formats=("toytxt",))
    yield Part(kind="generator", name="toy-fixed", medium="text", summary="Cannot learn.", target=f"{me}:Fixed")
    yield Part(kind="corpus", name="toy-files", medium="text", summary="Toy files.", target=f"{me}:Corpus", formats=("toy",),
               options=Reading)
    yield Part(kind="exporter", name="toy-plain", medium="text", summary="Plain.", target=f"{me}:Plain", formats=("toytxt",))
