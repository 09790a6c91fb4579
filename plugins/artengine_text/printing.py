"""What a printer sets for what a typewriter gave."""

from __future__ import annotations

import re
import unicodedata

# Old spellings that begin with an apostrophe, where a quotation mark would otherwise be seen.
_CLIPPED = (r"(?:t(?:is|was|were|will|wixt|would|en)?|gainst|neath|mid(?:st)?|mongst|gan|fore|scape|em|cause|bout|ere|s|ll|"
            r"d|n|gins|st)")


def clean(text: str) -> str:
    """*text* without what no font shows."""
    text = unicodedata.normalize("NFC", text).replace("\t", "    ").replace("\u00ad", "")
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"})


def printed(text: str, language: str) -> str:
    """*text* with a printer's quotation marks, dashes and dots in place of a typewriter's."""
    text = clean(text)
    if language.startswith(("zh", "ja", "lzh")):
        return text
    text = re.sub(r" ?--+ ?", lambda m: "—" if m[0] != " -- " else " — ", text).replace("...", "…")
    text = re.sub(rf"(?<!\w)'(?={_CLIPPED}\b)", "’", text, flags=re.IGNORECASE)
    text = re.sub(r"(^|[\s(\[“—])'(?=\S)", r"\1‘", text, flags=re.MULTILINE)
    text = re.sub(r"(^|[\s(\[‘—])\"(?=\S)", r"\1“", text, flags=re.MULTILINE)
    return text.replace("'", "’").replace('"', "”").replace("`", "‘")
