"""Figures of Fashion-MNIST pictures by a small classifier of them: the protocol of the benchmarks of ``image-gan``.

    python benchmarks/fashion_features.py DIRECTORY     # with the four IDX .gz files; says what the protocol sees

The features are the 128 values (after their rectifier) before the last layer of a small convolutional network, trained for
three passes over the 60,000 training pictures; seeds are fixed. It trains once, in about a CPU-minute, and is then kept in
the user's cache folder. Pictures are bytes at 32 × 32; those of 28 × 28 get a black margin of two pixels.

    eye = fashion_features.network("DIRECTORY")
    made, real = eye.features(pictures), eye.features(fashion_features.pictures("DIRECTORY", "t10k"))
    fid(made, real); precision_recall(made, real); memorisation(made, learnt, real)

The scale of such a distance is the network's own: compare figures of this one only, at equal counts. Measured (it tells
89.7 % of the test set's classes; the test set against 10,000 others; the ratio is to the first 1,000 training pictures):

                                  FID   precision   recall   ratio
    training pictures            0.42       0.88      0.88    0.90    (a tenth of them are the 1,000)
    1,000 of them, ten times     3.38       0.89      0       0
    test set without one class  10.28       1         0.99    0.99
    with noise of 16             6.75       0.83      0.77    0.98
    means of four pixels        19.55       0.88      0.46    1.01

Four CPU-seconds for all figures of 10,000 pictures.
"""

from __future__ import annotations

import argparse
import gzip
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from artengine import plugins
from artengine.evaluating import distances, neighbours

PASSES, BATCH, RATE, SIDE, SEED = 3, 128, 2e-3, 32, 0
VERSION = 1  # of the network and its training: part of the name it is kept under


def idx(path: Path) -> np.ndarray:
    """The array of an IDX file of bytes."""
    data = gzip.decompress(path.read_bytes())
    shape = [int.from_bytes(data[4 + 4 * i:8 + 4 * i], "big") for i in range(data[3])]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * len(shape)).reshape(shape)


def pictures(directory: str | Path, part: str = "train") -> np.ndarray:
    """Pictures of ``train`` or ``t10k`` with their margin.  (N, 32, 32, 1) uint8"""
    return framed(idx(Path(directory) / f"{part}-images-idx3-ubyte.gz")[..., None])


def labels(directory: str | Path, part: str = "train") -> np.ndarray:
    """Their classes, 0 to 9.  (N,) uint8"""
    return idx(Path(directory) / f"{part}-labels-idx1-ubyte.gz")


def framed(found: np.ndarray) -> np.ndarray:
    """Pictures with a black margin, if they are smaller than 32 × 32.  (N, h, w, 1) -> (N, 32, 32, 1)"""
    top, left = ((SIDE - side) // 2 for side in found.shape[1:3])
    return np.pad(found, ((0, 0), (top, SIDE - found.shape[1] - top), (left, SIDE - found.shape[2] - left), (0, 0)))


class Classifier(nn.Module):
    """The classifier; 0.36 M weights."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 32, 3, stride=2, padding=1)
        self.second = nn.Conv2d(32, 64, 3, stride=2, padding=1)
        self.third = nn.Conv2d(64, 64, 3, stride=2, padding=1)
        self.fourth = nn.Linear(64 * 16, 128)
        self.last = nn.Linear(128, 10)

    def seen(self, x: Tensor) -> Tensor:
        """Features of bytes.  (N, 1, 32, 32) uint8 -> (N, 128)"""
        x = x.to(memory_format=torch.channels_last).float() / 127.5 - 1
        for layer in (self.first, self.second, self.third):
            x = functional.relu(layer(x))
        return functional.relu(self.fourth(x.flatten(1)))

    def features(self, found: np.ndarray) -> np.ndarray:
        """The 128 features of each picture.  uint8 (N, 32, 32, 1) -> float32 (N, 128)"""
        with torch.inference_mode():
            parts = [self.seen(part) for part in _parts(framed(found))]
        return torch.cat(parts).numpy()

    def accuracy(self, found: np.ndarray, classes: np.ndarray) -> float:
        """Share of the pictures whose class it tells."""
        with torch.inference_mode():
            told = self.last(torch.from_numpy(self.features(found))).argmax(1).numpy()
        return float((told == classes).mean())


def _parts(found: np.ndarray) -> Iterator[Tensor]:
    for first in range(0, len(found), 500):
        yield torch.from_numpy(np.ascontiguousarray(found[first:first + 500].transpose(0, 3, 1, 2)))


def network(directory: str | Path) -> Classifier:
    """The trained classifier: from the cache folder, or trained on the pictures in *directory* and kept there."""
    digest = sha256((Path(directory) / "train-images-idx3-ubyte.gz").read_bytes()).hexdigest()[:16]
    path = Path(plugins.cache_dir()) / f"fashion-features-{VERSION}-{digest}.safetensors"
    eye = Classifier()
    if not path.is_file():
        train(eye, pictures(directory), labels(directory))
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file({name: np.ascontiguousarray(value.numpy()) for name, value in eye.state_dict().items()}, path)
    eye.load_state_dict({name: torch.from_numpy(value) for name, value in load_file(path).items()})
    return eye.eval()


def train(eye: Classifier, found: np.ndarray, classes: np.ndarray) -> None:
    """Three passes of Adam at a rate that falls to nothing."""
    torch.manual_seed(SEED)
    for layer in (eye.first, eye.second, eye.third, eye.fourth, eye.last):
        layer.reset_parameters()
    eye.to(memory_format=torch.channels_last)
    x, y = torch.from_numpy(found.transpose(0, 3, 1, 2)), torch.from_numpy(classes.astype(np.int64))
    steps = PASSES * (len(x) // BATCH)
    optimizer = torch.optim.Adam(eye.parameters(), RATE)
    falling = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    for _ in range(PASSES):
        order = torch.randperm(len(x))
        for first in range(0, len(x) - BATCH + 1, BATCH):
            some = order[first:first + BATCH]
            loss = functional.cross_entropy(eye.last(eye.seen(x[some])), y[some])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            falling.step()


def fid(a: np.ndarray, b: np.ndarray) -> float:
    """Fréchet distance of features, as they are.  (N, 128), (M, 128)"""
    return distances.frechet(a, b)


def precision_recall(made: np.ndarray, real: np.ndarray) -> tuple[float, float]:
    """Share of the made within reach of the real's three nearest neighbours, and of the real within that of the made's."""
    return neighbours.precision_recall(real, made, k=3)


def memorisation(made: np.ndarray, learnt: np.ndarray, others: np.ndarray) -> float:
    """Mean distance of the made to the nearest learnt, over that of others not learnt: below 1 it copies.  (·, f) each

    Of features, or of pictures as rows: ``pictures.reshape(len(pictures), -1) / 255``.
    """
    far, usual = (np.sqrt(neighbours.nearest(one[None].astype(np.float32), learnt.astype(np.float32))[0]).mean()
                  for one in (made, others))
    return float(far / usual)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    args = parser.parse_args()
    start = time.process_time()
    eye = network(args.directory)
    took = time.process_time() - start
    learnt, test, classes = pictures(args.directory), pictures(args.directory, "t10k"), labels(args.directory, "t10k")
    print(f"{took:.0f} CPU-s; tells {eye.accuracy(test, classes):.1%} of the test set's classes")
    rng = np.random.Generator(np.random.Philox(0))
    some = learnt[rng.permutation(len(learnt))[:10_000]]
    coarse = some.reshape(-1, 16, 2, 16, 2, 1).mean((2, 4)).repeat(2, 1).repeat(2, 2)
    lots = {"training pictures": some, "1,000 of them, ten times": np.repeat(some[:1000], 10, 0),
            "without one class": test[classes != 3],
            "with noise of 16": np.clip(some + rng.normal(0, 16, some.shape), 0, 255).astype(np.uint8),
            "means of four pixels": coarse.astype(np.uint8)}
    real = eye.features(test)
    known = eye.features(some[:1000])
    for name, lot in lots.items():
        start = time.process_time()
        own = eye.features(lot)
        precision, recall = precision_recall(own, real)
        ratio = memorisation(own, known, real)
        print(f"{name:26} FID {fid(own, real):7.3f}  precision {precision:.2f}  recall {recall:.2f}  "
              f"ratio to the 1,000 {ratio:.2f}   {time.process_time() - start:.1f} CPU-s", flush=True)


if __name__ == "__main__":
    main()
