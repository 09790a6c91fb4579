"""The page on forms: its examples run, and its tables name what there is."""

import re

import pytest
from pages import DOCS, blocks, run_page

from artengine_text.forms import resolve
from artengine_text.forms.describing import Described, Variant, built_in
from artengine_text.forms.finding import has
from artengine_text.forms.wish import FormControls
from artengine_text.prosody.base import prosody_for

PAGE = DOCS / "forms.md"
TEXT = PAGE.read_text("utf-8")
ROWS = {name.partition(":")[0]: (name, also, languages, first)
        for name, also, languages, _, first in re.findall(r"^\| `([^`]+)` \| (.*?) ?\| (English|Chinese|all\b[^|]*) \| (.*) \| (.*?) ?\|$", TEXT, re.M)}


def test_examples(tmp_path, monkeypatch, environment):
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "forms.md"
    page.write_text(TEXT[:TEXT.index("A package offers")], "utf-8")
    run_page(page, tmp_path, environment)
    assert "artengine1.forms" in blocks(PAGE)[-1].text


def test_every_form_stands_in_the_table():
    assert list(ROWS) == list(built_in())


@pytest.mark.parametrize("name", built_in())
def test_what_the_table_says_of_a_form(name):
    shown, also, languages, first = ROWS[name]
    described = built_in()[name]
    assert tuple(re.findall("`([^`]+)`", also)) == described.also
    assert languages == {"en": {True: "all", False: "English"}[has("zh", described)], "fr": "all but Chinese"}.get(
        "fr" if has("fr", described) and not has("zh", described) else "en" if has("en", described) else "", "Chinese")
    form = resolve(FormControls(form=shown), prosody_for("en" if has("en", described) else "zh"))
    assert (first.strip("`") or None) == (form.variants[0][0].patterns[0] if form.variants[0][0].patterns else None)


def test_every_entry_is_explained():
    for entry in {*Described.__dataclass_fields__, *Variant.__dataclass_fields__} - {"name", "source", "variants", "count", "starts", "title"}:
        assert f"| `{entry}`" in TEXT or f"`{entry}`" in TEXT, entry
