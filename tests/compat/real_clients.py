"""Where the original's own clients are found on this machine, and how each is made to run; nothing of them is kept.

Their sources are in the folder that the environment variable PERENNIAL_COMPAT_SOURCES names: `AzureML` (the R package)
and `azuremlps` (the PowerShell module), as in their repositories. Python's packages come from PyPI. See
docs/reference/compatibility.md.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.interpreters import find_python

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = ROOT / ".compat"
VARIABLE = "PERENNIAL_COMPAT_SOURCES"
# requests 2.9.1 and pandas 0.25 are of the client's time: with newer ones its own code fails.
AZUREML = {
    "3.7": ("azureml==0.2.7", "requests==2.9.1", "pandas==0.25.3"),
    "2.7": ("azureml==0.2.7", "pandas==0.24.2"),
}
MONO_LIBRARIES = ("System.Net.Http", "System.Web", "System.Web.Extensions", "System.Runtime.Serialization")
SDK = ("AzureMLSDK.cs", "Contracts.cs", "Util.cs")
# The addresses of the original, all that is changed in the SDK.
SDK_ADDRESSES = ("https://{0}studioapi.azureml{1}/api/", "https://{0}management.azureml{1}/")


def find_sources(name: str) -> Path:
    """Return the folder of a client's sources; skips the test if this machine has none."""
    folder = os.environ.get(VARIABLE)
    if not folder or not (Path(folder) / name).is_dir():
        pytest.skip(f"{VARIABLE} names no folder with the sources '{name}'")
    return Path(folder) / name


def find_command(name: str, package: str) -> str:
    """Return the path of a command; skips the test if this machine has none."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"there is no '{name}' (Debian: {package})")
    return found


def make_azureml(version: str) -> list[str]:
    """Return a command that starts a Python of this version with azureml 0.2.7; skips the test if there is none."""
    python = find_python(version, "ssl, sys" if version == "2.7" else "ssl, sys, venv")
    if python is None:
        pytest.skip(f"there is no Python {version}")
    folder = ENVIRONMENTS / f"azureml-{version}"
    if not folder.exists():
        install = [python, "-m", "pip", "install", "--quiet", "--target", folder, *AZUREML[version]]
        if subprocess.run(install, check=False, capture_output=True).returncode != 0:
            shutil.rmtree(folder, ignore_errors=True)
            pytest.skip(f"the packages of azureml 0.2.7 cannot be installed for Python {version}")
    return ["env", f"PYTHONPATH={folder}", python]


def make_r_library(rscript: str) -> Path:
    """Return a library with the R package, built without miniCRAN, which only publishing code needs."""
    sources, library = find_sources("AzureML"), ENVIRONMENTS / "r-library"
    if (library / "AzureML").exists():
        return library
    built = ENVIRONMENTS / "AzureML"
    shutil.rmtree(built, ignore_errors=True)
    shutil.copytree(sources, built)
    for name in ("DESCRIPTION", "NAMESPACE"):
        kept = [line for line in (built / name).read_text().splitlines() if "miniCRAN" not in line]
        (built / name).write_text("\n".join(kept) + "\n")
    library.mkdir(parents=True, exist_ok=True)
    install = [Path(rscript).with_name("R"), "CMD", "INSTALL", "--no-docs", "--no-test-load", "-l", library, built]
    done = subprocess.run(install, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"the R package AzureML cannot be installed: {done.stderr.strip().splitlines()[-1]}")
    return library


def compile_sdk(mcs: str, folder: Path, url: str, driver: Path) -> Path:
    """Return a program of the PowerShell module's SDK, with an app's address in it, and of a driver."""
    code = find_sources("azuremlps") / "code"
    for name in SDK:
        text = (code / name).read_text(encoding="utf-8-sig")
        for old, new in zip(SDK_ADDRESSES, (f"{url}/api/", f"{url}/"), strict=True):
            text = text.replace(old, new)
        (folder / name).write_text(text)
    libraries = [f"-r:{name}" for name in MONO_LIBRARIES]
    program = folder / "client.exe"
    sources = [folder / name for name in SDK]
    command = [mcs, "-nowarn:219,414,168", f"-out:{program}", *libraries, *sources, driver]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if re.search("error CS0006", done.stderr):
        pytest.skip(f"mono lacks libraries: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    return program
