import numpy as np
import pytest

from artengine.works import Image
from artengine_image.critics.clarity import Clarity
from artengine_image.critics.composition import Composition
from artengine_image.critics.palette import Palette, harmony
from artengine_image.critics.style import Style


def judged(critic, pixels):
    (one,) = critic(None, None).judge([Image(pixels)])
    return one


def landscape(width=96, height=64):
    """Sky, sun, hills: blues with an orange, large forms and some detail."""
    y, x = np.mgrid[0:height, 0:width] / height
    rgb = np.dstack([0.35 + 0.25 * y, 0.55 + 0.2 * y, 0.85 - 0.1 * y])
    rgb[(x - 0.5) ** 2 + (y - 0.3) ** 2 < 0.02] = (0.95, 0.6, 0.2)
    for k, tone in enumerate((0.75, 0.5, 0.25)):
        hill = y > 0.55 + 0.12 * k + 0.08 * np.sin(5 * x + 2 * k)
        rgb[hill] = np.array([0.25, 0.4, 0.55]) * tone
    rgb += 0.02 * np.sin(40 * x)[..., None]
    return np.round(np.clip(rgb, 0, 1) * 255).astype(np.uint8)


NOISE = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
Y, X = np.mgrid[0:64, 0:96]
GRID = np.clip(landscape().astype(int) + 20 * (-1) ** (X + Y)[..., None], 0, 255).astype(np.uint8)
GRID4 = np.clip(landscape().astype(int) + 20 * (-1) ** (X // 2 + Y // 2)[..., None], 0, 255).astype(np.uint8)
GRAINY = np.clip(landscape() + np.random.default_rng(1).normal(0, 50, (64, 96, 1)), 0, 255).astype(np.uint8)
SPECKED = np.clip(landscape() + np.random.default_rng(1).normal(0, 50, (64, 96, 3)), 0, 255).astype(np.uint8)
FAINT = (100 + landscape() * 0.03).astype(np.uint8)
CORNER = np.full((64, 96, 3), 120, np.uint8)
CORNER[:16, :24] = landscape(24, 16)
RAINBOW = np.round(127 + 120 * np.cos(X[..., None] / 96 * 2 * np.pi + np.array([0, 2.1, 4.2]))).astype(np.uint8)


@pytest.mark.parametrize(("critic", "damaged", "word"), [
    (Clarity, np.full((64, 96, 3), 80, np.uint8), "blank"), (Clarity, FAINT, "few tones|blank"), (Clarity, NOISE, "grainy"),
    (Clarity, GRAINY, "grainy"), (Clarity, SPECKED, "grainy|Specks of colour"), (Clarity, GRID, "grid"), (Clarity, GRID4, "grid"),
    (Composition, np.full((64, 96, 3), 80, np.uint8), "little to look at"), (Composition, NOISE, "No large forms"),
    (Composition, CORNER, "out of balance"),
    (Palette, NOISE, "all directions|many colours"), (Palette, RAINBOW, "all directions"), (Palette, FAINT, "close together")])
def test_damage_is_marked_down_and_the_remark_says_why(critic, damaged, word):
    good, bad = judged(critic, landscape()), judged(critic, damaged)
    assert good.score > 0.85
    assert bad.score < 0.6
    import re

    assert re.search(word, " ".join(bad.remarks)), bad.remarks
    assert not re.search(word, " ".join(good.remarks)), good.remarks


def test_colours_are_named_and_called_warm_or_cool():
    assert "cool" in " ".join(judged(Palette, landscape()).remarks)
    warm = judged(Palette, landscape()[..., ::-1])
    assert warm.aspects["temperature"] > 0.3
    assert "orange" in warm.remarks[0] or "yellow" in warm.remarks[0]
    grey = judged(Palette, landscape()[..., 0])
    assert "hardly a hue" in grey.remarks[0]
    assert "harmony" not in grey.aspects


def test_harmony_is_for_templates_wherever_they_turn():
    def wheel(*degrees):
        found = np.zeros(72)
        found[[round(d / 5) % 72 for d in degrees]] = 1 / len(degrees)
        return harmony(found)

    for turn in (0, 45, 200):
        assert wheel(turn) == (1.0, "one hue")
        assert wheel(turn, turn + 180) == (1.0, "a hue and its complement")
        assert wheel(turn, turn + 120, turn + 240)[1] == "three hues a third apart"
    assert wheel(*range(0, 360, 5))[0] < 0.15


def test_symmetry_and_thirds_are_figures():
    x = np.tile(np.arange(64), (64, 1))
    mirrored = np.round(127 + 100 * np.cos((x - 31.5) / 6)).astype(np.uint8)
    assert judged(Composition, mirrored).aspects["symmetry"] > 0.95
    at_third, at_edge = (np.zeros((66, 66), np.uint8) for _ in range(2))
    at_third[18:26, 18:26] = at_edge[2:10, 29:37] = 255
    assert judged(Composition, at_third).aspects["thirds"] > judged(Composition, at_edge).aspects["thirds"]


@pytest.mark.parametrize("critic", [Clarity, Composition, Palette, Style])
@pytest.mark.parametrize("shape", [(1, 1), (1, 9, 3), (2, 2, 4), (3, 700), (700, 3, 3), (5, 1, 4), (28, 28), (300, 500, 3)])
def test_any_picture_is_judged(critic, shape):
    rng = np.random.default_rng(0)
    for pixels in (np.zeros(shape, np.uint8), np.full(shape, 255, np.uint8), rng.integers(0, 256, shape, dtype=np.uint8)):
        one = judged(critic, pixels)
        assert 0 <= one.score <= 1
        assert all(np.isfinite(value) for value in one.aspects.values())
        assert one.remarks


def test_transparent_pixels_count_for_nothing():
    sprite = np.zeros((32, 32, 4), np.uint8)
    sprite[8:24, 8:24] = (200, 60, 30, 255)
    other = sprite.copy()
    other[sprite[..., 3] == 0, :3] = NOISE[:32, :32][sprite[..., 3] == 0]
    for critic in (Clarity, Composition, Palette):
        assert judged(critic, sprite) == judged(critic, other)
