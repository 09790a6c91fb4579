"""How well each critic of images tells real pictures from damaged ones: ``python benchmarks/image_critics.py FOLDER…``.

For every critic and every kind of damage, the AUC: how often a real picture gets a better score than a damaged one (0.5 is
chance), for each folder given (anything the corpus ``image-folder`` reads) and for the corpus ``atelier`` where it is
installed. Of a folder with few pictures, each is cut into overlapping pieces too. Measured is on the odd-numbered pictures;
the critics' ranges were read off the even-numbered ones, but then moved with an eye on these figures as well, so that they
are those of pictures the critics were fitted to. To reach: 0.9 for the damage that a critic is about, marked ``*``.
``style`` knows the schools of the atelier, and so is about damage of its pictures alone; none that it learnt from is here.

Then, for ``image-originality``, copies of pictures whose fingerprint was taken against pictures that were not in it: how
often a new picture gets a better score than a copy, and how often the right picture is named.

Measured: ``style`` on the atelier: blank .99, faint .98, random pixels .98, shuffled .94, grainy .89, washed out .86.
Copies of 500 pictures of the atelier: whole ones, mirrored, turned, half the size, grey or framed 1.00, JPEG 1.00,
recoloured .99, cut to 0.9 1.00, to 0.8 .99, to 0.65 .94; the right picture is named in 94 % and more, and of 100 new
pictures none is called a copy. Where a corpus is full of pictures that are nearly alike, a part is no proof: of
Fashion-MNIST at 28 px JPEG .98 and cut to 0.9 .83, of tiles at 32 px, of which one in eight has a twin, JPEG .85 and
cut to 0.9 .73, though the right one is named nine times in ten. The eye has learnt from most of these tiles and some of
these garments; where a copy begins (``COPY``, ``FREE``) was chosen with these figures in sight.

``--pictures N`` uses N pictures of each (200), ``--seed S`` draws the damage, ``--figures`` shows the spread of every
figure over the even-numbered pictures, which is what the ranges are read off.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from io import BytesIO
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from artengine import plugins
from artengine.corpus import choices, located
from artengine.corpus import open as open_corpus
from artengine.pictures.colours import oklab, srgb
from artengine.runs import LocalRun
from artengine.works import Image
from artengine_image.critics.clarity import Clarity
from artengine_image.critics.composition import Composition
from artengine_image.critics.originality import COPY, FREE
from artengine_image.critics.palette import Palette
from artengine_image.critics.style import Style
from artengine_image.fingerprint import Fingerprint, of

Damage = Callable[[Image, np.random.Generator], np.ndarray]
FEW = 40  # pictures below which pieces are cut
LEARNT = 500  # pictures whose copies are looked for, and as many new ones


def solid(work: Image) -> tuple[np.ndarray, np.ndarray | None]:
    """Colours and alpha.  (H, W, 3) uint8, (H, W) or None"""
    pixels = work.pixels if work.pixels.ndim == 3 else np.repeat(work.pixels[..., None], 3, 2)
    return pixels[..., :3], pixels[..., 3] if pixels.shape[2] == 4 else None


def again(rgb: np.ndarray, alpha: np.ndarray | None) -> np.ndarray:
    rgb = np.clip(np.round(rgb), 0, 255).astype(np.uint8)
    return rgb if alpha is None else np.dstack([rgb, alpha])


def blank(work: Image, rng: np.random.Generator) -> np.ndarray:
    """One tone, give or take one."""
    return np.full_like(work.pixels, rng.integers(0, 255)) + rng.integers(0, 2, work.pixels.shape, dtype=np.uint8)


def faint(work: Image, rng: np.random.Generator) -> np.ndarray:
    """A twentieth of the contrast."""
    rgb, _ = solid(work)
    return again(rgb.mean() + 0.05 * (rgb - rgb.mean()), None)


def random_pixels(work: Image, rng: np.random.Generator) -> np.ndarray:
    """Any colour anywhere."""
    rgb, _ = solid(work)
    return rng.integers(0, 256, rgb.shape, dtype=np.uint8)


def shuffled(work: Image, rng: np.random.Generator) -> np.ndarray:
    """The same pixels in another order."""
    pixels = work.pixels.reshape(-1, *work.pixels.shape[2:])
    return pixels[rng.permutation(len(pixels))].reshape(work.pixels.shape)


def grainy(work: Image, rng: np.random.Generator) -> np.ndarray:
    """Noise as strong as a sixth of the range over it."""
    rgb, alpha = solid(work)
    return again(rgb + rng.normal(0, 42, rgb.shape), None if alpha is None else np.full_like(alpha, 255))


def grid(work: Image, rng: np.random.Generator) -> np.ndarray:
    """A checkerboard of one or two pixels over it, a fifth of the range, as transposed convolutions leave."""
    rgb, alpha = solid(work)
    period = int(rng.choice([2, 4]))
    y, x = np.mgrid[0:rgb.shape[0], 0:rgb.shape[1]] // (period // 2)
    return again(rgb * 0.8 + 25 + 25.0 * (-1.0) ** (x + y)[..., None], alpha)


def corner(work: Image, rng: np.random.Generator) -> np.ndarray:
    """All of it in one corner of an empty field."""
    rgb, _ = solid(work)
    small = rgb[::3, ::3]
    field = np.full_like(rgb, np.median(rgb.reshape(-1, 3), axis=0).astype(np.uint8))
    field[:small.shape[0], :small.shape[1]] = small
    return field[::int(rng.choice([-1, 1])), ::int(rng.choice([-1, 1]))]


def speck(work: Image, rng: np.random.Generator) -> np.ndarray:
    """An empty field with one speck."""
    rgb, _ = solid(work)
    field = np.full_like(rgb, rgb.reshape(-1, 3)[0])
    y, x = (int(rng.integers(0, n - 1)) for n in rgb.shape[:2])
    field[y:y + 2, x:x + 2] = 255 - field[0, 0]
    return field


def random_hues(work: Image, rng: np.random.Generator) -> np.ndarray:
    """Every colour given a bright hue at random; light and dark stay."""
    rgb, alpha = solid(work)
    lab = oklab(rgb)
    _, cell = np.unique(np.round(lab.reshape(-1, 3) * 12).astype(int), axis=0, return_inverse=True)
    hue = rng.uniform(0, 2 * np.pi, int(cell.max()) + 1)[cell.reshape(rgb.shape[:2])]
    hue += rng.normal(0, 0.3, hue.shape)
    return again(srgb(np.dstack([lab[..., 0] * 0.6 + 0.25, 0.2 * np.cos(hue), 0.2 * np.sin(hue)])), alpha)


def rainbow(work: Image, rng: np.random.Generator) -> np.ndarray:
    """All hues in stripes, at full strength, over the picture's own light."""
    rgb, alpha = solid(work)
    hue = np.broadcast_to(np.linspace(0, 2 * np.pi, rgb.shape[1]) * rng.choice([-1, 1]), rgb.shape[:2])
    return again(srgb(np.dstack([oklab(rgb)[..., 0] * 0.5 + 0.35, 0.22 * np.cos(hue), 0.22 * np.sin(hue)])), alpha)


def washed_out(work: Image, rng: np.random.Generator) -> np.ndarray:
    """A fifth of the contrast, in light and in colour."""
    rgb, alpha = solid(work)
    return again(rgb.mean((0, 1)) + 0.2 * (rgb - rgb.mean((0, 1))), alpha)


DAMAGES: dict[str, Damage] = {f.__name__: f for f in (
    blank, faint, random_pixels, shuffled, grainy, grid, corner, speck, random_hues, rainbow, washed_out)}
CRITICS = {"clarity": Clarity, "composition": Composition, "palette": Palette, "style": Style}
ABOUT = {"clarity": {"blank", "faint", "random_pixels", "shuffled", "grainy", "grid"},
         "composition": {"blank", "random_pixels", "shuffled", "corner", "speck"},
         "palette": {"blank", "random_pixels", "random_hues", "rainbow", "washed_out"},
         "style": {"blank", "faint", "random_pixels", "shuffled"}}


def compressed(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """JPEG at quality 30."""
    file = BytesIO()
    Pillow.fromarray(rgb).save(file, "JPEG", quality=30)
    return np.asarray(Pillow.open(file))


def recoloured(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Channels mixed at random."""
    mix = np.eye(3) + 0.3 * rng.standard_normal((3, 3))
    return again(rgb @ (mix / np.maximum(mix.sum(1, keepdims=True), 0.3)).T, None)


def halved(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Means of 2 × 2 pixels."""
    return np.asarray(Pillow.fromarray(rgb).reduce(2))


def framed(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A grey frame of an eighth of its sides around it."""
    wide = [(n // 8, n // 8) for n in rgb.shape[:2]]
    return np.pad(rgb, (*wide, (0, 0)), constant_values=int(rng.integers(60, 200)))


def cut(share: float) -> Callable[[np.ndarray, np.random.Generator], np.ndarray]:
    def piece(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        high, wide = (round(share * n) for n in rgb.shape[:2])
        top, left = int(rng.integers(rgb.shape[0] - high + 1)), int(rng.integers(rgb.shape[1] - wide + 1))
        return rgb[top:top + high, left:left + wide]
    return piece


COPIES: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "the same": lambda rgb, rng: rgb, "mirrored": lambda rgb, rng: rgb[:, ::-1],
    "turned round": lambda rgb, rng: rgb[::-1, ::-1],
    "half the size": halved, "JPEG at 30": compressed, "recoloured": recoloured,
    "grey": lambda rgb, rng: np.repeat((rgb @ [0.3, 0.59, 0.11]).astype(np.uint8)[..., None], 3, 2), "in a frame": framed,
    "cut to 0.9": cut(0.9), "cut to 0.8": cut(0.8), "cut to 0.65": cut(0.65),
    "cut to 0.8, mirrored": lambda rgb, rng: cut(0.8)(rgb, rng)[:, ::-1]}
ABOUT_COPIES = {"the same", "mirrored", "turned round", "half the size", "JPEG at 30", "grey", "in a frame"}


def copies(works: list[Image], asked: int, seed: int) -> bool:
    """Half of the works are learnt, the others new; whether all that is to be seen is seen."""
    pixels = [solid(work)[0] for work in works]
    learnt, new = pixels[::2], pixels[1::2][:asked]
    start = time.process_time()
    corpus = Fingerprint(of(learnt))
    took = (time.process_time() - start) / len(learnt)
    fresh = [corpus.nearest(one).apart for one in new]
    print(f"  copies of {len(learnt)}; {1000 * took:.1f} ms a picture to learn. Of {len(new)} new pictures "
          f"{np.mean(np.array(fresh) < COPY):.1%} are called copies, {np.mean(np.array(fresh) > FREE):.0%} score 1")
    good = True
    for name, function in COPIES.items():
        rng = np.random.Generator(np.random.Philox(seed))
        found = [corpus.nearest(np.ascontiguousarray(function(one, rng))) for one in learnt[:asked]]
        value = auc(fresh, [one.apart for one in found])
        about = name in ABOUT_COPIES
        good &= not about or value >= 0.9
        named = np.mean([one.number == i + 1 for i, one in enumerate(found)])
        print(f"    {name:22}{value:8.3f}{'*' if about else ' '}   named {named:4.0%}   called a copy "
              f"{np.mean([one.apart < COPY for one in found]):4.0%}", flush=True)
    return good


def auc(good: list[float], bad: list[float]) -> float:
    """How often a good one scores higher, ties counting half."""
    a, b = np.array(good)[:, None], np.array(bad)
    return float((a > b).mean() + 0.5 * (a == b).mean())


def pictures(source: str | Path, most: int) -> list[Image]:
    """Twice *most* pictures, spread over the corpus; many pieces of each where there are few."""
    with LocalRun() as run:
        part, _ = located(source, "image")
        given = {"pictures": 2 * most} if source == "atelier" else {}
        works = list(islice(open_corpus(source, "image", run, choices(part, given, None)), 20_000))
    if len(works) < FEW:
        works = [piece for work in works for piece in pieces(work)]
    return works[:: max(1, len(works) // (2 * most))][: 2 * most]


def pieces(work: Image) -> list[Image]:
    """The picture, and eleven pieces of it: two thirds and a half of its sides, at several places."""
    found = [work]
    for share in (2 / 3, 1 / 2):
        high, wide = int(work.height * share), int(work.width * share)
        for down, across in ((0, 0), (0, 1), (1, 0), (1, 1), (0.5, 0.5)):
            top, left = int((work.height - high) * down), int((work.width - wide) * across)
            found.append(Image(np.ascontiguousarray(work.pixels[top:top + high, left:left + wide])))
    return [*found, Image(np.ascontiguousarray(work.pixels[:, ::-1]))]


def spread(critics: dict[str, Clarity | Composition | Palette | Style], works: list[Image]) -> None:
    for name, critic in critics.items():
        aspects = [j.aspects for j in critic.judge(works)]
        for figure in sorted({key for one in aspects for key in one}):
            values = [one[figure] for one in aspects if figure in one]
            shown = "".join(f"{v:9.3f}" for v in np.percentile(values, (1, 5, 25, 50, 75, 95, 99)))
            print(f"  {name:12} {figure:13}{shown}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--pictures", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--figures", action="store_true")
    asked = parser.parse_args()
    run = LocalRun()
    critics = {name: critic(None, run) for name, critic in CRITICS.items()}
    sources: list[str | Path] = [*asked.folders, *(["atelier"] if "atelier" in plugins.find("corpus", "image") else [])]
    failed = not sources
    for source in sources:
        every = pictures(source, max(LEARNT, asked.pictures))
        works = every[::max(1, len(every) // (2 * asked.pictures))][:2 * asked.pictures]
        print(f"{Path(source).name}: {len(works) // 2} pictures{'':12}" + "".join(f"{name:>14}" for name in critics))
        if asked.figures:
            spread(critics, works[::2])
        works = works[1::2]
        start = time.process_time()
        scores = {name: [j.score for j in critic.judge(works)] for name, critic in critics.items()}
        took = (time.process_time() - start) / max(1, len(works))
        for damage, function in DAMAGES.items():
            rng = np.random.Generator(np.random.Philox(asked.seed))
            broken = [Image(np.ascontiguousarray(function(work, rng))) for work in works]
            line = f"  {damage:34}"
            for name, critic in critics.items():
                value = auc(scores[name], [j.score for j in critic.judge(broken)])
                about = damage in ABOUT[name] and (name != "style" or source == "atelier")
                failed |= about and value < 0.9
                line += f"{value:13.3f}{'*' if about else ' '}"
            print(line)
        print(f"  {'median, real':34}" + "".join(f"{np.median(s):13.2f} " for s in scores.values()))
        print(f"  {1000 * took:.1f} ms a picture for all")
        if len(every) >= 2 * LEARNT:  # pieces of a few are no corpus
            failed |= not copies(every, 100, asked.seed)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
