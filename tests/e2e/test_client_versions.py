"""The client as people install it: built, installed and used on each Python it is made for."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

import perennial
from examples.retraining.experiment import training_experiment
from tests.e2e.steps import write_people
from tests.interpreters import find_python

ROOT = Path(__file__).parents[2]
LOOP = Path(__file__).with_name("client_loop.py")
SOURCES = [ROOT / "pyproject.toml", ROOT / "VERSION", ROOT / "LICENSE", *sorted((ROOT / "perennial").glob("*.*"))]
VERSIONS = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', (ROOT / "pyproject.toml").read_text())


def run(*arguments: str | Path, **settings: str) -> None:
    # Bytecode is kept, or every process of a kept environment would compile its packages again.
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": ""} | settings
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr + done.stdout


@pytest.fixture(scope="module")
def built() -> Path:
    """A folder with the wheel and sdist of these very sources; environments that install them are kept in it, too."""
    folder = ROOT / "build" / "client" / hashlib.sha256(b"\0".join(map(Path.read_bytes, SOURCES))).hexdigest()[:16]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            for old in folder.parent.glob("*/"):
                shutil.rmtree(old)
            run(sys.executable, "-m", "build", "--outdir", folder, ROOT)
            (folder / "complete").touch()
    return folder


@pytest.mark.long
def test_the_distribution_holds_the_client_and_nothing_else(built):
    (wheel,), (sdist,) = built.glob("*.whl"), built.glob("*.tar.gz")
    package = {f"perennial/{path.name}" for path in (ROOT / "perennial").glob("*.py")} | {"perennial/py.typed"}
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name for name in names if ".dist-info/" not in name} == package
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    with tarfile.open(sdist) as archive:
        packed = {member.name.partition("/")[2] for member in archive if member.isfile()}
    around = {"pyproject.toml", "VERSION", "LICENSE", "README.md", "perennial/README.md", "PKG-INFO", "setup.cfg"}
    assert {name for name in packed if ".egg-info/" not in name} == package | around


def test_the_app_says_the_version_of_the_client(app):
    assert httpx.get(f"{app.url}/openapi.json").json()["info"]["version"] == perennial.__version__


@pytest.mark.long
def test_the_client_runs_on_each_python_it_is_made_for(built, app, admin, tmp_path, subtests):
    write_people(tmp_path)
    write_people(tmp_path, "later.csv", 900, 7)
    (tmp_path / "people.json").write_text(json.dumps(training_experiment("people.csv", "bought")))

    def use(version: str) -> None:
        python = install(built, version)
        with admin.create_workspace(f"Python {version}") as workspace:
            settings = {"PERENNIAL_WORKSPACE": workspace.id, "PERENNIAL_TOKEN": workspace.token}
            run(python, "-I", "-W", "error", LOOP, tmp_path, PERENNIAL_URL=app.url, **settings)

    assert len(VERSIONS) == 5
    with ThreadPoolExecutor(len(VERSIONS)) as pool:
        runs = {version: pool.submit(use, version) for version in VERSIONS}
    for version, done in runs.items():
        with subtests.test(python=version):
            done.result()


def install(built: Path, version: str) -> Path:
    """Return the interpreter of an environment that holds the wheel; skips where the machine lacks the version."""
    python = find_python(version)
    if python is None:
        pytest.skip(f"There is no Python {version} on the path or among pyenv's versions.")
    environment, complete = built / version, built / version / "complete"
    if not complete.exists():
        run(python, "-m", "venv", "--clear", "--without-pip", environment)
        pip = (sys.executable, "-m", "pip", "--python", environment / "bin" / "python")
        run(*pip, "install", "--no-compile", "--disable-pip-version-check", *built.glob("*.whl"))
        complete.touch()
    return environment / "bin" / "python"
