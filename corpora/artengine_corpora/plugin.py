"""The corpora that ship."""

from __future__ import annotations

from collections.abc import Iterable

from artengine.api import Part, hookimpl


@hookimpl
def artengine_parts() -> Iterable[Part]:
    """The corpora, described."""
    from artengine_corpora import text_folder  # its options; its readers import nothing heavy

    yield Part(kind="corpus", name="text-folder", medium="text", target="artengine_corpora.text_folder:TextFolder",
               summary="Any folder or file of poems and other text, by its path.", options=text_folder.TextOptions,
               formats=("txt", "md", "json", "jsonl", "csv", "text", "markdown", "ndjson", "tsv", "html"))
    from artengine_corpora.fetched import TangOptions  # light too

    for name, summary in (("sonnets", "Shakespeare's 154 sonnets."), ("dickinson", "About 450 poems of Emily Dickinson."),
                          ("blake", "Blake's Songs of Innocence and of Experience."),
                          ("whitman", "Whitman's Leaves of Grass."),
                          ("tang", "Poems of the Tang, in traditional characters: about 12,000, or the Three Hundred.")):
        yield Part(kind="corpus", name=name, medium="text", target=f"artengine_corpora.fetched:{name.capitalize()}",
                   summary=f"{summary} Fetched once.", options=TangOptions if name == "tang" else None)
    yield Part(kind="corpus", name="quatorzains", medium="text", target="artengine_corpora.quatorzains:Quatorzains",
               summary="3,355 sonnets and other fourteen-line passages of many poets. Fetched once.")
    yield Part(kind="corpus", name="plays", medium="text", target="artengine_corpora.quatorzains:Plays",
               summary="Some 4,000 speeches from Shakespeare's plays. Fetched once.")
    yield Part(kind="corpus", name="english-verse", medium="text", target="artengine_corpora.quatorzains:EnglishVerse",
               summary="All the English verse above, and that of this project. Fetched once.")
    from artengine_corpora import image_folder  # which imports nothing heavy before it reads

    yield Part(kind="corpus", name="folk", medium="music", target="artengine_corpora.folk:Folk",
               summary="About 4,300 folk melodies: O'Neill's, Ryan's, Aird's and others.")
    yield Part(kind="corpus", name="bach-chorales", medium="music", target="artengine_corpora.bach:BachChorales",
               summary="About 400 four-part chorales of Johann Sebastian Bach: soprano, alto, tenor, bass.")
    yield Part(kind="corpus", name="music-folder", medium="music", target="artengine_corpora.music_folder:MusicFolder",
               summary="Any folder or file of MIDI, ABC or MusicXML, by its path.",
               formats=("mid", "midi", "abc", "musicxml", "xml", "mxl"))
    yield Part(kind="corpus", name="image-folder", medium="image", target="artengine_corpora.image_folder:ImageFolder",
               summary="Any folder or file of pictures, by its path; also .npz and IDX arrays of them.",
               options=image_folder.Options, formats=image_folder.PICTURES + image_folder.STACKS)
    yield Part(kind="corpus", name="verses", medium="text", target="artengine_corpora.verses:Verses",
               summary="About 330 poems written for this project, in English and classical Chinese forms; CC0.")
    from artengine_corpora import fetched_images  # likewise

    for name, summary in (("mnist", "60,000 handwritten digits, and 10,000 to test on."),
                          ("fashion-mnist", "60,000 pictures of clothes, and 10,000 to test on."),
                          ("kmnist", "60,000 cursive Japanese characters, and 10,000 to test on.")):
        target = f"artengine_corpora.fetched_images:{name.title().replace('-', '')}"
        yield Part(kind="corpus", name=name, medium="image", target=target, summary=f"{summary} Fetched once.",
                   options=fetched_images.StackOptions)
    yield Part(kind="corpus", name="crawl-tiles", medium="image", target="artengine_corpora.fetched_images:CrawlTiles",
               summary="6,000 tiles of a dungeon game, 32x32 with transparency; CC0. Fetched once.",
               options=fetched_images.TileOptions)
    from artengine_corpora.atelier.options import Options  # likewise

    yield Part(kind="corpus", name="atelier", medium="image", options=Options,
               target="artengine_corpora.atelier.corpus:Atelier",
               summary="Procedural pictures in twelve schools, painted by our own code: any number, at any size; CC0.",
               tiny={"pictures": 24})
