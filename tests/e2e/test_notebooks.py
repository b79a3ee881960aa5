"""The notebooks of examples/notebooks run against the app as they stand, and their saved output holds no secret."""

import json
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "examples" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
MAX_BYTES = 100_000


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path, workspace, monkeypatch):
    for name, value in {"URL": workspace._http.url, "WORKSPACE": workspace.id, "TOKEN": workspace.token}.items():
        monkeypatch.setenv(f"PERENNIAL_{name}", value)
    # The kernel's own files stay out of the user's home.
    monkeypatch.setenv("IPYTHONDIR", str(path.parents[2] / "build" / "ipython"))
    book = nbformat.read(path, as_version=4)
    NotebookClient(book, timeout=120, kernel_name="python3", record_timing=False).execute()
    saved = nbformat.read(path, as_version=4)
    made = [[item.output_type for item in cell.get("outputs", ())] for cell in book.cells]
    assert made == [[item.output_type for item in cell.get("outputs", ())] for cell in saved.cells]


def test_saved_output_is_small_whole_and_without_secrets_and_paths():
    assert len(NOTEBOOKS) >= 5
    for path in NOTEBOOKS:
        text = path.read_text()
        assert len(text) < MAX_BYTES, path.name
        assert not re.search(r"sig=|/tmp/|/root|/home|[0-9]{4,5}/api", text), path.name
        assert set(re.findall(r"http://[^/\"\\ ]+", text)) <= {"http://127.0.0.1:7071"}, path.name
        cells = json.loads(text)["cells"]
        assert cells[0]["cell_type"] == "markdown"
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
        assert all(item["output_type"] != "error" for cell in code for item in cell["outputs"])
