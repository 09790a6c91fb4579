"""poetry-transformer on a base: any causal language model, here two tiny ones built on the spot."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path

import numpy as np
import pytest

from artengine import models, plugins
from artengine.errors import ArtengineError
from artengine.models import Model
from artengine.planning import plan
from artengine.rendering import render
from artengine.rerendering import rerender
from artengine.runs import LocalRun
from artengine.studio import Studio
from artengine.training import train
from artengine.works import Text
from artengine_text.forms import check, resolve
from artengine_text.poetry.hf.bases import find
from artengine_text.poetry.hf.symbols import BaseTokens
from artengine_text.poetry.settings import Controls
from artengine_text.poetry.tokens import NEWLINE, SPECIAL, STANZA, START, UNKNOWN
from artengine_text.poetry.verse import MARKS, lines_of

transformers = pytest.importorskip("transformers", reason="a base needs artengine[hf]")
tokenizers = pytest.importorskip("tokenizers", reason="a base needs artengine[hf]")

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


@pytest.fixture(scope="module", params=["tiny-gpt2", "tiny-llama"])
def trained(made, request):
    """A studio with a model of ten steps on either base; no network meanwhile."""
    studio = made / f"studio of {request.param}"
    studio.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", refuse)
        patch.setattr(socket.socket, "connect", refuse)
        path = train("poetry-transformer", made / "poems", model="mine", steps=10, studio=studio, quiet=True, device="cpu",
                     options={"base": str(made / request.param), "rank": 4, "batch_size": 4})
    return studio, path, made / request.param


def refuse(*_):
    raise OSError("there is no network here")


def loaded(path: Path, header: dict | None = None):
    part = plugins.load("poetry-transformer", "generator")
    model = Model.load(path, part)
    model.header.update(header or {})
    return plugins.target(part)(model, LocalRun())


def test_only_the_adapters_are_kept(trained):
    studio, path, folder = trained
    header = models.read_header(path)
    assert header["base"]["sha256"] == find(str(folder)).sha256
    assert header["tokens"] == {"size": json.loads((folder / "config.json").read_text())["vocab_size"]}
    weights = Model.load(path, plugins.load("poetry-transformer", "generator")).weights
    adapters = {name: array for name, array in weights.items() if name.startswith("adapters.")}
    assert {name.split(".")[1] for name in adapters} == {"down", "up", "rows"}
    assert all(4 in array.shape for name, array in adapters.items() if "rows" not in name)
    assert any(array.any() for name, array in adapters.items() if name.startswith("adapters.up."))
    checkpoint = max((studio / "runs" / "mine" / "checkpoints").glob("*"), key=lambda p: p.stat().st_mtime)
    assert checkpoint.stat().st_size < 12 * sum(array.nbytes for array in adapters.values()) + 100_000


def test_poems_keep_their_form_and_are_their_seeds(trained):
    generator = loaded(trained[1])
    for wish, drafts in (({"form": "haiku"}, 1), ({"rhyme": "ABAB", "syllables": (8, 6, 8, 6)}, 2),
                         ({"form": "couplet", "prefix": "The moon"}, 1)):
        controls = Controls(**wish, drafts=drafts)
        poems = list(generator.render(controls, [3, 4]))
        assert [poem.body for poem in generator.render(controls, [4])] == [poems[1].body]
        assert poems[0].body != poems[1].body
        for poem in poems:
            checked = check(resolve(controls, generator.prosody), poem.body, generator.prosody)
            assert checked, (poem.body, checked.faults)
            assert poem.body.startswith(wish.get("prefix", ""))


def test_steps_are_the_parallel_form(trained):
    """What is decoded step by step is what was trained, also where several works go on beside one another."""
    generator = loaded(trained[1])
    inputs, targets, _ = generator._coded(Text(POEMS[0]))
    state, several, nats = generator.step.start(), generator.step.start(3), 0.0
    for fields, target in zip(inputs, targets, strict=True):
        logits = generator.step.step(fields, state)
        columns = generator.step.step(np.stack([fields] * 3), several)
        assert (columns == logits[:, None]).all()
        shifted = logits.astype(np.float64) - logits.max()
        nats += np.log(np.exp(shifted).sum()) - shifted[target]
    (scored, characters), = generator.score([Text(POEMS[0])])
    assert nats == pytest.approx(scored, rel=1e-4)
    assert characters == len(POEMS[0]) + 1
    state = generator.step.start()
    np.testing.assert_allclose(generator.step.prime(inputs, state), logits, atol=1e-4)
    generator.step.clear(several, 1)
    kept = generator.step.keep(several, [1])
    np.testing.assert_array_equal(generator.step.step(inputs[:1], kept)[:, 0], generator.step.step(inputs[0], generator.step.start()))


@pytest.mark.parametrize("trained", ["tiny-gpt2"], indirect=True)
def test_a_long_poem_is_written_with_a_short_memory(trained):
    generator = loaded(trained[1])
    generator.step.context = 40
    poem, = generator.render(Controls(syllables=(8, 6), lines=12, drafts=1), [1])
    assert len(generator._coded(poem)[1]) > 80
    assert check(resolve(Controls(syllables=(8, 6), lines=12), generator.prosody), poem.body, generator.prosody)


def test_scores(trained):
    real, backwards, nothing = loaded(trained[1]).score([Text(POEMS[0]), Text(POEMS[0][::-1]), Text("…")])
    assert 0 < real[0] / real[1] < backwards[0] / backwards[1]
    assert np.isnan(nothing[0])
    assert nothing[1] == 0


def test_the_same_base_or_none(trained, tmp_path):
    _, path, folder = trained
    facts = models.read_header(path)["base"]
    gone = {**facts, "folder": str(tmp_path / "gone" / folder.name)}
    with pytest.raises(ArtengineError, match=f"stands on the base .*{facts['type']}, sha256 {facts['sha256'][:12]}.*not there"):
        find("elsewhere", gone)
    shutil.copytree(folder, tmp_path / folder.name)
    assert find(f"moved/{folder.name}", gone, tmp_path / "mine.safetensors").folder == (tmp_path / folder.name).resolve()
    weights = tmp_path / folder.name / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"!")
    with pytest.raises(ArtengineError, match="is another"):
        find(f"moved/{folder.name}", gone, tmp_path / "mine.safetensors")


@pytest.mark.parametrize("trained", ["tiny-gpt2"], indirect=True)
def test_a_recipe_makes_the_poem_again(trained, tmp_path):
    studio, *_ = trained
    done = render(plan(Studio.find(studio), "poetry-transformer", model="mine", seed=7, output=tmp_path / "one.json",
                       controls={"form": "haiku"}))
    first = tmp_path / "one.json"
    assert len(done) == 1
    again = rerender(first, Studio.find(studio), tmp_path / "two.json")
    assert again.read_bytes() == first.read_bytes()


@pytest.mark.parametrize("trained", ["tiny-gpt2"], indirect=True)
def test_a_resumed_training_is_the_same(trained, made):
    studio, path, folder = trained
    options = {"base": str(folder), "rank": 4, "batch_size": 4}
    train("poetry-transformer", made / "poems", model="parts", steps=4, studio=studio, quiet=True, device="cpu", options=options)
    parts = train("poetry-transformer", model="parts", steps=10, resume=True, studio=studio, quiet=True, device="cpu")
    one, other = (Model.load(p, plugins.load("poetry-transformer", "generator")).weights for p in (path, parts))
    assert set(one) == set(other)
    for name, array in one.items():
        np.testing.assert_array_equal(array, other[name], err_msg=name)


def test_what_cannot_be_a_base(made, tmp_path, monkeypatch):
    def refused(base, match, **options):
        with pytest.raises(ArtengineError, match=match):
            train("poetry-transformer", made / "poems", model="none", steps=1, studio=tmp_path, quiet=True, device="cpu",
                  options={"base": str(base), **options})

    refused("./nowhere", 'There is no folder "./nowhere"')
    refused("someone/something", "ARTENGINE_OFFLINE forbids")
    refused(made / "poems", "has no config.json")
    refused(made / "tiny-gpt2", "its own layers and width", layers=3, width=64)
    other = tmp_path / "other"
    shutil.copytree(made / "tiny-gpt2", other)
    config = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(json.dumps({**config, "architectures": ["BertForMaskedLM"]}))
    refused(other, "no causal language model, but BertForMaskedLM")
    (other / "config.json").write_text(json.dumps(config))
    (other / "tokenizer.json").write_text("{}")
    refused(other, "tokeniser of the base .* cannot be read")
    lower = tokenizers.Tokenizer.from_file(str(made / "tiny-gpt2" / "tokenizer.json"))
    lower.normalizer = tokenizers.normalizers.Lowercase()
    lower.save(str(other / "tokenizer.json"))
    refused(other, "does not keep letters and spaces")
    (other / "model.safetensors").unlink()
    refused(other, "has no weights")
    monkeypatch.delenv("ARTENGINE_OFFLINE")
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    refused("someone/something", "cannot be fetched from Hugging Face")


def test_a_name_is_a_model_in_the_cache(made, tmp_path, monkeypatch):
    """A name that was fetched once needs no network, and is found again by its commit."""
    commit = "0123456789abcdef0123456789abcdef01234567"
    repository = tmp_path / "models--someone--tiny"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(commit)
    shutil.copytree(made / "tiny-gpt2", repository / "snapshots" / commit)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    base = find("someone/tiny")
    assert (base.revision, base.sha256) == (commit, find(str(made / "tiny-gpt2")).sha256)
    assert find("someone/tiny", {**base.facts(), "folder": "/gone"}).folder == base.folder
