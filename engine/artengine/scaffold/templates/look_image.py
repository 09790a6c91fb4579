"""What my-part looks at in a picture."""

from __future__ import annotations

import numpy as np

from artengine.works import Image

REMARKS = {"contrast": ("light and dark are much alike", "light stands out against dark"),
           "colour": ("it is nearly grey", "its colours are strong"),
           "balance": ("one side is much heavier", "its sides weigh the same")}
"""What a low and what a high figure mean."""


def look(work: Image) -> dict[str, float]:
    """Figures from 0 to 1 by name; none for a picture too small to tell."""
    if min(work.width, work.height) < 2:
        return {}
    rgb = work.pixels[..., None].repeat(3, -1) if work.pixels.ndim == 2 else work.pixels[..., :3]  # (H, W, 3)
    rgb = rgb / 255.0
    light = rgb @ np.array([0.2126, 0.7152, 0.0722])  # (H, W)
    half = work.width // 2
    left, right = light[:, :half].mean(), light[:, -half:].mean()
    return {"contrast": float(min(1.0, 3 * light.std())),
            "colour": float(min(1.0, 2 * (rgb.max(-1) - rgb.min(-1)).mean())),
            "balance": float(1 - abs(left - right))}
