"""The conformance kit, and that the critic sees what a painter sees."""

import colorsys

import numpy as np
import pytest

from artengine.testing import parametrize_checks
from artengine.works import Image
from palette_critic import Options
from palette_critic.critic import PaletteCritic, oklab


@parametrize_checks("palette-critic")
def test_contract(check):
    check()


def patches(hues, values=(0.2, 0.5, 0.9), saturation=0.7):
    """A quilt of eight by eight patches, hues and values taking turns."""
    rng = np.random.default_rng(1)
    quilt = np.array([[colorsys.hsv_to_rgb(rng.choice(hues) / 360, saturation, rng.choice(values)) for _ in range(8)]
                      for _ in range(8)])
    return Image((quilt.repeat(8, 0).repeat(8, 1) * 255).astype(np.uint8))


def judge(image, **options):
    return PaletteCritic(Options(**options), None).look(image)


def test_oklab_of_known_colours():
    lab, weight = oklab(Image(np.array([[[255, 255, 255], [255, 0, 0], [0, 0, 0]]], np.uint8)))
    assert lab == pytest.approx(np.array([[1, 0, 0], [0.62796, 0.22486, 0.12585], [0, 0, 0]]), abs=1e-3)
    assert weight.tolist() == [1, 1, 1]


@pytest.mark.parametrize(("hues", "template"), [([210], "one hue"), ([200, 220, 240], "neighbouring hues"),
                                                ([30, 215], "a hue and its complement")])
def test_harmonies_are_named(hues, template):
    judgement = judge(patches(hues))
    assert judgement.aspects["harmony"] > 0.95
    assert judgement.remarks[0] == f"Its hues come nearest to {template}."


def test_all_the_hues_at_once_are_less_harmonious():
    judgement = judge(patches(range(0, 360, 10)))
    assert judgement.aspects["harmony"] < 0.7
    assert "turn or mute it" in judgement.remarks[0]
    assert judgement.score < judge(patches([30, 215])).score


def test_contrast_is_missed():
    flat, deep = judge(patches([210], (0.5, 0.55))), judge(patches([210]))
    assert flat.aspects["contrast"] < 0.3 < 0.6 < deep.aspects["contrast"]
    assert "give it a darker dark" in flat.remarks[1]


def test_grey_pictures_have_no_hue_to_judge():
    ramp = judge(Image(np.linspace(0, 255, 64).astype(np.uint8).reshape(8, 8)))
    assert "harmony" not in ramp.aspects
    assert "light and dark alone" in ramp.remarks[0]


def test_what_is_transparent_is_not_seen():
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[:, :, :3] = np.random.default_rng(0).integers(0, 256, (8, 8, 3))
    pixels[:4] = [200, 40, 40, 255]
    assert judge(Image(pixels)).aspects["colours"] == 1


def test_many_colours_are_counted_and_the_limit_is_an_option():
    quilt = patches(range(0, 360, 30))
    assert judge(quilt, colours=4).aspects["economy"] < judge(quilt, colours=32).aspects["economy"] == 1
    assert "4 or fewer would be easier to remember" in judge(quilt, colours=4).remarks[2]
