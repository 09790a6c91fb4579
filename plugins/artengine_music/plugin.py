"""What this plugin offers. Imports the options of its parts and nothing behind them."""

from __future__ import annotations

from collections.abc import Iterable

from artengine.api import Part, hookimpl


@hookimpl
def artengine_parts() -> Iterable[Part]:
    """The parts for music."""
    from artengine_music.melody_rnn.settings import Controls, Options
    from artengine_music.melody_transformer.settings import Controls as Asked
    from artengine_music.melody_transformer.settings import Options as Chosen
    from artengine_music.png import PngOptions
    from artengine_music.wav import WavOptions

    yield Part(kind="generator", name="melody-rnn", medium="music", summary="Melodies, bar by bar, by a recurrent network.",
               target="artengine_music.melody_rnn.generator:MelodyRNN", options=Options, controls=Controls,
               tiny={"units": 16, "layers": 1, "embedding": 8, "batch_size": 8},
               models={"folk": "artengine_music:models/melody-rnn-folk.safetensors"}, formats=("mid",))
    yield Part(kind="generator", name="melody-transformer", medium="music",
               summary="Melodies, four-part chorales, and settings of a given voice, by a transformer.",
               target="artengine_music.melody_transformer.generator:MelodyTransformer", options=Chosen, controls=Asked,
               tiny={"width": 16, "layers": 1, "heads": 2, "context": 32, "batch_size": 8},
               models={"folk": "artengine_music:models/melody-transformer-folk.safetensors",
                       "chorales": "artengine_music:models/melody-transformer-chorales.safetensors"}, formats=("mid",))
    yield Part(kind="exporter", name="png", medium="music", summary="A picture: engraved notation, a piano roll, or both.",
               target="artengine_music.png:Png", options=PngOptions, formats=("png",), embeds=True)
    yield Part(kind="exporter", name="wav", medium="music",
               summary="Sound in 16-bit stereo, played by built-in instruments or a SoundFont.",
               target="artengine_music.wav:Wav", options=WavOptions, formats=("wav",), embeds=True)
    yield Part(kind="exporter", name="midi", medium="music", summary="MIDI file with tempo, metre, key and named tracks.",
               target="artengine_music.exporters:Midi", formats=("mid",), embeds=True)
    yield Part(kind="exporter", name="abc", medium="music", summary="ABC, the plain text of folk tune books.",
               target="artengine_music.exporters:Abc", formats=("abc",), embeds=True)
    yield Part(kind="exporter", name="musicxml", medium="music", summary="MusicXML for notation programs, one part a voice.",
               target="artengine_music.exporters:MusicXml", formats=("musicxml", "xml"), embeds=True)
    for name, summary in (("tonality", "Key clarity, notes outside the scale, and whether it comes home."),
                          ("melody", "Steps and leaps, range, shape, and motifs that come back."),
                          ("rhythm", "A metre that is felt, patterns that return, enough variety."),
                          ("likelihood", "How far it surprises a model that has learnt the style."),
                          ("originality", "How long a stretch stands in one tune of the training corpus, and in which.")):
        yield Part(kind="critic", name=name, medium="music", summary=summary,
                   target=f"artengine_music.critics.{name}:{name.capitalize()}")
