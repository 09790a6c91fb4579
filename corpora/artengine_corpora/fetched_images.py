"""Pictures that are fetched the first time they are asked for: small ones in thousands, by which others measure theirs, and
the tiles of a game."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

from artengine.api import Opt, Run
from artengine.corpus import fingerprint_files
from artengine.errors import ArtengineError
from artengine_corpora.fetching import Remote, fetch

if TYPE_CHECKING:
    from artengine.works import Image

LARGEST = 1 << 20  # bytes of a tile, which has a few hundred
PARTS = {"train": ("train",), "test": ("t10k",), "all": ("train", "t10k")}


@dataclass(frozen=True)
class StackOptions:
    """Which pictures."""

    part: Annotated[str, Opt("The 60,000 to learn from, the 10,000 to test on, or all.", choices=tuple(PARTS))] = "train"


class _Stacks:
    """Pictures of 28×28 greys in the IDX files of MNIST, with their labels."""

    name: ClassVar[str]
    licence: ClassVar[str]
    address: ClassVar[str]
    sums: ClassVar[dict[str, str]]
    """SHA-256 of each file."""
    classes: ClassVar[tuple[str, ...]]

    def __init__(self, source: Path | None, options: StackOptions | None, run: Run) -> None:
        self.options, self.run = options or StackOptions(), run

    @cached_property
    def files(self) -> list[Path]:
        """The files of the pictures, and after each that of its labels; fetched where they are not in the cache.

        :raises Unreachable: where that cannot be done now.
        """
        wanted = [f"{part}-{what}-ubyte.gz" for part in PARTS[self.options.part] for what in ("images-idx3", "labels-idx1")]
        return [fetch(Remote(f"{self.address}{name}", name, self.sums[name]), self.name, self.run) for name in wanted]

    def __iter__(self) -> Iterator[Image]:
        from artengine.works import Image  # numpy and gzip, for those who read
        from artengine_image import stacks

        for path in self.files[::2]:
            stack = stacks.read(path)
            for i in range(len(stack)):
                work = stack.work(i)
                label = self.classes[int(work.labels["label"])]
                yield Image(work.pixels, label.capitalize(), {"label": label, "source": f"{path.name}#{i}"})

    def fingerprint(self) -> str:
        """Digest of the files' content."""
        return fingerprint_files(self.files)


def _sums(*of: str) -> dict[str, str]:
    names = (f"{part}-{what}-ubyte.gz" for part in PARTS["all"] for what in ("images-idx3", "labels-idx1"))
    return dict(zip(names, of, strict=True))


class Mnist(_Stacks):
    """Handwritten digits."""

    name = "mnist"
    licence = "Yann LeCun, Corinna Cortes and Christopher J. C. Burges; usually given as CC BY-SA 3.0"
    address = "https://ossci-datasets.s3.amazonaws.com/mnist/"
    classes = tuple("0123456789")
    sums = _sums("440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                 "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                 "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                 "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6")


class FashionMnist(_Stacks):
    """Clothes from a shop's photographs."""

    name = "fashion-mnist"
    licence = "MIT; Copyright 2017 Zalando SE"
    address = ("https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/"
               "b2617bb6d3ffa2e429640350f613e3291e10b141/data/fashion/")
    classes = ("t-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle-boot")
    sums = _sums("586471b0ca00aba1d6456bfeaf56ffbcaae7d1762d0cefcee1dccdabeb35142e",
                 "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                 "dfcc4d9f3ce09d150bb362ddfe362162b4e383dad3d5ffe49d66d74a351b9237",
                 "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5")


class Kmnist(_Stacks):
    """Cursive Japanese characters from old books."""

    name = "kmnist"
    licence = "CC BY-SA 4.0; KMNIST dataset (created by CODH), adapted from Kuzushiji dataset (created by NIJL and others)"
    address = "http://codh.rois.ac.jp/kmnist/dataset/kmnist/"
    classes = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
    sums = _sums("51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
                 "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
                 "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
                 "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c")


@dataclass(frozen=True)
class TileOptions:
    """Which tiles."""

    only: Annotated[str, Opt("Tiles of one folder alone, such as monster or item.", metavar="FOLDER")] = ""


class CrawlTiles:
    """Tiles of the game Dungeon Crawl Stone Soup: 32×32 with transparency; ``label`` is the folder, ``kind`` that in it."""

    name: ClassVar[str] = "crawl-tiles"
    licence: ClassVar[str] = "CC0-1.0; the artists of Dungeon Crawl Stone Soup"

    def __init__(self, source: Path | None, options: TileOptions | None, run: Run) -> None:
        self.options, self.run = options or TileOptions(), run

    def remote(self) -> Remote:
        """The archive, as OpenGameArt keeps it."""
        return Remote("https://opengameart.org/sites/default/files/Dungeon Crawl Stone Soup Full_0.zip", "tiles.zip",
                      holds="Dungeon Crawl Stone Soup Full/")

    @cached_property
    def file(self) -> Path:
        """The archive, fetched where it is not in the cache.

        :raises Unreachable: where that cannot be done now.
        """
        return fetch(self.remote(), self.name, self.run)

    def __iter__(self) -> Iterator[Image]:
        import zipfile  # with lzma and bz2, for those who read

        from artengine_image import reading

        try:
            with zipfile.ZipFile(self.file) as archive:
                found = sorted((info.filename.split("/")[1:], info) for info in archive.infolist()
                               if info.filename.lower().endswith(".png") and info.filename.count("/") > 1)
                labels = {names[0] for names, _ in found}
                if self.options.only and self.options.only not in labels:
                    raise ArtengineError(f'There are no tiles called "{self.options.only}".',
                                         f"There are {', '.join(sorted(labels))}.")
                for names, info in found:
                    if self.options.only in ("", names[0]):
                        try:
                            if info.file_size > LARGEST:
                                raise ArtengineError(f"It has {info.file_size:,} bytes, and is no tile.", "Leave it out.")
                            yield self._tile(reading.decoded(archive.read(info))[0], names)
                        except ArtengineError as error:
                            self.run.skip("/".join(names), error.wrong)
        except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
            raise ArtengineError(f'"{self.file}" is damaged: {error}.', "Remove it; it is fetched anew then.") from error

    @staticmethod
    def _tile(work: Image, names: list[str]) -> Image:
        from artengine.works import Image  # here already

        labels = {"label": names[0], "kind": names[1] if len(names) > 2 else names[0], "source": "/".join(names)}
        return Image(work.pixels, Path(names[-1]).stem.replace("_", " ").capitalize(), labels)

    def fingerprint(self) -> str:
        """Digest of the archive and of which tiles are taken."""
        return f"{fingerprint_files([self.file])}{self.options.only}"
