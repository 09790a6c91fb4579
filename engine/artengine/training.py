"""``train``: from a corpus to a model file.

Beyond the :class:`artengine.api.Learner` protocol a learner *may* have these members; each has a default without it.

``epoch: int``
    Steps that make one pass over its data. The engine validates once per pass, at least every 1,000 and at most every 20
    steps; every 200 without it. It must depend on data and options alone.
``steps: int``
    How many steps to train where ``--steps`` is not given; without it, until the held-out loss stops falling.
``patience: int``
    Validations without a better held-out loss after which the training stops; 10 without it.
``schedule(step: int, losses: list[float]) -> None``
    Called after every validation with the step and all held-out losses so far, to change a learning rate, say. It must
    depend on its arguments alone: a resumed training replays it from the first validation on.
``remark() -> str``
    Asked after every validation: a sentence that the person should read now (that a generator has collapsed), or nothing.
``unit: str``
    What the figure ``items`` among those of ``step()`` counts, in the plural (``notes``); shown as a rate.

Steps count from 0. A learner clips its gradients itself. With several processes ``batch`` is asked for a share of each batch
(*rank* of *world*), and ``state()`` is that of rank 0.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artengine import corpus as corpora
from artengine import files, options, plugins
from artengine.errors import ArtengineError, Interrupted, nearest
from artengine.studio import Studio

if TYPE_CHECKING:
    from artengine.api import Part
    from artengine.runs import LocalRun

PRECISIONS = ("32", "bf16", "16")
DEVICES = ("auto", "cpu", "cuda", "mps")
ABOUT = "run.json"


def train(part: str, corpus: str | Path | None = None, *, model: str | None = None, steps: int | None = None,
          minutes: float | None = None, resume: bool = False, overwrite: bool = False, device: str | None = None,
          precision: str | None = None, devices: int | None = None, seed: int | None = None,
          options: Mapping[str, Any] | None = None, corpus_options: Mapping[str, Any] | None = None,
          studio: Studio | str | Path | None = None, quiet: bool = False) -> Path:
    """Train the generator *part* on a corpus; returns the model's file, ``models/MODEL.safetensors`` in the studio.

    :param corpus: name of a corpus, or the path of a file or folder; may be left out with *resume*.
    :param model: name of the model and of the run's folder; by default ``PART-CORPUS``.
    :param steps: steps to train, in all sessions together; by default until the held-out loss stops falling.
    :param minutes: minutes this session may take.
    :param resume: go on with the run of that name; what is left out is as it was, and nothing else may differ.
    :param overwrite: begin anew in place of a run or model of that name.
    :param device: ``auto`` (the default), ``cpu``, ``cuda`` or ``mps``.
    :param precision: ``32`` (the default), ``bf16`` or ``16``.
    :param devices: processes that train together, one per GPU, or on the CPU; 1 by default. From a script, more than one
        needs an ``if __name__ == "__main__"`` guard.
    :param seed: of everything drawn at random; 0 by default.
    :param options: the generator's options by name.
    :param corpus_options: the corpus' options by name, such as the ``size`` of a folder of pictures.
    :raises Interrupted: on Ctrl-C, once everything is saved; its words say how to go on.
    :raises ArtengineError: whatever else a person can mend.
    """
    place = studio if isinstance(studio, Studio) else Studio.find(studio)
    asked = {"corpus": corpus if corpus is None else str(corpus), "device": device, "precision": precision,
             "devices": devices, "seed": seed, "options": dict(options or {}), "corpus_options": dict(corpus_options or {})}
    return Plan(place, part, model, asked, steps=steps, minutes=minutes, resume=resume, overwrite=overwrite).carry_out(quiet)


class Plan:
    """A checked training, about to be carried out.

    :param asked: the arguments of :func:`train` that decide what is learnt, ``None`` where they were left out.
    """

    def __init__(self, studio: Studio, part: str, model: str | None, asked: dict[str, Any], *, steps: int | None,
                 minutes: float | None, resume: bool, overwrite: bool) -> None:
        self.studio, self.asked, self.resume, self.overwrite = studio, asked, resume, overwrite
        self.steps, self.minutes = steps, minutes
        if steps is not None and steps < 1:
            raise ArtengineError(f"--steps {steps} is too few.", "Give 1 or more.")
        if minutes is not None and not minutes > 0:
            raise ArtengineError(f"--minutes {minutes:g} is too short.", "Give more than 0.")
        self.part = trainable(part)
        if model is None:
            if asked["corpus"] is None:
                raise ArtengineError("It is not said what to train on.",
                                     "Name a corpus with --corpus, or a run with --model and --resume.")
            model = f"{self.part.name}-{Path(asked['corpus']).stem}"
        if not model or model.startswith(".") or set(model) & set('/\\:*?"<>|') or model.endswith(".safetensors"):
            raise ArtengineError(f'"{model}" cannot be the name of a model.', "Use letters, digits and hyphens.")
        self.model = model
        self.folder = studio.runs / model
        self.file = studio.models / f"{model}.safetensors"
        self.about = self._previous() if resume else self._fresh()

    @property
    def command(self) -> str:
        """The command that goes on with this run as it was meant."""
        words = ["artengine", "train", "--plugin", self.part.name, "--model", self.model, "--resume"]
        for flag, value in (("--steps", self.steps), ("--minutes", self.minutes), ("--device", self.asked["device"])):
            words += [flag, f"{value:g}" if isinstance(value, float) else str(value)] if value is not None else []
        return shlex.join([*words, *self._elsewhere()])

    @property
    def render(self) -> str:
        """The command that renders with the model."""
        return shlex.join(["artengine", "render", "--plugin", self.part.name, "--model", self.model, *self._elsewhere()])

    def _elsewhere(self) -> list[str]:
        """The flag that names the studio, where it is not the one that would be found."""
        if os.environ.get("ARTENGINE_STUDIO") or self.studio.folder.resolve() != Studio.find().folder.resolve():
            return ["--studio", str(self.studio.folder)]
        return []

    def _fresh(self) -> dict[str, Any]:
        """What a new run is about; makes sure that it takes nothing's place."""
        if self.asked["corpus"] is None:
            raise ArtengineError("It is not said what to train on.", "Give --corpus NAME, or the path of your own files.")
        if not self.overwrite:
            go_on = f"Go on with it: {self.command}; or give" if (self.folder / ABOUT).exists() else "Give"
            for there in (self.folder, self.file):
                if there.exists():
                    raise ArtengineError(f'"{there}" is already there.',
                                         f"{go_on} another --model, or --overwrite to begin anew.")
        return self._complete({})

    def _previous(self) -> dict[str, Any]:
        """What the run to be resumed is about."""
        path = self.folder / ABOUT
        try:
            about: dict[str, Any] = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            known = [p.parent.name for p in self.studio.runs.glob(f"*/{ABOUT}")]
            raise ArtengineError(f'There is no run "{self.model}" in "{self.studio.runs}" to go on with.',
                                 nearest(self.model, known) or "Leave --resume out to begin one.") from None
        except (OSError, ValueError) as error:
            raise ArtengineError(f'"{path}" cannot be read: {error}.', "Train again under another name.") from error
        if about["plugin"] != self.part.name:
            raise ArtengineError(f'The run "{self.model}" trains {about["plugin"]}, not {self.part.name}.',
                                 f"Give --plugin {about['plugin']}, or another --model.")
        return self._complete(about)

    def _complete(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """Everything that decides what is learnt: as asked, or as it was, or by default."""
        asked, about = self.asked, dict(before)
        if self.part.options is None and asked["options"]:
            raise ArtengineError(f"{self.part.name} has no options to --set.", f"Leave out {', '.join(asked['options'])}.")
        chosen = {**about.get("options", {}), **asked["options"]}
        made = options.make(self.part.options, chosen, where="set") if self.part.options else None
        self.options = made
        now: dict[str, Any] = {"plugin": self.part.name, "options": options.to_data(made) if made else {}}
        for name, default in (("corpus", ""), ("seed", 0), ("precision", "32"), ("devices", 1)):
            now[name] = asked[name] if asked[name] is not None else about.get(name, default)
        now["corpus"] = self._rooted(str(now["corpus"]))
        now["corpus_options"] = self._corpus_options(now["corpus"], before)
        if before:
            pairs = [(f"--{name}", before[name], now[name]) for name in ("corpus", "seed", "precision", "devices")]
            was_read = before.get("corpus_options", {})  # without them where the run was begun by an older artengine
            was_made = {**(options.to_data(options.make(self.part.options, {})) if made else {}), **before["options"]}
            pairs += [(f"--set {name}", was_made.get(name), value) for name, value in now["options"].items()]
            pairs += [(f"--{name.replace('_', '-')}", was_read[name], value)
                      for name, value in now["corpus_options"].items() if name in was_read]
            differs = [f"{flag} (was {was}, now {value})" for flag, was, value in pairs if was != value]
            if differs:
                raise ArtengineError(f'The run "{self.model}" was begun otherwise: {", ".join(differs)}.',
                                     "Go on without these flags, or train another --model.")
        if now["precision"] not in PRECISIONS:
            raise ArtengineError(f"There is no precision {now['precision']}.", f"Give --precision {', '.join(PRECISIONS)}.")
        if now["devices"] < 1:
            raise ArtengineError(f"--devices {now['devices']} is too few.", "Give 1 or more.")
        if not 0 <= now["seed"] < 2**63:
            raise ArtengineError(f"--seed {now['seed']} is out of range.", "Give a whole number from 0 up to 2^63.")
        return now

    def _corpus_options(self, corpus: str, before: Mapping[str, Any]) -> dict[str, Any]:
        """The options of the corpus as plain data: as asked, or as they were, or as artengine.toml says, or by default."""
        part, _ = corpora.located(corpus, self.part.medium)
        same = before and corpus == before["corpus"]
        given = {**(before.get("corpus_options", {}) if same else {}), **self.asked["corpus_options"]}
        self.corpus_options = corpora.choices(part, given, None if before else self.studio)
        return options.to_data(self.corpus_options) if self.corpus_options is not None else {}

    def _rooted(self, corpus: str) -> str:
        """A path as one that holds wherever the run is resumed from; a name as it is."""
        if plugins.find("corpus", self.part.medium, name=corpus):
            return corpus
        path = Path(corpus).expanduser()
        return str(path.resolve()) if path.exists() else corpus

    def carry_out(self, quiet: bool) -> Path:
        """Read, train, keep."""
        from artengine.metrics import Display  # the rest of the engine is not needed to refuse a wrong flag
        from artengine.runs import LocalRun
        from artengine.stopping import Stop

        began = time.time()
        quieten()
        kind = chosen_device(self.asked["device"], self.about["precision"], self.about["devices"])
        run = LocalRun(self.about["seed"], kind)
        with Stop(run, self.about["devices"]) as stop:
            with Display(quiet) as display:
                run.progress = lambda step, total, _: display.show(
                    step / total if total else None, f"reading the corpus: {step}{f' of {total}' if total else ''}")
                data, about = self._read(run)
                if text := corpora.summary(data.works, data.skipped):
                    display.say(text)
            with self._claimed(about["fingerprint"]):
                from artengine.processes import launch  # with Lightning Fabric, seconds: what can be refused has been
                from artengine.stepping import Job

                header = {"part": self.part.name, "medium": self.part.medium, "options": self.about["options"],
                          "corpus": about, "versions": versions(self.part), "seed": self.about["seed"]}
                job = Job(self.part.name, self.options, data.key, self.about["seed"], self.folder, self.file, header,
                          self.steps, self.minutes, self.about["precision"] == "16", quiet, stop.event)
                del data
                try:
                    ended = launch(job, kind, self.about["precision"], self.about["devices"])
                except KeyboardInterrupt:
                    raise self._left() from None
        return self._ended(ended, began, quiet)

    def _left(self) -> Interrupted:
        """What to say to a person who would not wait for the run to be saved."""
        if any((self.folder / "checkpoints").glob("step-*")):
            return Interrupted("Stopped at once; the last checkpoint is kept.", f"Go on with: {self.command}")
        return Interrupted("Stopped at once, before there was anything to keep.", "Start again when you like.")

    def _read(self, run: LocalRun) -> tuple[corpora.Prepared, dict[str, Any]]:
        """The prepared corpus, and what the model's header says of it."""
        from artengine.models import Model  # as above

        opened = corpora.open(self.about["corpus"], self.part.medium, run, self.corpus_options)
        print_ = opened.fingerprint()
        if self.resume and self._printed() not in (None, print_):
            raise ArtengineError(f'The corpus "{self.about["corpus"]}" has changed since the run "{self.model}" was begun.',
                                 "Bring it back as it was, or train another --model.")
        generator = plugins.target(self.part)(Model.fresh(self.part, self.options), run)
        data = corpora.prepared(generator, self.part, opened, run)
        about = {"name": opened.name, "fingerprint": print_, "licence": opened.licence, "works": data.works}
        return data, {**about, "part": opened.part.name, "options": self.about["corpus_options"]}

    def _printed(self) -> str | None:
        try:
            found = json.loads((self.folder / ABOUT).read_text("utf-8")).get("fingerprint")
        except (OSError, ValueError):
            return None
        return str(found) if found else None

    @contextmanager
    def _claimed(self, fingerprint: str) -> Iterator[None]:
        """The run's folder, ours alone, with a note of what it is about; a run that never got anywhere leaves none."""
        from artengine.stopping import alone  # as above

        files.folder(self.studio.runs, "--studio")
        with alone(self.studio.runs / f".{self.model}.lock", self.model):
            if self.overwrite and not self.resume and self.folder.exists():
                shutil.rmtree(self.folder)
            try:
                files.folder(self.folder, "--studio")
                if not self.resume:
                    with files.replacing(self.folder / ABOUT) as temp:
                        temp.write_text(json.dumps({**self.about, "fingerprint": fingerprint}, indent=1), "utf-8")
                yield
            except OSError as error:
                raise files.explain(error, self.folder, "--studio") from error
            finally:
                if not self.resume and not any((self.folder / "checkpoints").glob("*")):
                    shutil.rmtree(self.folder, ignore_errors=True)

    def _ended(self, ended: str, began: float, quiet: bool) -> Path:
        import sqlite3  # for its errors

        from artengine import models  # as above

        if self.file.exists():
            header = models.read_header(self.file)
            if not quiet:
                print(told(self, header, ended), file=sys.stderr)
            try:
                self.studio.catalog.trained(self.file, self.part.name, models.digest(self.file), header, started=began)
            except (sqlite3.Error, OSError, ArtengineError) as error:  # what counts is kept
                print(f"The training could not be noted in the catalog: {error}", file=sys.stderr)
        if ended == "interrupted":
            raise Interrupted("Stopped; everything is saved.", f"Go on with: {self.command}")
        return self.file


def told(plan: Plan, header: Mapping[str, Any], ended: str) -> str:
    """The last words of a session."""
    why = {"stale": "The held-out loss has stopped falling. ", "minutes": f"The time is up; go on with: {plan.command}\n"}
    held_out = header["loss"].get("held_out")
    loss = f", held-out loss {held_out:.4f}" if held_out is not None else ""
    kept = f"{why.get(ended, '')}Kept the weights of step {header['steps']}{loss}."
    return kept if ended == "interrupted" else f"{kept}\nTry it: {plan.render}"


def trainable(name: str) -> Part:
    """The generator *name*, if it can be trained.

    :raises ArtengineError: otherwise, naming those that can.
    """
    part = plugins.load(name, "generator")
    if not hasattr(plugins.target(part), "learner"):
        others = []
        for other in plugins.find("generator"):
            try:
                if hasattr(plugins.target(plugins.load(other, "generator")), "learner"):
                    others.append(other)
            except ArtengineError:
                continue  # a broken plugin is no candidate
        have = f"These can: {', '.join(others)}." if others else "None that is installed can."
        raise ArtengineError(f"{name} cannot be trained.", have)
    return part


def versions(part: Part) -> dict[str, str]:
    """Versions of whatever decides what a training makes."""
    import platform

    package, version = plugins.package_of(part.name)
    numbers = {name: plugins.distribution_version(name) for name in ("artengine", "torch", "numpy")}
    return {**{k: v for k, v in numbers.items() if v}, package: version, "python": platform.python_version()}


def quieten() -> None:
    """Keep OpenMP's threads from spinning, which on a busy machine costs up to eighty times the time of a step.

    Read once, when torch is loaded; whoever set them is left alone.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
    os.environ.setdefault("KMP_BLOCKTIME", "0")  # the same for Intel's and LLVM's OpenMP
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")  # warnings meant for us, not for the person


def chosen_device(asked: str | None, precision: str, devices: int) -> str:
    """``cuda``, ``mps`` or ``cpu``.

    :raises ArtengineError: where the machine has not got it, or cannot do that precision.
    """
    import torch  # seconds; wrong flags have been told by now

    asked = asked or "auto"
    if asked not in DEVICES:
        raise ArtengineError(f'There is no device "{asked}".', f"There are {', '.join(DEVICES)}.")
    have = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if asked == "auto":
        asked = next(kind for kind, there in have.items() if there)
    elif not have[asked]:
        raise ArtengineError(f"torch finds no {asked} device on this machine.", "Leave --device out to take what there is.")
    if precision == "16" and asked != "cuda":
        raise ArtengineError(f"--precision 16 is not for {asked}.", "Use bf16, or 32.")
    if asked == "cuda" and devices > torch.cuda.device_count():
        raise ArtengineError(f"--devices {devices} is more than the GPUs there are.", "Give fewer.")
    if asked == "mps" and devices > 1:
        raise ArtengineError("--devices is for several GPUs or the CPU.", "Leave it out, or add --device cpu.")
    return asked
