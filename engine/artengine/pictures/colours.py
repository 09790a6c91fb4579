"""Colours as they are seen: sRGB to OKLab (Björn Ottosson, 2020) and back, where equal distances look equally far apart."""

from __future__ import annotations

import numpy as np

_LMS = np.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
                 [0.0883024619, 0.2817188376, 0.6299787005]])
_LAB = np.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
                 [0.0259040371, 0.7827717662, -0.8086757660]])
_LINEAR = np.array([v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in np.arange(256) / 255])


def oklab(rgb: np.ndarray) -> np.ndarray:
    """OKLab of 8-bit sRGB: lightness from 0 to 1, then green to red and blue to yellow.  (…, 3) uint8 → (…, 3) float64"""
    lab: np.ndarray = np.cbrt(_LINEAR[rgb] @ _LMS.T) @ _LAB.T
    return lab


def srgb(lab: np.ndarray) -> np.ndarray:
    """8-bit sRGB of OKLab; what no screen can show is clipped.  (…, 3) float → (…, 3) uint8"""
    linear = ((lab @ np.linalg.inv(_LAB).T) ** 3) @ np.linalg.inv(_LMS).T
    linear = np.clip(linear, 0, 1)
    value = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    rgb: np.ndarray = np.round(value * 255).astype(np.uint8)
    return rgb
