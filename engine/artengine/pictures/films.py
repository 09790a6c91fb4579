"""Films: frames to ``.mp4``, looping ``.gif`` and ``.webp``, or a folder of pictures, encoded while the next are made."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from artengine.errors import ArtengineError
from artengine.files import PREFIX
from artengine.works import Image

if TYPE_CHECKING:
    from concurrent.futures import Future

    import numpy as np

FORMATS = ("mp4", "gif", "webp", "")  # none is a folder of frames
AHEAD = 8  # frames that wait for the encoder at most, whatever the length of the film


class Setting(NamedTuple):
    """What an encoder must know of its film."""

    width: int
    height: int
    fps: float
    loop: bool
    background: tuple[int, int, int]
    recipe: str


class Encoder(Protocol):
    """Writes one film. :meth:`prepare` is called in several threads, :meth:`put` and :meth:`close` in one, in order."""

    def __init__(self, path: Path, setting: Setting) -> None:
        """Begin a film at *path*."""
    def prepare(self, pixels: np.ndarray) -> Any:
        """The part of the work that needs no other frame."""
    def put(self, prepared: Any) -> None:
        """Add the next frame."""
    def close(self) -> None:
        """Finish the file."""


def film(frames: Iterable[Image], path: str | Path, fps: float = 30.0, loop: bool = True, *,
         background: tuple[int, int, int] = (255, 255, 255), recipe: str = "") -> Path:
    """Write *frames* as a film; its format is that of *path*'s ending: ``.mp4``, ``.gif``, ``.webp``, or none for a folder.

    *frames* may be an iterator that makes one after another: each is encoded while the next is made, and memory holds a few
    of them. A file that was there is replaced, and only once the new one is whole. The same frames give the same bytes (of
    an mp4, by the same version of the encoder).

    :param fps: frames a second; a GIF plays at most 50, and a WebP at most 1000.
    :param loop: begin again at the end; of an mp4 that is for the player to say.
    :param background: the colour (0 to 255) behind transparent frames of an mp4, which has no transparency.
    :param recipe: kept inside the film (of a folder: in its first frame); :func:`film_recipe` gives it back.
    :returns: *path*.
    :raises ArtengineError: for another ending, no frames, frames of different sizes, an fps out of range, a folder that has
        something in it already, or an mp4 without the package ``av``.
    """
    path = Path(path)
    encoder = check(path, fps)
    if not path.suffix and path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise ArtengineError(f'There is something in "{path}" already.', "Name a new folder for the frames.")
    rest = iter(frames)
    first = next(rest, None)
    if first is None:
        raise ArtengineError("There are no frames for the film.", "Give at least one.")
    temp = path.with_name(f"{PREFIX}{os.getpid()}-{path.name}")
    try:
        _encode(encoder(temp, Setting(first.width, first.height, fps, loop, background, recipe)), first, rest)
        if not path.suffix and path.exists():
            path.rmdir()
        os.replace(temp, path)
    except OSError as error:
        raise ArtengineError(f'The film "{path}" cannot be written: {error.strerror or error}.',
                             "Check the folder, and the space on the disk.") from error
    finally:
        if temp.is_dir():
            shutil.rmtree(temp, ignore_errors=True)
        with suppress(OSError):
            temp.unlink()
    return path


def check(path: Path, fps: float) -> Any:
    """The encoder of a film at *path*, before a frame of it is made.

    :raises ArtengineError: for another ending, an fps out of range, or an mp4 without the package ``av``.
    """
    encoder = _encoder(path)
    most = {".gif": 50, ".webp": 1000}.get(path.suffix.lower(), 240)
    if not 0 < fps <= most:
        raise ArtengineError(f"{fps:g} frames a second is not possible here.", f"Give more than 0, and {most} at most.")
    if path.suffix.lower() == ".mp4":
        from artengine.pictures.mp4 import library  # said now, and not once the frames are made

        library()
    return encoder


def film_recipe(path: str | Path) -> str | None:
    """The recipe inside a film that :func:`film` wrote, ``None`` where there is none."""
    path = Path(path)
    with suppress(ArtengineError, OSError, ValueError, EOFError, SyntaxError):
        found: str | None = _encoder(path).recipe(path)
        return found
    return None


def _encoder(path: Path) -> Any:
    """The encoder for a path, imported only when a film needs it."""
    match path.suffix.lower():
        case ".gif":
            from artengine.pictures.gif import Gif as Found
        case ".webp":
            from artengine.pictures.webp import WebP as Found  # type: ignore[assignment]
        case ".mp4":
            from artengine.pictures.mp4 import Mp4 as Found  # type: ignore[assignment]
        case "":
            from artengine.pictures.frames import Frames as Found  # type: ignore[assignment]
        case other:
            raise ArtengineError(f'No film can be written as "{other}".',
                                 "Use .mp4, .gif, .webp, or a name without an ending for a folder of frames.")
    return Found


def _encode(encoder: Encoder, first: Image, rest: Iterable[Image]) -> None:
    """Let frames be made here, prepared in a pool of threads, and put in order by one more."""
    from concurrent.futures import ThreadPoolExecutor  # 10 ms that most runs need not pay

    queue: Queue[Future[Any] | None] = Queue(AHEAD)
    failed: list[BaseException] = []

    def put() -> None:
        while (frame := queue.get()) is not None:
            if not failed:  # after a failure the rest is taken and dropped, so that the maker of frames never waits for ever
                try:
                    encoder.put(frame.result())
                except BaseException as error:
                    failed.append(error)

    writer = Thread(target=put, name="artengine-film", daemon=True)
    writer.start()
    with ThreadPoolExecutor(os.cpu_count() or 1, "artengine-frames") as pool:
        try:
            queue.put(pool.submit(encoder.prepare, first.pixels))
            for n, frame in enumerate(rest, 2):
                if failed:
                    break
                if frame.pixels.shape[:2] != first.pixels.shape[:2]:
                    raise ArtengineError(
                        f"Frame {n} has {frame.width} × {frame.height} pixels, the first {first.width} × {first.height}.",
                        "Give all frames one size; artengine.pictures.fit does.")
                queue.put(pool.submit(encoder.prepare, frame.pixels))
        except BaseException as error:
            failed.insert(0, error)
        finally:
            queue.put(None)
            writer.join()
    try:
        encoder.close()
    finally:
        if failed:
            raise failed[0]
