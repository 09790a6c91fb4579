"""Projects that `artengine plugin new` writes, put on the path as if they were installed."""

from pathlib import Path

from artengine import scaffold
from helpers import install


def installed(site: Path, name: str, kind: str, medium: str, **changed: tuple[str, str]) -> Path:
    """Install the project of a part into *site*; returns the folder of its package.

    :param changed: in the module of that name, (what stands there, what stands there instead).
    """
    files = scaffold.project(name, kind, medium)
    module = name.replace("-", "_")
    code = {path: text for path, text in files.items() if path.startswith(f"{module}/")}
    for changed_module, (old, new) in changed.items():
        path = f"{module}/{changed_module}.py"
        assert old in code[path], f"{old!r} is not in {path}"
        code[path] = code[path].replace(old, new)
    entries = [line.partition(" = ")[0] for line in files["pyproject.toml"].splitlines() if line.endswith(f'= "{module}.plugin"')]
    described = code.pop(f"{module}/plugin.py")
    install(site, name, described, *entries, module=f"{module}.plugin", files=code)
    for path, text in files.items():
        if path.startswith("tests/examples/"):
            (site / "examples").mkdir(exist_ok=True)
            (site / "examples" / Path(path).name).write_text(text)
    return site / module
