"""One version in one place, and licences that let anyone deploy the app."""

import re
import subprocess
from importlib.metadata import metadata
from pathlib import Path

import perennial
from studio.settings import app_version

ROOT = Path(__file__).parents[2]


def test_the_version_stands_in_one_file():
    version = (ROOT / "VERSION").read_text().strip()
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert (perennial.__version__, app_version()) == (version, version)
    for name in ("pyproject.toml", "package.json", "perennial/__init__.py"):
        assert not re.search(r'^\s*"?(?:__)?version(?:__)?"? *[=:] *"', (ROOT / name).read_text(), re.MULTILINE), name


def test_the_version_is_deployed_with_the_app():
    def is_left_out(name: str) -> bool:
        command = ["git", "-c", f"core.excludesFile={ROOT / '.funcignore'}", "check-ignore", "--no-index", "-q", name]
        return subprocess.run(command, cwd=ROOT, check=False).returncode == 0

    assert is_left_out("pyproject.toml")
    assert not is_left_out("VERSION")


def test_no_package_that_is_deployed_is_under_a_gnu_licence():
    names = re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert len(names) > 40
    licences = {name: licence(name) for name in names}
    assert [name for name, text in licences.items() if re.search("GPL|GNU", text)] == []
    assert "LGPL" in licence("psycopg")


def licence(name: str) -> str:
    """What a package's metadata says: the expression, the first line of the old field, and the classifiers."""
    found = metadata(name)
    stated = [found.get("License-Expression", ""), *found.get("License", "").splitlines()[:1]]
    return "; ".join([*stated, *(text for text in found.get_all("Classifier", []) if text.startswith("License"))])
