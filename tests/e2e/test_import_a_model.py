"""docs/how-to/import-a-model.md, as it stands there, against the running app; and the client's exporters without it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import perennial
from tests.unit.test_foreign_models import FOLDER, HELD_BACK

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "import-a-model.md"
pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_the_page_publishes_scores_updates_and_takes_back(workspace, monkeypatch, tmp_path):
    first, second = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    (commands,) = re.findall(r"```bash\n(.*?)```", PAGE.read_text(), re.DOTALL)
    for name, value in {"URL": workspace._http.url, "WORKSPACE": workspace.id, "TOKEN": workspace.token}.items():
        monkeypatch.setenv(f"PERENNIAL_{name}", value)
    monkeypatch.chdir(tmp_path)
    shutil.copy(FOLDER / "torch-digits.onnx", "digits.onnx")
    shutil.copy(FOLDER / "keras-digits.onnx", "digits-2.onnx")
    test, target = HELD_BACK["digits"]
    names = {"X": test[:50], "X_new": test}
    exec(first, names)
    scores, digits = names["scores"], names["digits"]
    assert (scores["Scored Labels"] == target).mean() > 0.95
    assert list(scores.columns)[:2] == [f'Scored Probabilities for Class "{label}"' for label in (0, 1)]
    assert "multiclass, runtime onnx, single precision" in repr(digits)
    exec(second, names)
    history = [item["Action"] for item in workspace.list_history(digits.endpoint)]
    assert history[-2:] == ["update", "rollback"]
    assert (digits.score(test)["Scored Labels"] == scores["Scored Labels"]).all()

    columns = [f"x{place}" for place in range(64)]
    np.savetxt("rows.csv", np.c_[test[:5], target[:5]], "%g", ",", header=",".join([*columns, "digit"]), comments="")
    for line in commands.splitlines():
        done = subprocess.run(
            [sys.executable, "-m", "perennial.cli", *line.split()[1:]], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr + done.stdout
    assert "Scored Probabilities" in done.stdout
    environment = workspace.get_environment()
    assert environment["OperatorSets"]["ai.onnx"] == [7, 26]
    assert workspace.get_model("Digits")["Lineage"]["libraries"].items() <= environment["Libraries"].items()
    # Published again by its name, the service and its addresses stay.
    again = workspace.publish_model("digits-2.onnx", name="Digits", sample=test[:20])
    assert again.endpoint.api_location == digits.endpoint.api_location
    with pytest.raises(perennial.PerennialError, match=r"not clear what its output 'linear' is.*logits"):
        workspace.publish_model("digits.onnx", name="Digits", sample=test[:20])
    names["ws"].close()


def test_another_workspace_neither_sees_nor_publishes_it(app, admin, workspace):
    body = {"Sample": {"ColumnNames": ["a"], "Values": [[1]]}, "Content": "AAAA"}
    with admin.create_workspace("Stranger") as other:
        for call in (
            lambda: other._http.send("POST", f"workspaces/{workspace.id}/models/Digits/webservice", {}),
            lambda: other._http.send("POST", f"workspaces/{workspace.id}/models/Digits/import", body),
        ):
            with pytest.raises(perennial.PerennialError) as caught:
                call()
            assert caught.value.status == 401
        with pytest.raises(perennial.PerennialError, match="none of that name"):
            other.publish_named_model("Digits")
