"""Finds Pythons of other versions on this machine."""

import shutil
import subprocess
import sys
from pathlib import Path


def find_python(version: str) -> str | None:
    """Return an interpreter of a version such as `3.10` that can make environments: on the path, or one of pyenv's."""
    found = (sys.executable, shutil.which(f"python{version}"), *_pyenv_pythons(version))
    return next((python for python in found if python and _is_version(python, version)), None)


def _pyenv_pythons(version: str) -> list[str]:
    pyenv = shutil.which("pyenv")
    root = subprocess.run([pyenv, "root"], capture_output=True, text=True, check=False).stdout.strip() if pyenv else ""
    folder = Path(root or Path.home() / ".pyenv") / "versions"
    return sorted(map(str, folder.glob(f"{version}.*/bin/python")), reverse=True)


def _is_version(python: str, version: str) -> bool:
    code = "import ssl, sys, venv; print('{}.{}'.format(*sys.version_info))"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip() == version
