"""What is deployed: built, unpacked elsewhere and run read-only, with a writable temporary folder and nothing else."""

import json
import os
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest

from studio.registry.workspaces import create_workspace
from tests.builders import people_csv, people_experiment
from tests.contract.indexed import ROOT
from tests.storage.in_process import ROWS, Studio, now
from tools.package import write_package

pytestmark = [pytest.mark.storage, pytest.mark.slow]
MEGABYTE = 1 << 20
# One row through the function itself: the app is imported from the unpacked package, which is last on the path.
SCORE = """
import asyncio, json, os, sys
sys.path.append(os.getcwd())
import azure.functions as func
import function_app, studio
assert studio.__file__.startswith(os.getcwd()), studio.__file__
asked = json.loads(os.environ["ASKED"])
execute = next(f for f in function_app.app.get_functions() if f.get_function_name() == "execute").get_user_function()
request = func.HttpRequest(
    "POST", "https://x/", headers={"authorization": "Bearer " + asked["key"]}, params={"format": "swagger"},
    route_params=asked["route"], body=json.dumps(asked["body"]).encode())
reply = asyncio.run(execute(request))
print(json.dumps([reply.status_code, json.loads(reply.get_body())]))
try:
    open("written", "w")
except OSError as error:
    print(type(error).__name__)
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """The unpacked package, which nobody may write to, and its size in the zip and out of it."""
    folder = tmp_path_factory.mktemp("package")
    write_package(folder / "app.zip")
    with zipfile.ZipFile(folder / "app.zip") as file:
        file.extractall(folder / "app")
        size = sum(item.file_size for item in file.infolist())
    zipped = (folder / "app.zip").stat().st_size
    print(f"\nPackage: {zipped / MEGABYTE:.2f} MiB, unpacked {size / MEGABYTE:.2f} MiB")  # noqa: T201
    assert size < 5 * MEGABYTE
    for path in [*(folder / "app").rglob("*"), folder / "app"]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield folder / "app"
    (folder / "app").chmod(0o755)


@pytest.fixture(scope="module")
def asked(deployment):
    """A request for a published service, and the answer it should get."""
    deployment.storage.ensure_created()
    studio = Studio(deployment, create_workspace(deployment.storage, "Package", now=now()).id)
    studio.upload(people_csv(300, seed=5))
    studio.run("People", people_experiment("Two-Class Logistic Regression"))
    endpoint = studio.publish("People", "predictive")
    route = {"root": "workspaces", "workspace": studio.workspace, "endpoint": endpoint.id}
    key = endpoint.key(deployment.storage.secret, 0)
    return {"route": route, "key": key, "body": {"Inputs": {"input1": ROWS}}}, studio.score(endpoint, ROWS)


def score(python, package, asked, settings, tmp_path, path=""):
    """Score in the package's folder as a user who may write to a temporary folder only; returns rows and refusal."""
    environment = settings | {"ASKED": json.dumps(asked), "TMPDIR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    environment |= {"PERENNIAL_CACHE_DIR": str(tmp_path / "models"), "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [*bound_by_permissions(), str(python), "-P", "-c", SCORE]
    done = subprocess.run(command, cwd=package, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answer, refusal = done.stdout.splitlines()
    status, body = json.loads(answer)
    assert status == 200, body
    return body["Results"], refusal


def bound_by_permissions():
    """What runs a command bound by the permissions of files where tests run as root, which otherwise is not."""
    return ["setpriv", "--inh-caps=-dac_override", "--bounding-set=-dac_override"] if os.getuid() == 0 else []


def runtime_packages():
    """The names of the packages in requirements.txt."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    return [line.partition("==")[0] for line in lines if "==" in line and not line.startswith((" ", "#"))]


# Folders that several packages share, so that each file is linked by itself.
SHARED = ("azure", "azurefunctions", "google", "opentelemetry")


def link_packages(folder):
    """Link what requirements.txt installs, and nothing of the developers' packages, into a folder of packages."""
    for name in runtime_packages():
        found = distribution(name)
        files = [file for file in found.files or () if ".." not in file.parts and "__pycache__" not in file.parts]
        for path in {Path(file) if file.parts[0] in SHARED else Path(file.parts[0]) for file in files}:
            place, source = folder / path, Path(found.locate_file(path))
            place.parent.mkdir(parents=True, exist_ok=True)
            if source.exists() and not place.exists():
                place.symlink_to(source)


@pytest.mark.long
def test_the_package_scores_a_row_with_no_other_packages_than_requirements_txt(
    package, asked, app_settings, tmp_path_factory
):
    tmp_path = tmp_path_factory.mktemp("fast")
    packages = tmp_path_factory.mktemp("packages")
    link_packages(packages)
    rows, refusal = score(sys._base_executable, package, asked[0], app_settings, tmp_path, str(packages))
    assert rows == asked[1]
    assert refusal == "PermissionError"


@pytest.mark.long
def test_the_package_scores_a_row_where_only_requirements_txt_is_installed(
    package, asked, app_settings, tmp_path_factory
):
    tmp_path = tmp_path_factory.mktemp("long")
    home = tmp_path_factory.mktemp("venv")
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]
    subprocess.run([*install, package / "requirements.txt"], check=True)
    size = sum(path.stat().st_size for path in home.rglob("*") if path.is_file() and not path.is_symlink())
    print(f"\nInstalled packages: {size / MEGABYTE:.0f} MiB")  # noqa: T201
    rows, refusal = score(python, package, asked[0], app_settings, tmp_path)
    assert rows == asked[1]
    assert refusal == "PermissionError"
