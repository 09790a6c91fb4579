"""Geometric abstraction: a leading form, its counterweights, and bars along one diagonal, floating on the paper."""

from __future__ import annotations

import math

import numpy as np

from artengine_corpora.atelier.canvas import arc, turned
from artengine_corpora.atelier.colour import Colour
from artengine_corpora.atelier.easel import Easel
from artengine_corpora.atelier.palettes import PALETTES
from artengine_corpora.atelier.words import a, number, sentence, several

GRAIN = 0.016
_MARGIN = 0.09  # of the shorter side, kept free all round
_PALETTES = [p for p in PALETTES if p.name not in {"sorbet", "glacier", "linen and sage"}]


class _Form:
    """A flat shape: points about its own centre, where that is, and what it is called."""

    def __init__(self, name: str, points: np.ndarray, x: float, y: float, colour: Colour) -> None:
        self.name, self.points, self.x, self.y, self.colour = name, points, x, y, colour

    @property
    def reach(self) -> float:
        return float(np.hypot(self.points[:, 0], self.points[:, 1]).max())

    @property
    def mass(self) -> float:
        x, y = self.points[:, 0], self.points[:, 1]
        return float(abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2)


def _bar(length: float, width: float, angle: float, taper: float = 1.0) -> np.ndarray:
    x, y = length / 2, width / 2
    return turned([(-x, -y), (x, -y * taper), (x, y * taper), (-x, y)], angle)


def _leading(easel: Easel, kind: str, angle: float, colours: list[Colour]) -> list[_Form]:
    ink = easel.palette.ink
    size = easel.between(0.3, 0.44)
    if kind == "square":
        return [_Form("square", _bar(size, size * easel.between(0.85, 1), angle), 0, 0, colours[0])]
    if kind == "disc":
        beam = _bar(easel.between(0.7, 0.95), easel.between(0.03, 0.06), angle)
        disc = _Form("disc", arc(0, 0, size * 0.5, 0, 2 * math.pi), 0, 0, colours[0])
        offset = easel.between(-0.12, 0.12)
        return [disc, _Form("beam", beam, -math.sin(angle) * offset, math.cos(angle) * offset, ink)]
    if kind == "cross":
        first = _bar(easel.between(0.6, 0.8), easel.between(0.1, 0.15), angle)
        second = _bar(easel.between(0.4, 0.6), easel.between(0.08, 0.15), angle + math.pi / 2)
        slide = easel.between(-0.15, 0.15)
        return [_Form("bar", second, math.cos(angle) * slide, math.sin(angle) * slide, colours[1]),
                _Form("bar", first, 0, 0, colours[0])]
    if kind == "wedge":
        wedge = turned([(-0.28, -size * 0.42), (0.4, 0.0), (-0.28, size * 0.42)], angle)
        return [_Form("wedge", wedge, 0, 0, colours[0])]
    taper = easel.pick((1.0, 1.0, 0.6))
    return [_Form("plank", _bar(easel.between(0.62, 0.82), easel.between(0.14, 0.22), angle, taper), 0, 0, colours[0])]


def _satellite(easel: Easel, angle: float, colour: Colour, x: float, y: float) -> _Form:
    kind = easel.pick(("bar", "bar", "square", "disc", "sliver", "triangle"))
    size = easel.between(0.05, 0.15)
    if easel.chance(0.3):
        angle += math.pi / 2
    if kind == "disc":
        return _Form("disc", arc(0, 0, size * 0.5, 0, 2 * math.pi), x, y, colour)
    if kind == "square":
        return _Form("square", _bar(size, size, angle), x, y, colour)
    if kind == "triangle":
        return _Form("triangle", turned([(-size / 2, -size / 2), (size / 2, -size / 2), (0, size / 2)], angle), x, y, colour)
    length, width = (size * 3.2, size * 0.12) if kind == "sliver" else (size * 2.2, size * 0.45)
    return _Form(kind, _bar(length, width, angle), x, y, colour)


def _arranged(easel: Easel, forms: list[_Form], angle: float, wanted: int, palette: list[Colour]) -> None:
    """Add *wanted* lesser forms along the diagonal, none upon another."""
    for _ in range(wanted * 12):
        if len(forms) >= wanted:
            return
        along, aside = easel.between(-0.5, 0.5), float(easel.rng.normal(0, 0.2))
        x, y = math.cos(angle) * along - math.sin(angle) * aside, math.sin(angle) * along + math.cos(angle) * aside
        form = _satellite(easel, angle, easel.pick(palette), x, y)
        if all(math.hypot(x - other.x, y - other.y) > 0.55 * (form.reach + other.reach) for other in forms[:2]) and all(
                math.hypot(x - other.x, y - other.y) > 0.8 * (form.reach + other.reach) for other in forms[2:]):
            forms.append(form)


def _hung(easel: Easel, forms: list[_Form]) -> None:
    """Stretch the places over the frame, centre the weight a little off the middle, and scale to leave the margin."""
    mass = sum(form.mass for form in forms)
    x = sum(form.x * form.mass for form in forms) / mass * 0.7
    y = sum(form.y * form.mass for form in forms) / mass * 0.7
    stretch = np.array([easel.wide, easel.high]) / easel.short
    spread = np.concatenate([form.points + (np.array([form.x - x, form.y - y]) * stretch) for form in forms])
    room = (np.array([easel.wide, easel.high]) / easel.short - 2 * _MARGIN) / 2
    shrink = min(1.3, float((room / np.abs(spread).max(0)).min())) * easel.short
    for form in forms:
        centre = np.array([easel.wide, easel.high]) / 2 + np.array([form.x - x, form.y - y]) * stretch * shrink
        easel.canvas.polygon(form.points * shrink + centre, form.colour)


def paint(easel: Easel) -> str:
    """One leading form and up to a dozen lesser ones."""
    easel.choose(_PALETTES)
    colours = easel.colours()
    kind = easel.pick(("plank", "square", "disc", "cross", "wedge"), (3, 3, 3, 2, 1.5))
    slope = easel.pick((easel.between(20, 40), easel.between(45, 70), easel.between(3, 12)))
    angle = math.radians(easel.pick((1, -1)) * slope)
    forms = _leading(easel, kind, angle, colours)
    lead = forms[0] if kind != "cross" else forms[1]
    own = len(forms)
    lesser = [*colours[1:4], easel.palette.ink, easel.palette.ink]
    _arranged(easel, forms, angle, own + easel.pick((2, 4, 6, 9, 13), (1.5, 3, 3, 2, 1)), lesser)
    _hung(easel, forms)
    rest = forms[own:]
    named = a(f"{lead.colour.word} {lead.name}")
    ground = easel.palette.ground.word
    if not rest:
        return sentence(f"{named} alone on {ground}")
    kinds = sorted({form.name for form in rest}, key=lambda k: -sum(form.name == k for form in rest))
    count = sum(form.name == kinds[0] for form in rest)
    others = len(rest) - count
    company = several(count, kinds[0]) + (f" and {number(others)} other form{'s' * (others > 1)}" if others else "")
    rises = "rises through" if angle < -0.25 else "falls through" if angle > 0.25 else "rests among"
    return sentence(easel.pick((f"{named} {rises} {company}", f"{named} over {ground}, with {company}",
                                f"{company} about {named}")))
