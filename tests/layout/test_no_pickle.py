"""Nothing the app reads back can run code: the formats that could are not imported."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FORMATS = {"pickle", "cPickle", "_pickle", "cloudpickle", "dill", "marshal", "shelve"}
LOADERS = {"joblib": {"load", "dump"}, "pandas": {"read_pickle"}, "numpy": {"load"}}


def imported(path):
    """Yield the modules and `module.name`s that a file imports, and the attributes it takes of imported modules."""
    tree = ast.parse(path.read_text())
    names = {"pd": "pandas", "np": "numpy", "joblib": "joblib"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (item.name for item in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (str(node.module), *(f"{node.module}.{item.name}" for item in node.names))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{names.get(node.value.id, node.value.id)}.{node.attr}"


def refused(path):
    banned = {f"{module}.{name}" for module, names in LOADERS.items() for name in names}
    return [name for name in imported(path) if name.split(".")[0] in FORMATS or name in banned]


@pytest.mark.parametrize("folder", ["studio", "functions"])
def test_no_format_that_can_run_code_is_read(folder):
    files = sorted((ROOT / folder).rglob("*.py"))
    assert files
    assert {str(path): found for path in files if (found := refused(path))} == {}


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from pickle import loads",
        "import joblib\njoblib.load(x)",
        "from joblib import load",
        "np.load(x)",
    ],
)
def test_such_an_import_would_be_found(line, tmp_path):
    path = tmp_path / "module.py"
    path.write_text(line)
    assert refused(path)
