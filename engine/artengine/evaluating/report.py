"""What an evaluation found, as plain data, and in sentences."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from artengine.works import Image, Work

MEANINGS = {
    "fid": ("Fréchet distance", "less", "Distance of the Gaussians fitted to the features of both sides."),
    "kid": ("kernel distance", "less", "Unbiased squared MMD of standardised features, × 1,000; 0 for the same."),
    "sliced_wasserstein": ("sliced Wasserstein", "less", "How far mass must be moved along random directions."),
    "precision": ("precision", "more", "Share of the made that lie among the real."),
    "recall": ("recall", "more", "Share of the real that lie among the made: low where a model has collapsed."),
    "density": ("density", "more", "How thickly the made lie where the real do; above 1 where they crowd."),
    "coverage": ("coverage", "more", "Share of the real that have a made work near them."),
}
"""Name in words, which way is better, and what it says, by key of the report."""

COPIED, SURE, CROWDED, COLLAPSED = 0.9, 3.0, 0.05, 0.5


@dataclass
class Report:
    """An evaluation. ``data`` is what the JSON file holds; the rest is for the page."""

    data: dict[str, Any]
    findings: list[str]
    """What the figures say, in sentences."""
    made: list[Work] = field(default_factory=list)
    real: list[Work] = field(default_factory=list)
    pairs: list[tuple[Image, Image, float]] = field(default_factory=list)
    """Made works with the work of the corpus that is nearest, and how near: 1 is as near as works of the corpus lie."""


def findings(data: dict[str, Any]) -> list[str]:
    """The figures in sentences, what is worrying first."""
    said = []
    if "distribution" in data:
        said += [*_spread(**data["distribution"]), _memory(**data["memorisation"]), *_apart(**data["distribution"])]
        if (few := data["distribution"]["made"]["count"]) <= data["features"]["dimensions"]:
            said.append(f"{few:,} works are few for {data['features']['dimensions']} features: FID comes out too large; "
                        "compare it at equal counts only.")
    if loss := data.get("held_out"):
        which = "held out" if loss["unseen"] else "of the corpus"
        said.append(f"Works {which} surprise it by {loss['nats_per_unit']:.3f} nats a unit ({loss['readable']:,} of "
                    f"{loss['works']:,} could be read).")
    said += [f"{critic}: {judged['made']['score']:.2f} for what it makes, {judged['real']['score']:.2f} for the corpus."
             for critic, judged in data.get("critics", {}).items()]
    return said


def _memory(ratio: float, copies: float, copies_elsewhere: float, sureness: float, **_: Any) -> str:
    if copies > 2 * copies_elsewhere + CROWDED:
        return (f"It copies: {copies:.0%} of its works lie on top of one of the corpus, where {copies_elsewhere:.0%} of "
                "works that were not learnt do.")
    far = f"{ratio:.2f} times as far from the nearest of the corpus as new works would"
    leans = ratio < COPIED and sureness > SURE
    return f"It leans on its corpus: its works lie {far}." if leans else f"It does not copy: its works lie {far}."


def _spread(made: dict[str, Any], floor: dict[str, Any]) -> list[str]:
    reached = floor.get("recall", 1.0)
    if made["recall"] >= COLLAPSED * reached:
        return []
    return [f"It has collapsed to a part of the corpus: recall {made['recall']:.2f}, where two halves of the corpus reach "
            f"{reached:.2f}."]


def _apart(made: dict[str, Any], floor: dict[str, Any]) -> list[str]:
    if not floor:
        return [f"FID {made['fid']:.2f}."]
    return [f"FID {made['fid']:.2f} at {made['count']:,} works; at {floor['count']:,} it is {made['fid_at_half']:.2f}, "
            f"where two halves of the corpus are {floor['fid']:.2f} apart."]
