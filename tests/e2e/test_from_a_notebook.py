"""The five lines of docs/how-to/from-a-notebook.md, as they stand there, against the running app."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import perennial

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "from-a-notebook.md"
pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_the_five_lines_publish_score_retrain_compare_and_swap(workspace, monkeypatch):
    five, data, *_ = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    for name, value in {"URL": workspace._http.url, "WORKSPACE": workspace.id, "TOKEN": workspace.token}.items():
        monkeypatch.setenv(f"PERENNIAL_{name}", value)
    names = {}
    exec(data, names)
    exec(five, names)
    churn, scores = names["churn"], names["scores"]
    assert churn.runtime == "onnx", churn.runtime_reason
    assert churn.evaluation["AUC"] > 0.9
    assert "AUC" in repr(churn)
    assert scores.index.equals(names["X_new"].index)
    assert list(scores.columns) == ["Scored Labels", "Scored Probabilities"]
    assert scores["Scored Probabilities"].dtype == np.float64
    assert set(scores["Scored Labels"]) <= {"left", "stayed"}
    endpoint = workspace.get_endpoint(workspace.get_web_service(churn.endpoint.service_id), "live")
    assert [item["Action"] for item in workspace.list_history(endpoint)][-1] == "update"
    # A category that training did not see is ignored, as the pipeline says; a missing number is the tree's to handle.
    strange = pd.DataFrame({"age": [None], "spend": [3.5], "plan": ["gold"], "region": ["N"]})
    assert churn.score(strange).notna().all(axis=None)
    with pytest.raises(perennial.PerennialError, match="lacks the column 'age'"):
        churn.score(strange.drop(columns="age"))
    names["ws"].close()
