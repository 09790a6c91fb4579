"""The page on generators of pictures, gone through as its reader would."""

from pages import DOCS, run_page


def test_pictures(environment, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_page(DOCS / "pictures.md", tmp_path, environment)
