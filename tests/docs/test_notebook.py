"""The notebook among the examples, run by a real kernel."""

import base64
import re
import wave
from io import BytesIO

import nbformat
from nbclient import NotebookClient
from pages import ROOT
from PIL import Image

NOTEBOOK = ROOT / "examples/notebook.ipynb"


def run(folder):
    """The outputs of the code cells by their source, once the notebook was run in *folder*."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()
    return {cell.source: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}


def shown(cells, start, kind="text/html"):
    """What the last expression of the cell that starts so shows."""
    outputs = next(outputs for source, outputs in cells.items() if source.startswith(start))
    return next(o.data[kind] for o in outputs if o.output_type == "execute_result")


def embedded(page, kind):
    return [base64.b64decode(found) for found in re.findall(f'src="data:{kind};base64,([^"]+)"', page)]


def test_the_notebook_is_kept_without_outputs():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert cell.cell_type != "code" or (cell.outputs == [] and cell.execution_count is None)


def test_the_notebook_runs_and_its_works_show_themselves(studio):
    cells = run(studio)  # one run, many looks: starting a kernel and training take their time
    page = shown(cells, "import artengine")
    pictures, sounds = embedded(page, "image/png"), embedded(page, "audio/wav")
    assert len(set(pictures)) == len(pictures) == 3
    assert len(set(sounds)) == len(sounds) == 3
    for picture in pictures:
        with Image.open(BytesIO(picture)) as opened:
            assert opened.width >= 400
    for sound in sounds:
        with wave.open(BytesIO(sound)) as opened:
            assert opened.getnframes() / opened.getframerate() > 5
    assert all(line.count("bars of") == 1 for line in shown(cells, "import artengine", "text/plain").splitlines())

    assert embedded(shown(cells, "works[0]"), "image/png")[0] == pictures[0]
    assert "8 bars of 6/8" in shown(cells, 'artengine.render("melody-rnn", seed=1, bars=8, primer', "text/plain")

    judged = shown(cells, "artengine.critique")
    for critic in ("tonality", "melody", "rhythm"):
        assert judged.count(f">{critic}<") == 3

    assert str(studio / "models/mine.safetensors") in shown(cells, 'artengine.render("melody-rnn", seed=100', "text/plain")
    assert len(list((studio / "my-tunes").iterdir())) == 24
    assert len(embedded(shown(cells, 'artengine.render("melody-rnn", model="mine"'), "audio/wav")) == 1
