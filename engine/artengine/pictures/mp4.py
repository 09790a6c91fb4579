"""MP4 films in H.264, which every player and browser shows, by PyAV (``artengine[film]``)."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artengine.errors import ArtengineError

if TYPE_CHECKING:
    import numpy as np

    from artengine.pictures.films import Setting

CODECS = ("libx264", "libopenh264", "mpeg4")  # the best that this build of FFmpeg has
THREADS = 4  # fixed: what x264 writes depends on how many there are


def library() -> Any:
    """PyAV.

    :raises ArtengineError: where it is not installed.
    """
    try:
        import av  # FFmpeg's libraries, 70 MB: an extra, and only for films
    except ImportError as error:
        raise ArtengineError("Films in .mp4 need the package av, which is not installed.",
                             'Install it with pip install "artengine[film]"; .webp and .gif need nothing more.') from error
    return av


class Mp4:
    """Writes an MP4; frames with an odd number of pixels a side get one more, as H.264 asks."""

    def __init__(self, path: Path, setting: Setting) -> None:
        av = library()
        self.setting = setting
        self.container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"})
        if setting.recipe:
            self.container.metadata["comment"] = setting.recipe
        codec = next(c for c in CODECS if c in av.codecs_available)
        # x264's code for AVX-512 now and then writes other bytes of the same frames (seen on a busy machine); that for AVX2
        # and the older sets write the same ones.
        options = {"crf": "16", "preset": "medium", "x264-params": "asm=AVX2"} if codec == "libx264" else {}
        rate = Fraction(setting.fps).limit_denominator(1001)
        self.stream = self.container.add_stream(codec, rate=rate, options=options)
        self.stream.width, self.stream.height = (side + side % 2 for side in (setting.width, setting.height))
        self.stream.pix_fmt = "yuv420p"
        context = self.stream.codec_context
        context.thread_count = THREADS
        if codec != "libx264":
            context.bit_rate = 4_000_000 + 4 * setting.width * setting.height  # these have no constant quality
        # The colours of screens (BT.709, studio range), said in the file so that players need not guess.
        context.colorspace, context.color_primaries, context.color_trc, context.color_range = 1, 1, 1, 1

    def prepare(self, pixels: np.ndarray) -> Any:
        """The frame in the colours of video."""
        import numpy as np  # here already
        from av.video.reformatter import ColorRange, Colorspace

        if pixels.ndim == 2:
            pixels = np.repeat(pixels[..., None], 3, 2)
        elif pixels.shape[2] == 4:
            alpha = pixels[..., 3:] / np.float32(255)
            over = pixels[..., :3] * alpha + np.array(self.setting.background, np.float32) * (1 - alpha)
            pixels = np.round(over).astype(np.uint8)
        height, width = pixels.shape[:2]
        if height % 2 or width % 2:
            pixels = np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        frame = library().VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
        return frame.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG)

    def put(self, prepared: Any) -> None:
        """Encode the next frame."""
        prepared.pts = None
        self.container.mux(self.stream.encode(prepared))

    def close(self) -> None:
        """Encode what waits, and end the file."""
        self.container.mux(self.stream.encode(None))
        self.container.close()

    @staticmethod
    def recipe(path: Path) -> str | None:
        """The recipe in the comment of an MP4 file."""
        av = library()
        try:
            with av.open(str(path), metadata_encoding="utf-8") as container:
                found: str | None = container.metadata.get("comment")
        except av.error.FFmpegError:
            return None
        return found
