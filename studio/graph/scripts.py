"""Scripts: Python files in `scripts/`, deployed with the app. Experiments name them and cannot contain code.

A bundle is a folder or zip file in `scripts/`, deployed with the app as well, whose modules a script can import.
"""

import hashlib
import importlib
import importlib.util
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from studio.graph.contract import Call

FOLDER = Path(__file__).resolve().parents[2] / "scripts"
NAME = re.compile(r"[A-Za-z_]\w{0,99}")
BUNDLE_NAME = re.compile(r"\w[\w .-]{0,99}")
FUNCTION = "azureml_main"
MODULE, SCRIPT, BUNDLE, DIGEST = "Execute Python Script", "Script", "Script Bundle", "Script hash"
INPUTS, RESULT, RUNS = ("Dataset1", "Dataset2"), "Result Dataset", "Runs when scoring"
# Bundles may have modules of the same names, and Python keeps one of each name: only one bundle is used at a time.
_ONE_BUNDLE = threading.Lock()


def load_script(call: Call, name: str) -> Callable[..., Any]:
    """Return the function `azureml_main` of a deployed script; its name may end in `.py`.

    Raises
    ------
    ModuleExecutionError
        0085 if there is no such script, or it cannot be loaded.
    """
    stem = name.strip().removesuffix(".py")
    known = sorted(path.stem for path in FOLDER.glob("*.py"))
    if not NAME.fullmatch(stem) or stem not in known:
        listed = ", ".join(known) or "none"
        raise call.error("0085", f"the app has no script '{name[:100]}'. Deployed scripts: {listed}.")
    spec = importlib.util.spec_from_file_location(f"scripts.{stem}", FOLDER / f"{stem}.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(script)
        function: Callable[..., Any] = getattr(script, FUNCTION)
    except Exception as error:
        raise call.error("0085", f"the script '{stem}' cannot be loaded: {type(error).__name__}: {error}.") from error
    return function


def script_digest(name: str, bundle: str | None = None) -> str:
    """Return the SHA-256 of a deployed script and its bundle, in hexadecimal; of what is not there, of nothing."""
    found = hashlib.sha256()
    stem = name.strip().removesuffix(".py")
    files = [FOLDER / f"{stem}.py"] if NAME.fullmatch(stem) else []
    for wanted in (bundle.strip(), f"{bundle.strip()}.zip") if bundle and BUNDLE_NAME.fullmatch(bundle.strip()) else ():
        place = FOLDER / wanted
        files += sorted(path for path in place.rglob("*") if path.suffix != ".pyc") if place.is_dir() else [place]
    for file in files:
        if file.is_file():
            found.update(f"{file.relative_to(FOLDER)} {file.stat().st_size}\0".encode())
            found.update(file.read_bytes())
    return found.hexdigest()


def pin_scripts(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return an experiment's document whose scripts must stay as they are deployed now."""
    modules = {}
    for title, node in document["modules"].items():
        given = dict(node.get("properties") or {})
        if node["module"] == MODULE and given.get(SCRIPT):
            node = {**node, "properties": given | {DIGEST: script_digest(given[SCRIPT], given.get(BUNDLE))}}
        modules[title] = node
    return {**document, "modules": modules}


@contextmanager
def importing_bundle(call: Call, name: str | None) -> Iterator[None]:
    """Let scripts import the modules of a deployed bundle; without a name, do nothing.

    Raises
    ------
    ModuleExecutionError
        0085 if there is no such bundle.
    """
    if not name:
        yield
        return
    place = str(_find_bundle(call, name))
    with _ONE_BUNDLE:
        before = set(sys.modules)
        sys.path.insert(0, place)
        importlib.invalidate_caches()
        try:
            yield
        finally:
            sys.path.remove(place)
            for module in set(sys.modules) - before:
                if str(getattr(sys.modules[module], "__file__", None) or "").startswith(place):
                    del sys.modules[module]


def _find_bundle(call: Call, name: str) -> Path:
    known = {path.name for path in FOLDER.iterdir() if path.suffix == ".zip" or path.is_dir()} - {"__pycache__"}
    for wanted in (name.strip(), f"{name.strip()}.zip"):
        if BUNDLE_NAME.fullmatch(wanted) and wanted in known:
            return FOLDER / wanted
    listed = ", ".join(sorted(known)) or "none"
    raise call.error("0085", f"the app has no script bundle '{name[:100]}'. Deployed bundles: {listed}.")
