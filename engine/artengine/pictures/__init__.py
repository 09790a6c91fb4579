"""Building blocks for pictures: fitting them to a size, contact sheets, films, and colours as they are seen.

    from artengine.pictures import film, fit, sheet

Each needs Pillow, and nothing of torch. Films in ``.mp4`` need the extra ``artengine[film]``.
"""

from __future__ import annotations

from artengine.pictures.films import film, film_recipe
from artengine.pictures.fitting import fit
from artengine.pictures.sheets import sheet

__all__ = ["film", "film_recipe", "fit", "sheet"]
