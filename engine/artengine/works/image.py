"""A picture."""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, eq=False)
class Image:
    """An 8-bit picture: grey (H, W), RGB (H, W, 3) or RGBA (H, W, 4), not premultiplied, sRGB."""

    medium: ClassVar[str] = "image"
    pixels: np.ndarray  # uint8 (H, W) or (H, W, 3 or 4)
    title: str = ""
    labels: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        p = self.pixels
        if p.dtype.name != "uint8" or p.ndim not in (2, 3) or (p.ndim == 3 and p.shape[2] not in (3, 4)) or 0 in p.shape:
            raise ValueError(f"a picture is uint8 (H, W), (H, W, 3) or (H, W, 4), not {p.dtype.name} {p.shape}")

    @property
    def height(self) -> int:
        """Pixels."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Pixels."""
        return int(self.pixels.shape[1])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Image):
            return NotImplemented
        return self.pixels.shape == other.pixels.shape and bool((self.pixels == other.pixels).all())

    def __hash__(self) -> int:
        return hash((self.pixels.shape, self.pixels.tobytes()))

    def to_data(self) -> dict[str, Any]:
        """Plain data, as kept in a recipe."""
        packed = base64.b64encode(zlib.compress(self.pixels.tobytes(), 6)).decode()
        return {"medium": self.medium, "shape": list(self.pixels.shape), "pixels": packed, "title": self.title,
                "labels": dict(self.labels)}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Image:
        """What :meth:`to_data` gave."""
        import numpy as np  # 100 ms that a text or a listing need not pay

        raw = zlib.decompress(base64.b64decode(data["pixels"]))
        return cls(np.frombuffer(raw, np.uint8).reshape(data["shape"]).copy(), data.get("title", ""), data.get("labels", {}))

    def _repr_png_(self) -> bytes:
        from artengine import showing  # stands above the works, and is only ever needed in a notebook

        return showing.png(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        from artengine import showing  # as above

        printer.text(showing.summary(self))
