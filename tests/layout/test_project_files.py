"""Files for those who carry on: workflows, templates, editor settings, the changelog, the packages of a release."""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from studio.graph.palette import FILES
from tools.changelog import changes
from tools.package import write_package

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TEMPLATES = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", WORKFLOWS, ids=relative)
def test_every_action_is_pinned_by_commit_and_names_its_version(path):
    used = re.findall(r"^\s*-? *uses: *(.*)$", path.read_text(), re.MULTILINE)
    assert used
    for line in used:
        assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


@pytest.mark.parametrize("path", WORKFLOWS, ids=relative)
def test_every_workflow_may_do_little_and_ends(path):
    workflow = yaml.safe_load(path.read_text())
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 180
        targets = re.findall(r"^make (.+)$", "\n".join(step.get("run", "") for step in job["steps"]), re.MULTILINE)
        for target in " ".join(targets).split():
            assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE), target


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_issue_forms_have_what_github_asks_for(path):
    form = yaml.safe_load(path.read_text())
    if path.stem == "config":
        assert form == {"blank_issues_enabled": False}
        return
    assert {"name", "description", "body"} <= set(form)
    fields = [item for item in form["body"] if item["type"] != "markdown"]
    assert len({item["id"] for item in fields}) == len(fields) > 0
    assert all(item["attributes"]["label"] for item in fields)


def test_configuration_files_can_be_read():
    for name in ("pre-commit-config.yaml", "github/dependabot.yml"):
        assert yaml.safe_load((ROOT / f".{name}").read_text())
    found = [*(ROOT / ".vscode").glob("*.json"), *(ROOT / ".devcontainer").glob("*.json")]
    assert len(found) == 5
    for path in found:
        assert json.loads(path.read_text()), path.name


def test_hooks_before_a_commit_call_tools_that_setup_installs():
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert repository["repo"] == "local"
    for hook in repository["hooks"]:
        assert (ROOT / hook["entry"].split()[0]).exists(), hook["entry"]


def test_owners_are_named_for_paths_that_exist():
    lines = (ROOT / ".github" / "CODEOWNERS").read_text().splitlines()
    for line in lines:
        if not line.startswith("#"):
            pattern, owner = line.split()
            assert owner.startswith("@")
            assert list(ROOT.glob(pattern.strip("/"))), pattern


def test_the_changelog_has_a_place_for_what_comes_and_the_latest_version_first():
    headings = re.findall(r"^## \[(.+?)\](.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == ("Unreleased", "")
    versions = [tuple(map(int, version.split("."))) for version, _ in headings[1:]]
    assert versions == sorted(versions, reverse=True)
    assert all(re.fullmatch(r" - \d{4}-\d\d-\d\d", date) for _, date in headings[1:])
    assert "### Added" in changes("0.1.0")
    assert "##" not in changes("0.1.0").replace("###", "")
    with pytest.raises(ValueError, match=r"9\.9\.9"):
        changes("9.9.9")


def test_every_module_file_is_in_the_palette():
    files = {path.stem for path in (ROOT / "studio" / "graph" / "modules").glob("*.py")} - {"__init__"}
    assert files == set(FILES.values())


def test_the_package_holds_the_app_that_imports_and_nothing_else(tmp_path):
    package, again, folder = tmp_path / "app.zip", tmp_path / "again.zip", tmp_path / "app"
    write_package(package)
    write_package(again)
    assert package.read_bytes() == again.read_bytes()
    with zipfile.ZipFile(package) as file:
        names = file.namelist()
        file.extractall(folder)
    assert {"function_app.py", "host.json", "requirements.txt", "LICENSE", "web/dist/index.html"} <= set(names)
    assert not [name for name in names if name.startswith("web/") and not name.startswith("web/dist/")]
    folders = {name.partition("/")[0] for name in names if "/" in name}
    assert folders == {"functions", "studio", "scripts", "web"}
    assert not [name for name in names if name.endswith(".md") or Path(name).name.startswith("test_")]
    code = "import function_app, studio; print(len(function_app.app.get_functions()), studio.__file__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    count, found = done.stdout.split()
    assert int(count) > 50
    assert Path(found).is_relative_to(folder)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    command = [Path(sys.executable).with_name("mkdocs"), "build", "--site-dir", folder]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.slow
def test_the_documentation_site_has_no_broken_link_and_asks_nothing_of_the_network(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 50
    for page in pages:
        asked = re.findall(r"<(?:script|link|img|iframe)\b[^>]*?(?:src|href)=\"(https?:[^\"]*)", page.read_text())
        assert asked == [], page.name


@pytest.mark.slow
def test_pages_with_a_diagram_bring_the_script_that_draws_it(site):
    assert (site / "assets" / "mermaid.js").stat().st_size > 1_000_000
    for page in site.rglob("*.html"):
        text = page.read_text()
        (script,) = re.findall(r"src=\"([./]*assets/mermaid\.js)\"", text) or [""]
        assert bool(script) == ('class="mermaid"' in text), page
        assert not script or (page.parent / script).resolve() == (site / "assets" / "mermaid.js").resolve()
