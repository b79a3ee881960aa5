"""Data frames as tables: what is refused before anything is sent, and how types travel and come back."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler

import perennial
from perennial import PerennialError
from perennial.estimators import task_of
from perennial.frame_files import write_csv
from perennial.frames import as_frame, training_table
from perennial.publishing import experiment, publish_pipeline
from perennial.scoring import check_columns
from studio.graph.document import parse_experiment

FRAME = pd.DataFrame(
    {
        "age": [30, 41, 52],
        "zip": ["007", "010", "123"],
        "since": pd.to_datetime(["2024-01-01", "2024-02-03T04:05:06", None], format="ISO8601"),
        "region": pd.Categorical(["N", "S", "N"]),
        "spend": [1.5, np.nan, 0.1 + 0.2],
    }
)
LABEL = pd.Series(["no", "yes", "no"], name="churned")


def problem(call, *given, **options):
    with pytest.raises(PerennialError) as error:
        call(*given, **options)
    return str(error.value)


@pytest.mark.parametrize(
    "features, target, text",
    [
        (sparse.eye(3), None, "X is sparse. Pass X.toarray()"),
        ([1, 2], None, "X must be a data frame or an array of two dimensions, got list"),
        (np.zeros((2, 10_001)), None, "1 to 10,000 columns, got 10,001"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), None, "two columns of X are named 'a'".capitalize()[:3]),
        (FRAME, LABEL[:2], "X has 3 rows and y has 2"),
        (FRAME.iloc[:0], LABEL[:0], "X has no rows"),
        (FRAME, np.zeros((3, 2)), "y must have one dimension"),
        (FRAME, FRAME["age"], "X has the column 'age', which is y's name"),
        (FRAME, FRAME["age"].rename("years"), "the same as y"),
        (FRAME, pd.Series([None] * 3), "y has no values"),
    ],
)
def test_what_does_not_fit_is_said_before_anything_is_sent(features, target, text):
    assert text in problem(training_table, features, target)


def test_other_columns_at_scoring_are_listed():
    text = problem(check_columns, FRAME[["age", "zip"]], ("age", "spend", "region"))
    assert "lacks the columns 'spend', 'region'" in text
    assert "It has: 'age', 'zip'" in text


def test_a_table_names_the_columns_whose_type_csv_does_not_show(tmp_path):
    table = training_table(FRAME, LABEL)
    assert (table.label, table.dates, table.texts, table.categories) == ("churned", ("since",), ("zip",), ("region",))
    assert table.label_values == 2
    write_csv(table.frame, tmp_path / "table.csv")
    lines = (tmp_path / "table.csv").read_text().splitlines()
    assert lines[0] == "age,zip,since,region,spend,churned"
    assert lines[3].endswith("0.30000000000000004,no")


def test_arrays_get_names_and_any_frame_that_converts_is_taken():
    assert list(as_frame(np.zeros((1, 2))).columns) == ["x0", "x1"]

    class Polars:
        def to_pandas(self):
            return pd.DataFrame({3: [1]})

    assert list(as_frame(Polars()).columns) == ["3"]


def test_a_series_of_texts_is_a_frame_of_one_column():
    texts = pd.Series(["good", "bad"], index=[3, 5])
    assert as_frame(texts).equals(pd.DataFrame({"text": texts}))
    assert list(as_frame(texts.rename("comment")).columns) == ["comment"]
    assert training_table(texts.rename("comment"), ["yes", "no"]).features == ("comment",)


def test_the_task_is_told_by_the_estimator_and_the_labels():
    assert task_of(LogisticRegression(), 2) == "Two-class classification"
    assert task_of(LogisticRegression(), 3) == "Multiclass classification"
    assert task_of(Ridge(), 100) == "Regression"
    assert "predicts nothing" in problem(task_of, StandardScaler(), 2)


def test_a_label_is_needed_by_those_that_learn_from_one():
    assert "takes y" in problem(publish_pipeline, None, LogisticRegression(), FRAME, name="x")
    assert "takes no y" in problem(publish_pipeline, None, KMeans(), FRAME[["age"]], LABEL, name="x")


@pytest.mark.parametrize("task", ["Two-class classification", "Regression", "Anomaly detection", "Clustering"])
def test_the_experiment_is_one_that_the_app_accepts(task):
    target = None if task in ("Anomaly detection", "Clustering") else LABEL
    document = experiment(
        training_table(FRAME, target),
        {"estimator": "sklearn.linear_model.LogisticRegression"},
        task,
        "x.csv",
        0.25,
        {"C": 1.0},
    )
    parsed = parse_experiment(document)
    assert parsed.parameters[0].name == "C"


def test_connect_names_what_is_missing(monkeypatch):
    for name in ("URL", "WORKSPACE", "TOKEN"):
        monkeypatch.delenv(f"PERENNIAL_{name}", raising=False)
    assert "PERENNIAL_WORKSPACE and PERENNIAL_TOKEN" in problem(perennial.connect, "http://127.0.0.1:1")
    with perennial.connect("http://127.0.0.1:1", "w", "t") as workspace:
        assert workspace.id == "w"
