"""A critic for artengine that judges the colours of a picture as a painter might: do they go together, is there light and
dark, and are there few enough to remember?

It works in OKLab (Björn Ottosson, 2020), where equal distances look equally far apart.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from artengine.api import Judgement, Run
from artengine.models import Model
from artengine.works import Image
from palette_critic import Options

# Harmonic templates: sectors of the colour wheel as (centre, width) in degrees, free to turn. After Matsuda, as used by
# Cohen-Or et al., "Color harmonization", 2006.
TEMPLATES = {"one hue": ((0, 18),), "neighbouring hues": ((0, 94),), "a hue and its complement": ((0, 18), (180, 18)),
             "neighbours and their complement": ((0, 94), (180, 18)), "two opposite families": ((0, 94), (180, 94)),
             "a hue and one at a right angle": ((0, 94), (90, 18))}
BINS = 72  # of five degrees
COLOURFUL = 0.02  # OKLab chroma below which nobody would name a hue
CELL = 0.08  # edge of the cells of OKLab within which colours count as one
STRIDE = 256  # pixels a side that are looked at: more change no palette
LINEAR = np.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
                   [0.0883024619, 0.2817188376, 0.6299787005]])
LAB = np.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
                [0.0259040371, 0.7827717662, -0.8086757660]])


class PaletteCritic:
    """Judges harmony of hues, contrast of light and dark, and economy of colours."""

    def __init__(self, options: Options, run: Run, model: Model | None = None) -> None:
        self.options = options

    def judge(self, works: Sequence[Image]) -> Sequence[Judgement]:
        """One judgement per picture."""
        return [self.look(work) for work in works]

    def look(self, work: Image) -> Judgement:
        """Judge one picture."""
        lab, weight = oklab(work)
        contrast, dark, light = contrasts(lab[:, 0], weight)
        many = colours(lab, weight)
        economy = min(1.0, max(0.0, many - 1), (self.options.colours / many) ** 0.5)
        aspects = {"contrast": contrast, "economy": economy, "colours": round(many, 1)}
        remarks = [f"The lights and darks span {light - dark:.0%} of the range, from {dark:.0%} to {light:.0%}"
                   + (": give it a darker dark or a lighter light." if contrast < 0.5 else "."),
                   ("One colour has the picture to itself" if many < 1.5 else f"About {many:.0f} colours share the picture")
                   + (f"; {self.options.colours} or fewer would be easier to remember." if many > self.options.colours else
                      "; a second would give the first something to speak to." if many < 1.5 else ".")]
        chroma = np.hypot(lab[:, 1], lab[:, 2])
        seen = weight * (chroma > COLOURFUL) * chroma
        if (seen > 0) @ weight < 0.02 * weight.sum():
            remarks.insert(0, "There is hardly a hue in it, so it is judged by light and dark alone.")
        else:
            harmony, template, away = harmonies(np.degrees(np.arctan2(lab[:, 2], lab[:, 1])) % 360, seen)
            aspects["harmony"] = harmony
            remarks.insert(0, f"Its hues come nearest to {template}"
                           + (f"; {away:.0%} of the colour lies elsewhere: turn or mute it." if away > 0.1 else "."))
        parts = [aspects[name] for name in ("harmony", "contrast", "economy") if name in aspects]
        score = float(np.prod([0.05 + 0.95 * part for part in parts]) ** (1 / len(parts)))  # one weakness weighs
        return Judgement(score, {name: float(value) for name, value in aspects.items()}, tuple(remarks))


def oklab(work: Image) -> tuple[np.ndarray, np.ndarray]:
    """Some of the pixels in OKLab, and how much each is seen (its alpha).  (N, 3) lightness 0 to 1, (N,)"""
    step = max(1, -(-max(work.height, work.width) // STRIDE))
    pixels = np.atleast_3d(work.pixels[::step, ::step]) / 255  # (h, w, 1, 3 or 4)
    pixels = pixels.reshape(-1, pixels.shape[2])
    rgb = pixels[:, :3] if pixels.shape[1] > 1 else np.repeat(pixels, 3, 1)
    alpha = pixels[:, 3] if pixels.shape[1] == 4 else np.ones(len(pixels))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.cbrt(linear @ LINEAR.T) @ LAB.T, alpha if alpha.any() else np.ones(len(alpha))


def contrasts(light: np.ndarray, weight: np.ndarray) -> tuple[float, float, float]:
    """Contrast from 0 to 1, and the lightness of the dark and the light parts: the 5th and 95th percentile."""
    order = np.argsort(light, kind="stable")
    share = np.cumsum(weight[order]) / weight.sum()
    dark, bright = (float(light[order][min(int(np.searchsorted(share, at)), len(order) - 1)]) for at in (0.05, 0.95))
    return float(np.clip((bright - dark) / 0.6, 0, 1)), dark, bright


def colours(lab: np.ndarray, weight: np.ndarray) -> float:
    """How many colours share the picture: the exponential of the entropy over cells of OKLab; 1 for a single one."""
    _, cell = np.unique(np.round(lab / CELL).astype(int), axis=0, return_inverse=True)
    share = np.bincount(cell.ravel(), weight) / weight.sum()
    share = share[share > 0.002]  # specks are no colours of a palette
    return float(np.exp(-(share / share.sum() * np.log(share / share.sum())).sum())) if len(share) else 64.0


def harmonies(hue: np.ndarray, seen: np.ndarray) -> tuple[float, str, float]:
    """Harmony from 0 to 1, the template that fits best at its best angle, and the share of colour outside it."""
    wheel = np.bincount((hue / 360 * BINS).astype(int) % BINS, seen, BINS)
    wheel /= wheel.sum()
    best = (-1.0, "", 1.0)
    angles = np.arange(BINS) * 360 / BINS
    for name, sectors in TEMPLATES.items():
        off = np.min([np.maximum(0, np.abs((angles - at + 180) % 360 - 180) - width / 2) for at, width in sectors], axis=0)
        turned = min((np.roll(off, turn) for turn in range(BINS)), key=lambda off: float(wheel @ off))
        fit = 1 - min(1.0, float(wheel @ turned) / float(off.mean()))  # against a wheel of every hue, which fits no template
        if fit > best[0] + 0.03:  # the plainer template, unless another is clearly better
            best = fit, name, float(wheel @ (turned > 10))  # nearer, nobody minds
    return best
