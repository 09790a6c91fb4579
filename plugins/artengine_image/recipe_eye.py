"""Makes the network of :mod:`artengine.pictures.eye` from pictures that are free.

    python -m artengine_image.recipe_eye --out eye.safetensors [--tiles CORPUS|PATH] [--fashion CORPUS|PATH]

It learns from the corpus ``atelier`` (its school, palette and mood), from pixel art by its ``label`` (``crawl-tiles``, or
anything that ``image-folder`` reads) and from Fashion-MNIST (``fashion-mnist``, or a folder of its files), all at once:
*heads* on one trunk, each with a class for all that is none of its own. Most of what it sees is cut out, mirrored or
recoloured, some of it damaged. Two more heads make the features general: ``damage`` tells what was done to a picture, and
``copy`` finds the other view of a picture among those of all others (contrastive learning: Chen et al., "A simple framework
for contrastive learning of visual representations", 2020). A tenth, chosen by content, is never learnt from: it calibrates
and measures.

The weights that ship were taught in two goes, as the first was too short: 2,217 steps in 360 CPU-seconds with seed 0, and
1,705 more in 260 with seed 1, a rate of 3e-3 falling to nothing, once the tiles labelled as unused were left out.

Axes: B pictures of a batch, C colours, H rows, W columns.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import Tensor, nn
from torch.nn import functional

from artengine import corpus
from artengine.pictures.eye import NONE, SIDE, Eye, looked
from artengine.runs import LocalRun

WIDTHS, FEATURES, MARKS = (16, 32, 64, 128), 128, 32
RATE, DECAY, BATCH, SHARPNESS = 4e-3, 0.02, 128, 0.1
SHARES = (0.5, 0.25, 0.25)  # of a batch, by source
HELD_OUT = 0.1
FEWEST = 40  # pictures of a class, below which it is none
UNUSED = "UNUSED"  # a label of pixel art that says nothing of what is shown
DAMAGES = ("blur", "noise", "patches", "pixels", "grid", "faint", "coarse")
FIRST = 10_000_000  # seed of the first atelier picture: those that models usually learn from come long before


@dataclass
class Source:
    """Pictures of one origin, as the eye gets them, and their class in each of its heads."""

    pictures: np.ndarray  # uint8 (n, 64, 64, 3)
    classes: dict[str, list[str]]
    labels: dict[str, np.ndarray]  # int64 (n,), 0 for none
    held: np.ndarray  # bool (n,)


def gathered(name: str, heads: dict[str, str], most: int, **options: object) -> Source:
    """Up to *most* pictures of a corpus, spread over it; *heads* gives the label behind each."""
    with LocalRun() as run:
        part, _ = corpus.located(name, "image")
        works = list(islice(corpus.open(name, "image", run, corpus.choices(part, options, None)), 100_000))
    works = [work for work in works if UNUSED not in work.labels.values()]
    works = works[::max(1, len(works) // most)][:most]
    pictures = np.stack([looked(work.pixels) for work in works])
    classes, labels = {}, {}
    for head, label in heads.items():
        told = [work.labels.get(label, "") for work in works]
        known = sorted(name for name in set(told) if name and told.count(name) >= FEWEST)
        classes[head] = [NONE, *known]
        labels[head] = np.array([classes[head].index(name) if name in known else 0 for name in told])
    rank = np.array([blake2b(one.tobytes(), digest_size=1).digest()[0] / 256 for one in pictures])
    return Source(pictures, classes, labels, rank < HELD_OUT)


class Network(nn.Module):
    """The eye as it is taught: each convolution and the features normalised over the batch."""

    def __init__(self, heads: dict[str, list[str]]) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inside = 3
        for width in WIDTHS:
            layers += [nn.Conv2d(inside, width, 3, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
            inside = width
        self.trunk = nn.Sequential(*layers)
        self.features = nn.Linear(4 * inside, FEATURES, bias=False)
        self.normal = nn.BatchNorm1d(FEATURES, affine=False)
        self.heads = nn.ModuleDict({name: nn.Linear(FEATURES, len(classes)) for name, classes in heads.items()})
        self.copy = nn.Linear(FEATURES, MARKS)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, 64, 64) of -1 to 1 -> (B, 128)"""
        places = functional.adaptive_avg_pool2d(self.trunk(x), 2).permute(0, 2, 3, 1).flatten(1)  # as numpy has them
        found: Tensor = self.normal(self.features(places).float())
        return found

    def arrays(self) -> dict[str, np.ndarray]:
        """Under the names that :class:`~artengine.pictures.eye.Eye` reads, every normalisation folded in; float16."""
        found = {}
        for i in range(len(WIDTHS)):
            convolution, normal = self.trunk[3 * i], self.trunk[3 * i + 1]
            assert isinstance(convolution, nn.Conv2d)
            assert isinstance(normal, nn.BatchNorm2d)
            assert normal.running_var is not None
            assert normal.running_mean is not None
            scale = normal.weight / (normal.running_var + normal.eps).sqrt()
            weight = convolution.weight * scale[:, None, None, None]
            found[f"convolution{i}.weight"] = weight.permute(2, 3, 1, 0).reshape(-1, len(weight))
            found[f"convolution{i}.bias"] = normal.bias - normal.running_mean * scale
        assert self.normal.running_var is not None
        assert self.normal.running_mean is not None
        scale = (self.normal.running_var + self.normal.eps).rsqrt()
        found["features.weight"] = self.features.weight * scale[:, None]
        found["features.bias"] = -self.normal.running_mean * scale
        for name, head in (*self.heads.items(), ("copy", self.copy)):
            found[f"{name}.weight"], found[f"{name}.bias"] = head.weight, head.bias
        return {name: np.ascontiguousarray(value.detach().numpy(), np.float16) for name, value in found.items()}


def viewed(x: Tensor, rng: torch.Generator, copied: bool) -> Tensor:
    """Pieces of pictures, half of them mirrored; if *copied* more of it, in other colours.  (B, 3, H, W), 0 to 1"""
    b = len(x)
    luck = torch.rand(9, b, generator=rng)
    share = 1 - (0.45 if copied else 0.3) * luck[0]  # of each side
    theta = torch.zeros(b, 2, 3)
    theta[:, 0, 0] = share * torch.where(luck[1] < 0.5, -1, 1)
    theta[:, 1, 1] = share * (0.9 + 0.2 * luck[2]).clamp(max=1 / share) * torch.where(luck[3] < 0.2 * copied, -1, 1)
    theta[:, 0, 2], theta[:, 1, 2] = (2 * luck[4] - 1) * (1 - share), (2 * luck[5] - 1) * (1 - share)
    x = functional.grid_sample(x, functional.affine_grid(theta, list(x.shape), False), padding_mode="reflection",
                               align_corners=False)
    if not copied:
        return x
    # Other colours: grey mixed in, channels mixed a little, another gamma, and an error as of strong compression.
    mix = torch.eye(3) + 0.25 * torch.randn(b, 3, 3, generator=rng) * (luck[6] < 0.6)[:, None, None]
    x = torch.einsum("bij,bjhw->bihw", mix / mix.sum(2, keepdim=True).clamp(min=0.3), x).clamp(0, 1)
    x = x ** (2 ** (1.6 * luck[7] - 0.8))[:, None, None, None]
    grey = x.mean(1, keepdim=True)
    return x + (grey - x) * ((luck[8] - 0.6).clamp(min=0) / 0.4)[:, None, None, None]


def damaged(x: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Pictures with one kind of damage each, or none; its number (0 for none) and strength, 0 to 1.  (B, 3, H, W), 0 to 1"""
    b = len(x)
    kind = torch.randint(0, len(DAMAGES) + 1, (b,), generator=rng)
    strength = torch.rand(b, generator=rng) * (kind > 0)
    out = x.clone()
    for number, name in enumerate(DAMAGES, 1):
        if len(some := (kind == number).nonzero()[:, 0]):
            out[some] = _damaged(x[some], name, strength[some][:, None, None, None], rng)
    return out.clamp(0, 1), kind, strength


def _damaged(x: Tensor, name: str, s: Tensor, rng: torch.Generator) -> Tensor:
    """Damage of strength *s*, (B, 1, 1, 1)."""
    b, _, h, w = x.shape
    if name == "blur":
        reach = 0.5 + 3.5 * s[:, :, 0, 0]
        line = torch.exp(-0.5 * (torch.arange(-8, 9) / reach) ** 2)  # (B, 17)
        line = (line / line.sum(1, keepdim=True)).repeat_interleave(3, 0)
        flat = functional.pad(x, (8, 8, 8, 8), "reflect").reshape(1, 3 * b, h + 16, w + 16)
        flat = functional.conv2d(flat, line[:, None, None, :], groups=3 * b)
        return functional.conv2d(flat, line[:, None, :, None], groups=3 * b).reshape(b, 3, h, w)
    if name == "noise":
        return x + 0.35 * s * torch.randn(x.shape, generator=rng)
    if name in ("patches", "pixels"):
        return _shuffled(x, 16 if name == "patches" else 1, s, rng)
    if name == "grid":
        y, z = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
        return x * (1 - 0.2 * s) + 0.1 * s + 0.2 * s * (-1.0) ** (y // 2 + z // 2)
    if name == "faint":
        mean = x.mean((1, 2, 3), keepdim=True)
        return mean + (1 - 0.95 * s) * (x - mean)
    squares = functional.avg_pool2d(x, 4).repeat_interleave(4, 2).repeat_interleave(4, 3)
    return x + s * (squares - x)


def _shuffled(x: Tensor, side: int, s: Tensor, rng: torch.Generator) -> Tensor:
    """A share *s* of the squares of *side* pixels put in another order."""
    b, _, h, w = x.shape
    squares = functional.unfold(x, side, stride=side)  # (B, C·side², L)
    n = squares.shape[2]
    moved = torch.rand(b, n, generator=rng) < s[:, :, 0, 0]
    order = torch.arange(n).repeat(b, 1)
    for i in range(b):
        at = moved[i].nonzero()[:, 0]
        order[i, at] = at[torch.randperm(len(at), generator=rng)]
    return functional.fold(squares.gather(2, order[:, None].expand_as(squares)), (h, w), side, stride=side)


def taught(sources: list[Source], seconds: float, seed: int) -> tuple[Network, dict[str, list[str]], int]:
    """A network taught for so many CPU-seconds, its heads, and the steps it took."""
    torch.manual_seed(seed)
    rng = torch.Generator().manual_seed(seed)
    heads = {name: classes for source in sources for name, classes in source.classes.items()} | {"damage": [NONE, *DAMAGES]}
    network = Network(heads).to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=DECAY)
    learnt = [np.flatnonzero(~source.held) for source in sources]
    start, step, shown = time.process_time(), 0, 0.0
    while (gone := (time.process_time() - start) / seconds) < 1:
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1, (step + 1) / 100) * 0.5 * (1 + np.cos(np.pi * gone))
        x, targets = _batch(sources, learnt, heads, rng)
        one, two = viewed(x, rng, False), viewed(x, rng, True)
        spoilt, kind, strength = damaged(torch.cat((x[::4], one[2::4])), rng)
        which = torch.cat((torch.arange(0, len(x), 4), torch.arange(2, len(x), 4)))
        views = torch.cat((one, two, spoilt)).mul(2).sub(1).to(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            features = network(views)
        rectified = features.relu()
        first, third = rectified[:len(x)], rectified[2 * len(x):]
        loss = torch.zeros(())
        none = torch.zeros_like(kind)
        for name, target in targets.items():
            head = network.heads[name]
            # The more a picture is damaged, the less it is what it was.
            both = functional.cross_entropy(head(first), target) + _between(head(third), target[which], none, strength)
            loss = loss + both / len(targets)
        loss = loss + 0.5 * _between(network.heads["damage"](third), none, kind, strength)
        marks = functional.normalize(network.copy(rectified[:2 * len(x)]), dim=1)
        alike = marks @ marks.T / SHARPNESS - 1e9 * torch.eye(len(marks))
        loss = loss + 0.5 * functional.cross_entropy(alike, torch.arange(len(marks)).roll(len(x)))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        step += 1
        if gone - shown > 0.05:
            shown = gone
            print(f"{gone:4.0%}  step {step:,}  loss {loss.item():.3f}", flush=True)
    return network.eval(), heads, step


def _between(logits: Tensor, weak: Tensor, strong: Tensor, strength: Tensor) -> Tensor:
    """Mean surprise at targets that go from *weak* to *strong* as *strength* goes from 0 to 1."""
    a, b = (functional.cross_entropy(logits, target, reduction="none") for target in (weak, strong))
    return ((1 - strength) * a + strength * b).mean()


def _batch(sources: list[Source], learnt: list[np.ndarray], heads: dict[str, list[str]],
           rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
    """Pictures of all sources, (B, 3, 64, 64) of 0 to 1, and their class in each head, (B,)."""
    pictures, targets = [], {name: [] for name in heads if name != "damage"}
    for source, ids, share in zip(sources, learnt, SHARES, strict=True):
        some = ids[torch.randint(0, len(ids), (round(BATCH * share),), generator=rng).numpy()]
        pictures.append(source.pictures[some])
        for name, target in targets.items():
            target.append(source.labels[name][some] if name in source.labels else np.zeros(len(some), np.int64))
    x = torch.from_numpy(np.concatenate(pictures)).permute(0, 3, 1, 2).float() / 255
    return x, {name: torch.from_numpy(np.concatenate(target)) for name, target in targets.items()}


def calibrated(arrays: dict[str, np.ndarray], network: Network, sources: list[Source], seed: int) -> None:
    """Scale the heads, so that of what they tell with 80 % some 80 % are right: by held-out pictures, half of them damaged.

    Guo et al., "On calibration of modern neural networks", 2017.
    """
    rng = torch.Generator().manual_seed(seed)
    x = torch.cat([torch.from_numpy(s.pictures[s.held]) for s in sources]).permute(0, 3, 1, 2).float() / 255
    spoilt, _, strength = damaged(x[::2], rng)
    with torch.inference_mode():
        rectified = network(torch.cat((x, spoilt)).mul(2).sub(1)).relu()
        for name in sources[0].labels | sources[1].labels | sources[2].labels:
            own = [s.labels[name][s.held] if name in s.labels else np.zeros(s.held.sum(), np.int64) for s in sources]
            target = torch.from_numpy(np.concatenate(own))
            logits = network.heads[name](rectified)
            sure, doubtful = logits.split((len(x), len(spoilt)))
            none = torch.zeros(len(spoilt), dtype=torch.int64)
            scales = torch.linspace(0.3, 1.5, 61)
            surprise = [functional.cross_entropy(k * sure, target) + _between(k * doubtful, target[::2], none, strength)
                        for k in scales]
            best = float(scales[int(torch.stack(surprise).argmin())])
            for part in ("weight", "bias"):
                arrays[f"{name}.{part}"] = (arrays[f"{name}.{part}"].astype(np.float32) * best).astype(np.float16)
            print(f"{name}: logits times {best:.2f}")


def measured(eye: Eye, sources: list[Source]) -> dict[str, float]:
    """Of each head the share of held-out pictures whose class it tells, ``none`` being an answer too."""
    found = {}
    for source in sources:
        features = eye.see(source.pictures[source.held])
        for head, labels in source.labels.items():
            held = labels[source.held]
            found[head] = float((eye.tell(features, head).argmax(1) == held)[held > 0].mean())
    return found


def main() -> None:
    """Gather, teach, keep, measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiles", default="crawl-tiles")
    parser.add_argument("--fashion", default="fashion-mnist")
    parser.add_argument("--pictures", type=int, default=6000, help="of the atelier")
    parser.add_argument("--seconds", type=float, default=620, help="of one core, for teaching")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    schools = {"school": "school", "palette": "palette", "mood": "mood"}
    sources = [gathered("atelier", schools, args.pictures, pictures=args.pictures, first=FIRST, size=f"{SIDE}x{SIDE}"),
               gathered(args.tiles, {"tile": "label"}, 100_000), gathered(args.fashion, {"garment": "label"}, 12_000)]
    network, heads, steps = taught(sources, args.seconds, args.seed)
    arrays = network.arrays()
    calibrated(arrays, network, sources, args.seed)
    save_file(arrays, args.out, {"heads": json.dumps(heads), "steps": str(steps)})
    print(f"{steps:,} steps of {BATCH} pictures;", ", ".join(
        f"{head} {share:.1%}" for head, share in measured(Eye(args.out), sources).items()))


if __name__ == "__main__":
    main()
