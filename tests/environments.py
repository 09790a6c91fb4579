"""Fresh environments with really installed distributions: pip puts them in, and takes them out.

An environment sees what is installed around it (artengine, torch and the rest), so that nothing large is installed again.
"""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sysconfig
import venv
import zipfile
from collections.abc import Mapping
from pathlib import Path

_OURS = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "ARTENGINE_STUDIO")  # of the environment around, which would leak in


class Environment:
    """A virtual environment in *folder*, with a cache of its own."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, with_pip=False, symlinks=os.name != "nt")
        self.folder = folder
        self.python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        self.site = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder), "platbase": str(folder)}))
        # addsitedir, unlike a plain line, reads the .pth files there too: an editable artengine is one of them.
        around = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
        (self.site / "around.pth").write_text("".join(f"import site; site.addsitedir({path!r})\n" for path in around))
        self.env = {name: value for name, value in os.environ.items() if name not in _OURS}
        self.env |= {"ARTENGINE_CACHE": str(folder / "cache")}

    def run(self, *args: str | Path, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        """Run its Python."""
        return subprocess.run([self.python, *map(str, args)], capture_output=True, text=True, cwd=cwd,
                              env={**self.env, **env}, timeout=240, check=False)

    def artengine(self, *args: str | Path, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a command line."""
        return self.run("-m", "artengine", *args, cwd=cwd, **env)

    def pip(self, *args: str | Path) -> None:
        """Run pip for it, without the network."""
        done = self.run("-m", "pip", "--disable-pip-version-check", *args)
        assert done.returncode == 0, done.stdout + done.stderr

    def install(self, *what: Path) -> None:
        """Install projects or wheels, without what they depend on."""
        self.pip("install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation", *what)


def wheel(folder: Path, name: str, files: Mapping[str, str], entries: Mapping[str, str], *, version: str = "1.0",
          group: str = "artengine1") -> Path:
    """Make a wheel.

    :param files: text of its files by path.
    :param entries: its entry points, module by name.
    """
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    files = {**files,
             f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
             f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
             f"{info}/entry_points.txt": "\n".join([f"[{group}]", *(f"{k} = {v}" for k, v in entries.items()), ""])}
    record = [f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip('=')},"
              f"{len(text.encode())}" for path, text in files.items()]
    made = folder / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(made, "w") as archive:
        for path, text in {**files, f"{info}/RECORD": "\n".join([*record, f"{info}/RECORD,,", ""])}.items():
            archive.writestr(path, text)
    return made
