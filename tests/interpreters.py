"""Finds Pythons of other versions on this machine."""

import shutil
import subprocess
import sys
from pathlib import Path


def find_python(version: str, modules: str = "ssl, sys, venv") -> str | None:
    """Return an interpreter of a version such as `3.10` on the path, or one of pyenv's.

    Parameters
    ----------
    modules
        What it must be able to import; by default, what it needs to make environments.
    """
    found = (sys.executable, shutil.which(f"python{version}"), *_pyenv_pythons(version))
    return next((python for python in found if python and _is_version(python, version, modules)), None)


def _pyenv_pythons(version: str) -> list[str]:
    pyenv = shutil.which("pyenv")
    root = subprocess.run([pyenv, "root"], capture_output=True, text=True, check=False).stdout.strip() if pyenv else ""
    folder = Path(root or Path.home() / ".pyenv") / "versions"
    return sorted(map(str, folder.glob(f"{version}.*/bin/python")), reverse=True)


def _is_version(python: str, version: str, modules: str) -> bool:
    code = f"import {modules}; print('{{}}.{{}}'.format(*sys.version_info))"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip() == version
