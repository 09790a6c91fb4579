"""poetry-transformer on a base: any causal language model, here two tiny ones built on the spot."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path

import numpy as np
import pytest

from artengine import models, plugins
from artengine.errors import ArtengineError, Interrupted
from artengine.models import Model
from artengine.runs import LocalRun
from artengine.training import train
from artengine.works import Text

transformers = pytest.importorskip("transformers", reason="a base needs artengine[hf]")
tokenizers = pytest.importorskip("tokenizers", reason="a base needs artengine[hf]")

from artengine_text.forms import check, resolve
from artengine_text.poetry.hf.bases import find
from artengine_text.poetry.hf.symbols import BaseTokens
from artengine_text.poetry.settings import Controls
from artengine_text.poetry.tokens import NEWLINE, SPECIAL, STANZA, START, UNKNOWN
from artengine_text.poetry.verse import MARKS, lines_of

POEMS = [
    "The night is deep, the moon is bright,\nthe river runs away;\nI saw a bird in morning light\nthat sang the livelong day.",
    "A little stone beside the sea\nhas more to say than I;\nit lets the water wander free\nand looks into the sky.",
    "Come in, my love, the day is old,\nthe fire is low and red;\nthe wind that wanders in the cold\nhas nothing left unsaid.",
    "O give me but a quiet hill,\na garden and a tree,\nwhere every evening, soft and still,\nthe stars look down on me.",
    "The summer went without a sound,\nthe swallow and the rose;\nthe leaves are falling all around\nand every flower must close.",
    "I had a song, I lost the tune,\nI had a road to go;\nI walked beneath a winter moon\nacross the silent snow.",
    "What shall I bring you from the town?\nA ribbon or a ring?\nThe golden leaves are coming down,\nI hear no robin sing.",
    "Old heart, be still; the storm is past,\nthe ship is on the shore;\nthe light is in the house at last\nand love is at the door.",
]
CORPUS = [f"{first}\n\n{second}" for i, first in enumerate(POEMS) for second in POEMS[i + 1:i + 4]]


def gpt2(folder: Path) -> Path:
    """Byte-level BPE, as GPT-2 has; no token for two ends of a line."""
    tokeniser = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokeniser.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokeniser.decoder = tokenizers.decoders.ByteLevel()
    tokeniser.train_from_iterator(CORPUS, tokenizers.trainers.BpeTrainer(
        vocab_size=420, special_tokens=["<|endoftext|>"], initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False))
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=tokeniser, bos_token="<|endoftext|>", eos_token="<|endoftext|>")
    config = transformers.GPT2Config(vocab_size=len(fast) + 3, n_layer=2, n_embd=32, n_head=2, n_positions=96)
    return saved(transformers.GPT2LMHeadModel, config, fast, folder)


def llama(folder: Path) -> Path:
    """Spaces as "▁" and bytes as "<0x0A>", as SentencePiece has; its own token for the end of a line."""
    alphabet = [f"<0x{byte:02X}>" for byte in range(256)]
    tokeniser = tokenizers.Tokenizer(tokenizers.models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    tokeniser.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace(prepend_scheme="first")
    tokeniser.decoder = tokenizers.decoders.Sequence([tokenizers.decoders.Replace("▁", " "), tokenizers.decoders.ByteFallback(),
                                                      tokenizers.decoders.Fuse(), tokenizers.decoders.Strip(" ", 1, 0)])
    tokeniser.train_from_iterator([line for text in CORPUS for line in text.splitlines()], tokenizers.trainers.BpeTrainer(
        vocab_size=700, special_tokens=["<unk>", "<s>", "</s>", *alphabet], show_progress=False))
    data = json.loads(tokeniser.to_str())
    data["added_tokens"] = [token for token in data["added_tokens"] if token["content"] not in alphabet]
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizers.Tokenizer.from_str(json.dumps(data)),
                                                unk_token="<unk>", bos_token="<s>", eos_token="</s>")
    config = transformers.LlamaConfig(vocab_size=len(fast), hidden_size=32, intermediate_size=48, num_hidden_layers=2,
                                      num_attention_heads=2, num_key_value_heads=1, max_position_embeddings=256)
    return saved(transformers.LlamaForCausalLM, config, fast, folder)


def saved(kind, config, tokeniser, folder: Path) -> Path:
    transformers.utils.logging.disable_progress_bar()
    transformers.set_seed(1)
    kind(config).save_pretrained(folder)
    tokeniser.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder of a corpus, and those of the bases."""
    folder = tmp_path_factory.mktemp("bases")
    (folder / "poems").mkdir()
    for i, poem in enumerate(CORPUS):
        (folder / "poems" / f"{i:02}.txt").write_text(poem)
    gpt2(folder / "tiny-gpt2")
    llama(folder / "tiny-llama")
    return folder


@pytest.fixture
def alone(monkeypatch):
    """No network: whatever is to be fetched fails at once."""
    def refuse(*_):
        raise OSError("there is no network here")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def tokens_of(folder: Path) -> BaseTokens:
    base = find(str(folder))
    return BaseTokens(base.tokeniser(), base.config["vocab_size"], base.name)


@pytest.mark.parametrize("kind", ["tiny-gpt2", "tiny-llama"])
def test_units_become_tokens_and_come_back(made, kind):
    tokens = tokens_of(made / kind)
    units = {unit for poem in CORPUS for line in lines_of(poem) for unit in line.units} | {" o'er", "Ne’er".replace("’", "'")}
    assert len(units) > 100
    for unit in units - set(MARKS):
        assert tokens.decode(tokens.encode(unit)) == unit
        assert UNKNOWN not in tokens.encode(unit)
    # put together they are what the tokeniser itself makes of a line
    line = lines_of(POEMS[2])[2]
    apart = [symbol - SPECIAL for unit in line.units for symbol in tokens.encode(unit)]
    assert find(str(made / kind)).tokeniser()(f"\n{line}", add_special_tokens=False)["input_ids"][-len(apart):] == apart
    # one token for every mark that has one, and it says so
    assert {tokens.pieces[symbol] for mark in ",;.?" for symbol in tokens.encode(mark)} == set(",;.?")
    assert sum(piece == "," for piece in tokens.pieces) == 1
    assert len(tokens.pieces) == len(tokens) == len(tokens.table)
    assert tokens.decode([NEWLINE, STANZA]) == "\n\n\n"


def test_no_word_goes_on_as_another_begins(made):
    for kind in ("tiny-gpt2", "tiny-llama"):
        tokens = tokens_of(made / kind)
        units = {unit for poem in CORPUS for line in lines_of(poem) for unit in line.units if unit.startswith(" ")}
        inner = {symbol for unit in units for symbol in tokens.encode(unit)[1:]}
        assert not inner & {tokens.encode(unit)[0] for unit in units}


def test_ends_of_lines_and_stanzas(made):
    for kind, own in (("tiny-gpt2", 1), ("tiny-llama", 1)):
        tokens = tokens_of(made / kind)
        assert tokens.own == own
        assert tokens.line < tokens.size <= tokens.stanza
        assert tokens.table[[START, NEWLINE, STANZA]].tolist() == [tokens.start, tokens.line, tokens.stanza]
        assert tokens.line + SPECIAL in tokens.twice


@pytest.mark.parametrize("kind", ["tiny-gpt2", "tiny-llama"])
def test_train_render_score(made, kind, tmp_path, alone):
    shutil.copytree(made / kind, tmp_path / kind)
    path = train("poetry-transformer", made / "poems", model="mine", steps=10, studio=tmp_path, quiet=True,
                 device="cpu", options={"base": str(tmp_path / kind), "rank": 4, "batch_size": 4})
    part = plugins.load("poetry-transformer", "generator")
    model = Model.load(path, part)
    header = model.header
    assert header["base"]["sha256"] == find(str(tmp_path / kind)).sha256
    assert path.stat().st_size < 200_000  # the adapters and the words alone
    assert not any(name.startswith("transformer") for name in model.weights)
    generator = plugins.target(part)(model, LocalRun())
    for wish in ({"form": "haiku"}, {"rhyme": "ABAB", "syllables": (8, 6, 8, 6)}):
        controls = Controls(**wish)
        poems = list(generator.render(controls, [3, 4, 5]))
        assert [poem.body for poem in generator.render(controls, [4])] == [poems[1].body]
        assert len({poem.body for poem in poems}) == 3
        for poem in poems:
            checked = check(resolve(controls, generator.prosody), poem.body, generator.prosody)
            assert checked, (poem.body, checked.faults)
    (own, n), (shuffled, m), nothing = generator.score([Text(POEMS[0]), Text(" ".join(reversed(POEMS[0].split()))), Text("…")])
    assert n == len(POEMS[0]) + 1
    assert 0 < own / n < 8
    assert shuffled > 0 < m
    assert np.isnan(nothing[0])


