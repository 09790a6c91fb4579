"""What a model of verse is told at every step beside the last symbol: where in line, stanza and poem it stands, on what the
line is to rhyme, and in whose style. Value 0 of each says that it is not known."""

from __future__ import annotations

from zlib import crc32

BEATS, STANZA_LINES, POEM_LINES, RHYMES = 20, 10, 20, 256
SIZES = (BEATS, STANZA_LINES, POEM_LINES, RHYMES)
"""Values of beats left in the line, lines left in the stanza and in the poem (the line itself counted), and rhymes."""
STYLES = 16
"""Values of the style; the commonest authors or sources of a corpus."""


def beats_left(beats: int) -> int:
    """Beats after the last whole word of the line."""
    return min(max(beats, 0), BEATS - 2) + 1


def lines_left(lines: int, size: int) -> int:
    """Lines of the stanza or the poem, this one counted."""
    return min(lines, size - 1)


def rhyme(key: str) -> int:
    """The sound the line ends on: one of 255 classes by its key."""
    return crc32(key.encode()) % (RHYMES - 1) + 1 if key else 0
