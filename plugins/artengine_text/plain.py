"""A poem as plain text, so written that it is read as one poem again."""

from __future__ import annotations

from artengine.works import Text
from artengine_text.splitting import RULE, Poem, poems


def write(work: Text) -> str:
    """*work* as plain text.

    Of the ways to write it the plainest is taken that :func:`artengine_text.splitting.poems` reads back: title and verses;
    with a rule at the end, which says that all before it is one poem; the title underlined; a rule at the beginning as well,
    which says that there is no title.
    """
    body, title = work.body, " ".join(work.title.split())
    wanted = [Poem(work.title, body)]
    line = "=" * max(3, len(title))
    ways = (f"{title}\n\n{body}\n" if title else f"{body}\n",
            f"{title}\n\n{body}\n\n{RULE}\n" if title else f"{RULE}\n\n{body}\n\n{RULE}\n",
            f"{title}\n{line}\n\n{body}\n\n{RULE}\n" if title else f"{body}\n\n{RULE}\n")
    return next((way for way in ways if poems(way) == wanted), ways[0])
