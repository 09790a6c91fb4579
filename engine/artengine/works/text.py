"""A poem or other text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True)
class Text:
    """A text: its lines parted by ``\\n``, its stanzas by an empty line."""

    medium: ClassVar[str] = "text"
    body: str
    title: str = ""
    language: str = ""
    """BCP 47 tag (``en``, ``zh-Hant``), empty where it is not known."""
    labels: dict[str, str] = field(default_factory=dict, compare=False)

    @property
    def lines(self) -> list[str]:
        """Lines with something on them."""
        return [line for line in self.body.splitlines() if line.strip()]

    def to_data(self) -> dict[str, Any]:
        """Plain data, as kept in a recipe."""
        return {"medium": self.medium, "body": self.body, "title": self.title, "language": self.language,
                "labels": dict(self.labels)}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Text:
        """What :meth:`to_data` gave."""
        return cls(data["body"], data.get("title", ""), data.get("language", ""), data.get("labels", {}))

    def _repr_html_(self) -> str:
        from artengine import showing  # stands above the works, and is only ever needed in a notebook

        return showing.html(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        from artengine import showing  # as above

        printer.text(showing.summary(self))
