import errno
import json
import os
import re
import threading

import numpy as np
import pytest
from safetensors.numpy import load_file

from artengine import checkpoints, files, models, plugins, stepping, stopping, training
from artengine.errors import ArtengineError, Interrupted

pytestmark = pytest.mark.usefixtures("toy_trained")


def train(corpus, **choices):
    return training.train("toy-writer", corpus, **{"model": "m", "steps": 40, "device": "cpu", "quiet": True, **choices})


def rows(studio, name="m"):
    return [json.loads(line) for line in (studio / "runs" / name / "metrics.jsonl").read_text("utf-8").splitlines()]


def test_training_makes_a_model_that_tells_how_it_came_to_be(toy, texts):
    path = train(texts, steps=130, seed=3, options={"units": "8"})
    assert path == toy / "models" / "m.safetensors"
    part = plugins.load("toy-writer")
    model = models.Model.load(path, part)
    head = model.header
    assert model.options.units == head["options"]["units"] == 8
    assert (head["part"], head["medium"], head["seed"], head["alphabet"]) == ("toy-writer", "text", 3, 32)
    assert head["corpus"]["name"] == "texts"
    assert head["corpus"]["licence"] == "CC0-1.0"
    assert head["corpus"]["works"] == 30
    assert len(head["corpus"]["fingerprint"]) == 32
    assert head["versions"]["toy-training"] == "1.0"
    assert {"artengine", "torch", "numpy", "python"} <= head["versions"].keys()
    assert load_file(path)["hidden.weight"].dtype == np.float16
    assert head["loss"]["held_out"] < 1.5 < np.log(32)
    held_out = {row["step"]: row["held_out_loss"] for row in rows(toy) if "held_out_loss" in row}
    assert list(held_out) == [20, 40, 60, 80, 100, 120, 130]
    best = min(held_out, key=held_out.get)
    assert (head["steps"], head["loss"]["held_out"]) == (best, held_out[best])
    assert models.read_header(toy / "runs/m/last.safetensors")["steps"] == 130


def test_the_run_keeps_what_happened(toy, texts):
    train(texts, steps=60)
    run = toy / "runs" / "m"
    losses = [row["loss"] for row in rows(toy) if "loss" in row]
    assert len(losses) == 6
    assert losses[-1] < losses[0]
    assert list((run / "tensorboard").glob("events.*"))
    samples = {p.name: p.read_text("utf-8") for p in (run / "samples").iterdir()}
    assert samples.keys() == {"step-000020.toytxt", "step-000060.toytxt"}
    assert all(len(text) == 20 for text in samples.values())
    assert [run["plugin"] for run in training.Studio(toy).catalog.runs()] == ["toy-writer"]


def test_it_stops_when_the_held_out_loss_has_stopped_falling(toy, texts, monkeypatch):
    monkeypatch.setattr(stepping, "PATIENCE", 3)
    path = train(texts, steps=None, options={"rate": 0.0})
    losses = [row["held_out_loss"] for row in rows(toy) if "held_out_loss" in row]
    assert len(losses) == 4  # the first, then three that are no better
    assert models.read_header(path)["steps"] == 20
    before = path.read_bytes()
    assert train(None, steps=None, resume=True) == path  # nothing is left to be done
    assert path.read_bytes() == before


def test_averages_are_what_is_validated_and_kept(toy, texts):
    train(texts, steps=30, options={"rate": 0.05})
    loaded, _ = checkpoints.load(toy / "runs/m/checkpoints")
    last = load_file(toy / "runs/m/last.safetensors")
    average = loaded["average/0"].numpy()
    assert np.array_equal(last["embedding.weight"], average.astype(np.float16))
    assert not np.array_equal(loaded["module/embedding.weight"].numpy(), average)


def test_nothing_is_written_over(toy, texts):
    path = train(texts)
    before = path.read_bytes()
    for _ in range(2):
        with pytest.raises(ArtengineError, match="already there") as caught:
            train(texts, seed=1)
        assert "another --model" in caught.value.advice
        assert path.read_bytes() == before
        (toy / "runs/m/run.json").unlink(missing_ok=True)
    train(texts, seed=1, overwrite=True)
    assert path.read_bytes() != before


@pytest.mark.parametrize(("choices", "said"), [
    ({"options": {"unit": 3}}, "--set unit"), ({"options": {"units": "x"}}, "units"), ({"options": {"units": 0}}, "units"),
    ({"steps": 0}, "--steps 0"), ({"minutes": -1}, "--minutes"), ({"devices": 0}, "--devices 0"),
    ({"precision": "8"}, "precision 8"), ({"precision": "16"}, "precision 16"), ({"device": "gpu"}, 'device "gpu"'),
    ({"device": "mps"}, "no mps device"), ({"model": "a/b"}, "name of a model"), ({"model": ""}, "name of a model"),
    ({"resume": True}, 'no run "m"')])
def test_bad_choices_are_told_and_leave_nothing(toy, texts, choices, said):
    with pytest.raises(ArtengineError, match=said) as caught:
        train(texts, **choices)
    assert caught.value.advice
    assert list(toy.iterdir()) == []


def test_what_cannot_be_trained(toy, texts):
    with pytest.raises(ArtengineError, match="toy-fixed cannot be trained") as caught:
        training.train("toy-fixed", texts)
    assert "toy-writer" in caught.value.advice
    with pytest.raises(ArtengineError, match="generator is needed"):
        training.train("toy-plain", texts)
    with pytest.raises(ArtengineError):
        training.train("toy-wroter", texts)


def test_a_loss_that_is_no_number_stops_and_keeps_the_last_good(toy, texts, monkeypatch):
    monkeypatch.setattr(stepping, "SAVE", 0.0)
    with pytest.raises(ArtengineError, match=r"not a finite .* step 26; the checkpoint of step 25 is kept") as caught:
        train(texts, options={"explode": 25})
    assert "--set rate=0.0033" in caught.value.advice
    tensors, plain = checkpoints.load(toy / "runs/m/checkpoints")
    assert plain["step"] == 25
    assert all(bool(t.isfinite().all()) for t in tensors.values())
    assert re.search(r"the best model so far, of step 20, is .*m\.safetensors", caught.value.wrong)
    assert models.read_header(toy / "models" / "m.safetensors")["steps"] == 20
    assert np.isfinite(load_file(toy / "models" / "m.safetensors")["hidden.weight"]).all()


def test_a_full_disk_while_saving_leaves_the_checkpoint_before(toy, texts, monkeypatch):
    monkeypatch.setattr(stepping, "SAVE", 0.0)
    sync, saved = files.sync, []

    def full(path):
        if "checkpoints" in path.parts and path.is_file():
            saved.append(path)
            if len(saved) > 12:
                raise OSError(errno.ENOSPC, "No space left on device")
        sync(path)

    monkeypatch.setattr(files, "sync", full)
    with pytest.raises(ArtengineError, match=r"step 13 could not be written: The disk .* is full") as caught:
        train(texts)
    assert "Step 12 is safe" in caught.value.advice
    monkeypatch.undo()
    assert [p.name for p in (toy / "runs/m/checkpoints").iterdir()] != []
    assert checkpoints.load(toy / "runs/m/checkpoints")[1]["step"] == 12


def test_a_checkpoint_cut_short_falls_back_to_the_one_before(toy, texts, monkeypatch):
    monkeypatch.setattr(stepping, "SAVE", 0.0)
    whole = load_file(train(texts, model="whole", steps=60))
    train(texts, steps=30)
    newest = checkpoints.found(toy / "runs/m/checkpoints")[-1]
    os.truncate(newest, newest.stat().st_size // 2)
    assert checkpoints.load(toy / "runs/m/checkpoints")[1]["step"] == 29
    again = load_file(train(None, steps=60, resume=True))
    assert all(np.array_equal(whole[name], again[name]) for name in whole)
    for path in checkpoints.found(toy / "runs/m/checkpoints"):
        path.write_bytes(b"")
    with pytest.raises(ArtengineError, match="None of the checkpoints"):
        train(None, steps=70, resume=True)


def test_resuming_otherwise_names_what_differs(toy, texts):
    train(texts)
    with pytest.raises(ArtengineError, match=r"--seed \(was 0, now 5\), --set units \(was 16, now 9\)"):
        train(texts, seed=5, options={"units": 9}, resume=True)
    other = texts.parent / "other"
    texts.rename(other)
    with pytest.raises(ArtengineError, match="no file or folder"):
        train(None, resume=True)
    with pytest.raises(ArtengineError, match=r"--corpus \(was"):
        train(other, resume=True)
    other.rename(texts)
    (texts / "000.toy").write_text("changed " * 10, "utf-8")
    with pytest.raises(ArtengineError, match="has changed"):
        train(None, resume=True)


def test_a_pause_leaves_no_trace(toy, texts):
    whole = load_file(train(texts, model="whole", steps=70))
    train(texts, steps=33)  # validates once more at its end, which must not count
    again = load_file(train(None, steps=70, resume=True))
    assert all(np.array_equal(whole[name], again[name]) for name in whole)

    def timeless(name):
        return [{k: v for k, v in row.items() if k != "seconds"} for row in rows(toy, name)]

    assert timeless("m") == timeless("whole")


def test_minutes_end_a_session_and_the_next_goes_on(toy, texts):
    path = train(texts, steps=None, minutes=0.003, options={"delay": 0.01})
    first = models.read_header(toy / "runs/m/last.safetensors")["steps"]
    assert 0 < first < 20
    assert path.exists()
    train(None, steps=None, minutes=0.003, resume=True)
    assert models.read_header(toy / "runs/m/last.safetensors")["steps"] > first


def test_being_asked_to_stop_saves_and_says_how_to_go_on(toy, texts, monkeypatch):
    class Asked(threading.Event):
        def is_set(self):
            return (toy / "runs/m/metrics.jsonl").exists() and len(rows(toy)) > 1

    def init(self, run, processes, real=stopping.Stop.__init__):
        real(self, run, processes)
        self.event = Asked()

    monkeypatch.setattr(stopping.Stop, "__init__", init)
    with pytest.raises(Interrupted) as caught:
        train(texts, steps=10_000, options={"delay": 0.005})
    assert "artengine train --plugin toy-writer --model m --resume --steps 10000 --device cpu" in caught.value.advice
    assert checkpoints.found(toy / "runs/m/checkpoints")
    assert (toy / "models/m.safetensors").exists()


def test_one_run_is_trained_by_one_process(toy, texts):
    from artengine.stopping import alone

    (toy / "runs").mkdir()
    with alone(toy / "runs/.m.lock", "m"), pytest.raises(ArtengineError, match="another process"):
        train(texts)


def test_two_processes_train_to_the_same_loss(toy, texts):
    def held_out(name):
        return models.read_header(toy / f"models/{name}.safetensors")["loss"]["held_out"]

    train(texts, model="one", steps=120)
    train(texts, model="two", steps=120, devices=2)
    assert abs(held_out("one") - held_out("two")) < 0.05 < held_out("one")


def test_bf16_trains_too(toy, texts):
    path = train(texts, precision="bf16", steps=60)
    assert models.read_header(path)["loss"]["held_out"] < 2


def test_half_precision_gradients_come_unscaled_and_overflow_skips_a_step():
    import torch

    from artengine.scaling import START, LossScale

    net = torch.nn.Linear(3, 1)
    optimizer = torch.optim.AdamW(net.parameters(), 0.1)
    scale = LossScale(net.parameters(), [optimizer])
    backward = scale.backward(lambda loss: loss.backward())
    x = torch.ones(2, 3)
    backward(net(x).sum())
    backward(net(x).sum())  # twice before a step, as with real and made pictures
    assert torch.allclose(net.weight.grad, torch.full((1, 3), 4.0))
    before = net.weight.detach().clone()
    optimizer.step()
    assert not torch.equal(net.weight, before)
    before, momentum = net.weight.detach().clone(), optimizer.state[net.weight]["exp_avg"].clone()
    optimizer.zero_grad()
    backward(net(x).sum() * 3e38)
    optimizer.step()
    assert torch.equal(net.weight, before)
    assert torch.equal(optimizer.state[net.weight]["exp_avg"], momentum)
    assert scale.scale == START / 2
    again = LossScale([], [])
    again.load_state(scale.state())
    assert (again.scale, again.good) == (scale.scale, 0)


def test_sixteen_bits_train_too(toy, texts, monkeypatch):
    monkeypatch.setattr(training, "chosen_device", lambda *_: "cpu")  # no GPU is needed to see that the parts fit
    whole = load_file(train(texts, precision="16", steps=30))
    assert models.read_header(toy / "models/m.safetensors")["loss"]["held_out"] < 2
    train(texts, precision="16", steps=10, model="n")
    again = load_file(train(None, steps=30, model="n", resume=True))
    assert all(np.array_equal(whole[name], again[name]) for name in whole)
