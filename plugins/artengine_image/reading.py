"""Reads a picture from a file, whatever its format, as 8-bit sRGB."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artengine.errors import ArtengineError
from artengine.works import Image

if TYPE_CHECKING:
    import numpy as np

FORMATS = ("png", "jpg", "jpeg", "webp", "gif", "tif", "tiff", "bmp")
LARGEST = 80_000_000  # pixels of a picture, and four times as many of all frames of one file
_KNOWN = ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP")
_AGAIN = "Save it again in the program it came from."


def read(path: Path, *, frames: bool = False, size: tuple[int, int] | None = None, how: str = "crop") -> list[Image]:
    """The picture in a file: what it shows the right way up (EXIF), with its transparency, its colours turned to sRGB.

    The content decides how a file is read, not its name.

    :param frames: every frame of an animated file (every page of a TIFF), where there would be the first alone.
    :param size: (width, height) in pixels to fit each into, as :func:`artengine.pictures.fit` does by *how*.
    :raises ArtengineError: where it is no picture, damaged, or has more than :data:`LARGEST` pixels; the reason is short and
        does not name the file.
    """
    return decoded(_bytes(path), frames=frames, size=size, how=how)


def decoded(data: bytes, *, frames: bool = False, size: tuple[int, int] | None = None, how: str = "crop") -> list[Image]:
    """The pictures in the content of a file, as :func:`read` gives them."""
    from PIL import Image as Pillow  # 50 ms, once there is a picture to read

    if not data:
        raise ArtengineError("The file is empty.", "Copy or save it again.")
    with _reasons(data), Pillow.open(io.BytesIO(data), formats=_KNOWN) as picture:
        return [_work(one, frame, size, how) for frame, one in _frames(picture, frames, size)]


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > 4 * LARGEST:
            raise ArtengineError(f"The file has more than {4 * LARGEST // 1_000_000} MB.", "Save it smaller.")
        return path.read_bytes()
    except OSError as error:
        raise ArtengineError(f"It cannot be opened: {(error.strerror or str(error)).lower()}.",
                             "Check its name and its permissions.") from error


@contextmanager
def _reasons(data: bytes) -> Iterator[None]:
    """Whatever a decoder makes of a broken file, as one short sentence."""
    from PIL import Image as Pillow  # here already

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of harmless oddities in a file; sizes are checked by _measured
            yield
    except ArtengineError:
        raise
    except Pillow.DecompressionBombError as error:
        pixels = re.search(r"\d+", str(error))
        raise _too_large(int(pixels[0]) if pixels else 0) from error
    except Pillow.UnidentifiedImageError as error:
        raise ArtengineError(f"It is not a picture{_instead(data)}.", "Give PNG, JPEG, WebP, GIF, TIFF or BMP.") from error
    except Exception as error:  # decoders of hostile bytes raise anything, and one file must not cost the others
        what = "ends too early" if re.search("truncated|end of|not enough|incomplete", str(error), re.I) else "is damaged"
        raise ArtengineError(f"The picture {what}.", _AGAIN) from error


def _instead(data: bytes) -> str:
    """What a file is that is no picture, as far as its first bytes tell."""
    kinds = ((b"%PDF", "a PDF"), (b"PK\x03\x04", "a ZIP archive"), (b"<svg", "an SVG drawing"), (b"<!DOCTYPE", "a web page"),
             (b"<html", "a web page"), (b"RIFF", "damaged, or sound"), (b"\x89PNG", "a damaged PNG"),
             (b"GIF8", "a damaged GIF"), (b"\xff\xd8\xff", "a damaged JPEG"))
    start = data[:512].lstrip()
    found = next((f" but {what}" for mark, what in kinds if start.startswith(mark)), "")
    return found or (" but text" if start and all(9 <= byte < 127 for byte in start) else "")


def _too_large(pixels: int) -> ArtengineError:
    return ArtengineError(f"It has {pixels:,} pixels; at most {LARGEST:,} are read.", "Scale it down in another program.")


def _frames(picture: Any, every: bool, size: tuple[int, int] | None) -> Iterator[tuple[int, Any]]:
    """The frames of an opened file, decoded one at a time, with their numbers from 1; 0 for a still."""
    pixels = picture.width * picture.height
    if pixels > LARGEST:
        raise _too_large(pixels)
    count = getattr(picture, "n_frames", 1) if every and picture.format != "MPO" else 1
    if count * pixels > 4 * LARGEST:
        raise ArtengineError(f"It has {count} frames of {pixels:,} pixels; at most {4 * LARGEST:,} pixels are read.",
                             "Cut it into pieces, or scale it down.")
    if size and picture.format == "JPEG":
        side = 2 * max(size)
        picture.draft(None, (side, side))  # decoded at a half or an eighth: quick, and still twice what is wanted
    for frame in range(count):
        if count > 1:
            picture.seek(frame)
            if picture.width * picture.height > LARGEST:  # a TIFF's pages need not be alike
                raise _too_large(picture.width * picture.height)
        yield (frame + 1 if count > 1 else 0), picture


def _work(picture: Any, frame: int, size: tuple[int, int] | None, how: str) -> Image:
    import numpy as np  # here already
    from PIL import ImageOps  # as above

    picture.load()
    title = picture.info.get("Title") or picture.info.get("title")
    upright = screen(ImageOps.exif_transpose(picture))
    pixels: np.ndarray
    if size:
        from artengine.pictures.fitting import fitted  # as above

        pixels = fitted(upright, *size, how)
    else:
        pixels = np.array(upright)
    labels = {"frame": str(frame)} if frame else {}
    return Image(np.ascontiguousarray(pixels), title if isinstance(title, str) else "", labels)


def screen(picture: Any) -> Any:
    """A Pillow picture of any mode in mode L, RGB or RGBA: 8 bits, in sRGB where it says which colours it means."""
    if picture.mode.startswith(("I", "F")):
        return _deep(picture)
    clear = "transparency" in picture.info
    match picture.mode:
        case "L" | "RGB" | "RGBA" if not clear:
            same = picture
        case "1":
            return picture.convert("L")
        case "P" | "L" | "RGB" | "PA" | "LA" | "La" | "RGBa":
            alpha = clear or picture.mode not in ("P", "L", "RGB")
            # Pillow goes from La and PA to RGBA by one step more.
            step = picture.convert({"La": "LA", "PA": "RGBA"}.get(picture.mode, picture.mode))
            return _srgb(step.convert("RGBA" if alpha else "RGB"), picture.info.get("icc_profile"))
        case _:  # CMYK, YCbCr, LAB, HSV
            return _srgb(picture, picture.info.get("icc_profile"))
    return _srgb(same, picture.info.get("icc_profile"))


def _deep(picture: Any) -> Any:
    """A picture of 16 or 32 bits a pixel, scaled to 8; Pillow's own conversion would clip it to white."""
    import numpy as np  # here already
    from PIL import Image as Pillow

    values = np.asarray(picture).astype(np.float64)
    values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    top = float(values.max(initial=0.0))
    if picture.mode == "F":  # light from 0 to 1 by custom, or whatever its range is
        top, low = (1.0, 0.0) if top <= 1 and values.min() >= 0 else (top, float(values.min()))
        values = (values - low) / ((top - low) or 1.0)
    else:
        values = values / (65535 if top <= 65535 else top)
    return Pillow.fromarray(np.round(np.clip(values, 0, 1) * 255).astype(np.uint8))


def _srgb(picture: Any, profile: bytes | None) -> Any:
    """The picture with its colour profile applied, in RGB (grey stays grey); a profile that is broken is passed over."""
    target = {"L": "L", "RGBA": "RGBA"}.get(picture.mode, "RGB")
    if profile and picture.mode in ("RGB", "RGBA", "CMYK"):
        from PIL import ImageCms  # only for files that carry a profile

        try:
            given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "sRGB" in ImageCms.getProfileDescription(given) and picture.mode != "CMYK":
                return picture
            alpha = picture.getchannel("A") if picture.mode == "RGBA" else None
            solid = picture.convert("RGB") if alpha else picture
            turned = ImageCms.profileToProfile(solid, given, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if turned is not None:
                if alpha:
                    turned.putalpha(alpha)
                return turned
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass
    return picture if picture.mode == target else picture.convert(target)
