"""What can be asked of the generators of verse: options when they are trained, controls when they render."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from artengine.api import Opt
from artengine_text.forms.wish import FormControls


@dataclass(frozen=True)
class Options:
    """Fixed when a model is trained."""

    language: Annotated[str, Opt("Language of the poems to learn from, such as en; by default that of most of them.")] = ""
    pieces: Annotated[int, Opt("Symbols to learn: characters, and pieces of words up to so many; 0 for characters alone.",
                               min=0, max=8000)] = 0
    memory: Annotated[int, Opt("Longest context, in symbols, whose continuations in the corpus the model keeps count of; "
                               "0 for none.", min=0, max=8)] = 5
    layers: Annotated[int, Opt("Recurrent layers.", min=1, max=4)] = 2
    units: Annotated[int, Opt("Units in each layer.", min=8, max=2048)] = 256
    embedding: Annotated[int, Opt("Width of the embeddings.", min=4, max=1024)] = 128
    cell: Annotated[str, Opt("Kind of recurrent cell.", choices=("lstm", "gru"))] = "gru"
    dropout: Annotated[float, Opt("Share of activations dropped in training; more for small corpora.", min=0, max=0.9)] = 0.2
    batch_size: Annotated[int, Opt("Poems a step.", min=1, max=1024)] = 12
    rate: Annotated[float, Opt("Highest learning rate.", min=1e-6, max=1)] = 0.003
    fall: Annotated[int, Opt("Steps in which the rate falls to nothing, where the training ends; 0 for as long as it helps.",
                             min=0)] = 0


@dataclass(frozen=True)
class TransformerOptions:
    """Fixed when a model is trained."""

    language: Annotated[str, Opt("Language of the poems to learn from, such as en; by default that of most of them.")] = ""
    pieces: Annotated[int, Opt("Symbols to learn: characters, and pieces of words up to so many; 0 for characters alone.",
                               min=0, max=8000)] = 0
    memory: Annotated[int, Opt("Longest context, in symbols, whose continuations in the corpus the model keeps count of; "
                               "0 for none.", min=0, max=8)] = 5
    layers: Annotated[int, Opt("Layers.", min=1, max=24)] = 4
    width: Annotated[int, Opt("Width of the layers.", min=8, max=2048)] = 192
    heads: Annotated[int, Opt("Attention heads.", min=1, max=32)] = 6
    context: Annotated[int, Opt("Symbols it looks back.", min=8, max=4096)] = 512
    dropout: Annotated[float, Opt("Share of activations dropped in training; more for small corpora.", min=0, max=0.9)] = 0.1
    batch_size: Annotated[int, Opt("Poems a step.", min=1, max=1024)] = 12
    rate: Annotated[float, Opt("Highest learning rate.", min=1e-6, max=1)] = 0.002
    fall: Annotated[int, Opt("Steps in which the rate falls to nothing, where the training ends; 0 for as long as it helps.",
                             min=0)] = 0
    base: Annotated[str, Opt("A Hugging Face causal language model to start from, a folder or a name; it gets adapters, and "
                             "needs artengine[hf].", metavar="NAME")] = ""
    rank: Annotated[int, Opt("Rank of the adapters of a base.", min=1, max=512)] = 8
    alpha: Annotated[float, Opt("What the adapters add to a base counts alpha / rank times.", min=0.01, max=1024)] = 16.0
    adapt: Annotated[str, Opt("Layers of a base that get adapters.", choices=("all", "attention", "mlp"))] = "all"
    adapt_rate: Annotated[float, Opt("Highest learning rate of the adapters.", min=1e-6, max=1)] = 0.0005
    base_precision: Annotated[str, Opt("Width in which a base is held; bf16 takes half the memory.",
                                       choices=("32", "bf16"))] = "32"


@dataclass(frozen=True)
class Controls(FormControls):
    """Asked of one rendering."""

    @property
    def wants(self) -> dict[str, str]:
        """Where what is asked for is Chinese, a model of Chinese; see :class:`artengine.api.Part`."""
        han = re.search("[\u3400-\u9fff]|^(wu|qi)(jue|l[uü])\\b|^cangtou", " ".join((self.form, self.prefix, *self.theme)))
        return {"language": "zh"} if han else {}

    style: Annotated[str, Opt("Author or source, of those it knows, to write like; by default any.", metavar="NAME")] = ""
    drafts: Annotated[int, Opt("Drafts of each line, of which the likeliest is kept.", min=1, max=64)] = 4
    temperature: Annotated[float, Opt("Below 1 plays safe, above 1 takes risks, 0 takes the likeliest.", min=0, max=5)] = 0.8
    top_k: Annotated[int, Opt("Draw from the K likeliest symbols only; 0 for all.", min=0)] = 0
    top_p: Annotated[float, Opt("Draw from the fewest symbols that hold this share of probability.", min=0.01, max=1)] = 1.0
    min_p: Annotated[float, Opt("Leave out symbols less likely than this share of the likeliest.", min=0, max=1)] = 0.03
