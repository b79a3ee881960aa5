"""The file a model is packed into scores as scikit-learn does, by rows, by columns, with gaps and strangers."""

import csv
import io
import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.graph.results import package_trained
from studio.model.batches import BatchScorer
from studio.model.columns import finish_column
from studio.model.container import read_model_file, write_model_file
from studio.model.export.graphs import export_graph
from studio.model.loaded import LoadedModel, load_model
from studio.model.manifest import ONNX
from studio.model.packaging import check_parity, package_model
from studio.model.parity import TOLERANCE, compare_scores, compared_rows
from studio.model.pipeline import score_with_pipeline
from studio.model.row_encoder import RowEncoder
from studio.model.scores import scored_cells
from studio.model.session import SkopsScorer
from tests.builders import CITIES, call_module, dataset, people_csv, people_model_file, trained_people

# Seconds of processor time: `make check` leaves them to `make test`.
pytestmark = pytest.mark.slow

LEARNERS = ("Two-Class Boosted Decision Tree", "Two-Class Logistic Regression")
LIMIT = 1 << 28


def loaded(learner: str) -> LoadedModel:
    return load_model(write_model_file(people_model_file(learner)), LIMIT)


@pytest.fixture(scope="module", params=LEARNERS)
def model(request) -> LoadedModel:
    return loaded(request.param)


@pytest.mark.parametrize("learner", LEARNERS)
def test_two_class_learners_are_exported_within_the_tolerance(learner):
    trained, _ = trained_people(learner, people_csv(1500, seed=4))
    parity = check_parity(trained, export_graph(trained), [])
    assert parity.rows > 1000
    assert parity.holds
    assert parity.max_difference <= TOLERANCE


@pytest.mark.parametrize("method", ["Ordinary Least Squares", "Online Gradient Descent"])
def test_regressions_are_exported_within_the_tolerance(method):
    learner = call_module("Linear Regression", {}, **{"Solution method": method})[0]
    rows = dataset(people_csv(300, missing=False))
    (trained,) = call_module("Train Model", {"Untrained model": learner, "Dataset": rows}, **{"Label column": "age"})
    assert check_parity(trained, export_graph(trained), []).holds


@pytest.mark.parametrize(
    "table",
    [
        "a,b,l\n" + "\n".join(f"{i},{i % 7},{'yes' if i % 2 else 'no'}" for i in range(40)),
        "t,u,l\n" + "\n".join(f"{'xyz'[i % 3]},{'pq'[i % 2]},{i % 2}" for i in range(40)),
        "a,t,l\n" + "\n".join(f",x,{i % 2}" for i in range(40)),
    ],
    ids=["numbers only", "texts only", "an empty and a constant column"],
)
@pytest.mark.parametrize("learner", LEARNERS)
def test_tables_of_one_kind_and_stumps_are_exported(learner, table):
    untrained = call_module(learner, {})[0]
    data = {"Untrained model": untrained, "Dataset": dataset(table)}
    (trained,) = call_module("Train Model", data, **{"Label column": "l"})
    assert check_parity(trained, export_graph(trained), []).holds


def test_the_same_training_gives_the_same_bytes():
    assert write_model_file(people_model_file()) == write_model_file(people_model_file(csv=people_csv()))


def test_golden_rows_are_raw_rows_with_their_scores(model):
    rows = [row.cells for row in model.file.golden]
    matrix, _ = model.encoder.encode(rows)
    expected = np.array([row.scores for row in model.file.golden])
    assert len(rows) == 8
    assert compare_scores(expected, model.scorer.score(matrix), model.file.manifest.task, 1).holds


def test_importances_are_what_the_metric_loses_without_a_column(model):
    importances = model.file.evaluation["importances"]
    assert set(importances) == {"age", "city", "hours", "smoker"}
    assert list(importances.values()) == sorted(importances.values(), reverse=True)
    assert max(importances, key=importances.get) == "city"
    assert importances["city"] > 0.1 > abs(importances["smoker"])


def test_a_graph_that_differs_is_not_used():
    trained, _ = trained_people("Two-Class Logistic Regression")
    trained.pipeline.named_steps["estimator"].coef_[0, 0] += 1e-6
    other = export_graph(trained)
    trained.pipeline.named_steps["estimator"].coef_[0, 0] -= 1e-6
    assert not check_parity(trained, other, []).holds


def test_of_many_rows_a_sample_with_the_hardest_ones_is_compared():
    encoder = loaded(LEARNERS[0]).file.encoder
    typical = np.array([slot.feature.categories is not None for slot in encoder.slots])
    matrix = np.where(typical, 0.0, np.random.default_rng(0).random((5000, encoder.width)) + 1)
    classes = np.zeros(5000, dtype=int)
    matrix[1234, :], matrix[777, :], matrix[4321, :], classes[2222:2225] = np.where(typical, 1, 9), -9, np.nan, 1
    found = compared_rows(encoder, matrix, classes, 100)
    assert len(found) < 100 + 200 + 3 + 50
    for place in (1234, 777, 4321, 2222, 2223, 2224):
        assert (np.isclose(found, matrix[place], equal_nan=True)).all(axis=1).any(), place
    assert len(compared_rows(encoder, matrix, None, 5000)) == 5000


def test_an_estimator_without_exporter_is_scored_by_scikit_learn_through_skops():
    from sklearn.naive_bayes import GaussianNB
    from sklearn.pipeline import Pipeline

    trained, _ = trained_people("Two-Class Logistic Regression")
    columns = trained.pipeline.named_steps["columns"]
    columns.set_params(categories__sparse_output=False)
    target = (score_with_pipeline(trained.pipeline, trained.task, trained.matrix)[:, 0] > 0.5).astype(int)
    pipeline = Pipeline([("columns", columns), ("estimator", GaussianNB())])
    dense = np.nan_to_num(trained.matrix)
    pipeline.fit(dense, target)
    object.__setattr__(trained, "pipeline", pipeline)
    object.__setattr__(trained, "matrix", dense)
    with pytest.raises(NotImplementedError, match="GaussianNB"):
        export_graph(trained)
    file = package_model(trained, "x", evaluated=[], evaluation=None, lineage={})
    assert file.manifest.runtime == "skops"
    assert "GaussianNB" in file.manifest.runtime_reason
    back = read_model_file(write_model_file(file), LIMIT)
    scores = SkopsScorer(back.pipeline, back.manifest.task, back.encoder).score(dense)
    assert np.array_equal(scores, score_with_pipeline(pipeline, trained.task, dense))


@pytest.mark.parametrize("learner", LEARNERS)
def test_every_learner_could_be_kept_as_skops_with_our_own_list_of_trusted_types(learner):
    import skops.io

    trained, _ = trained_people(learner)
    content = skops.io.dumps(trained.pipeline)
    scores = SkopsScorer(content, trained.task, trained.encoder).score(trained.matrix)
    assert np.array_equal(scores, score_with_pipeline(trained.pipeline, trained.task, trained.matrix))


def test_a_skops_file_with_another_type_is_not_loaded():
    import skops.io

    with pytest.raises(skops.io.exceptions.UntrustedTypesFoundException):
        SkopsScorer(skops.io.dumps(Path("x")), "two-class", trained_people("Two-Class Logistic Regression")[0].encoder)


def test_a_model_file_says_what_it_is():
    manifest = people_model_file().manifest
    assert manifest.runtime == ONNX
    assert [column.name for column in manifest.inputs] == ["age", "city", "hours", "smoker"]
    assert [column.name for column in manifest.outputs] == ["Scored Labels", "Scored Probabilities"]
    assert manifest.lineage["libraries"]["scikit-learn"]
    assert manifest.metrics["AUC"] > 0.8


def test_scores_the_run_wrote_and_scores_of_the_file_agree():
    trained, result = trained_people("Two-Class Boosted Decision Tree")
    file = package_trained(result, trained, "x", lineage={})
    scored = next(value for port, value in result.values.items() if port.node == "Score")
    source = scored.scored
    assert (
        np.abs(load_model(write_model_file(file), LIMIT).scorer.score(source.encoded) - source.scores).max() < TOLERANCE
    )


cities = st.sampled_from([*CITIES, "?", "", "Atlantis", "a,b", 'q"uote'])
ages = st.one_of(st.integers(0, 120).map(str), st.sampled_from(["", "?", "NaN"]))
hours = st.one_of(st.floats(0, 100).map(lambda value: repr(round(value, 6))), st.sampled_from(["", "NaN", " 3.5 "]))
flags = st.sampled_from(["true", "false", "True", "", "1"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.lists(st.tuples(ages, cities, hours, flags), min_size=1, max_size=6))
def test_rows_and_files_are_scored_alike(model, rows):
    """One encoder for rows and batches: the same cells give the same finished cells and scores both ways."""
    encoder = RowEncoder(model.file.encoder)
    matrix, cells = encoder.encode(rows)
    manifest = model.file.manifest
    expected = scored_cells(model.scorer.score(matrix), manifest.task, manifest.label, manifest.labels)
    text = io.StringIO()
    csv.writer(text).writerows([["age", "city", "hours", "smoker"], *rows])
    scorer = BatchScorer(model, ".csv", append=True)
    blocks = [block for block, _ in scorer.score(io.BytesIO(text.getvalue().encode()), ".csv")]
    read = list(csv.reader(io.StringIO((scorer.header() + b"".join(blocks)).decode())))
    assert read[0] == [column.name for column in scorer.columns]
    for row, finished, label, probability in zip(read[1:], cells, *expected, strict=True):
        assert [READ[index](cell) for index, cell in enumerate(row[:4])] == list(finished)
        assert row[4] == label
        assert math.isclose(float(row[5]), probability, rel_tol=1e-12, abs_tol=1e-12)


@pytest.mark.parametrize("cells", [("NaN",), ("nan", "1"), ("", " 2 "), ("0x1F",)])
def test_numbers_are_read_alike_by_rows_and_by_whole_columns(model, cells):
    rows = [["30", "Oslo", cell, "true"] for cell in cells]
    batch = pa.record_batch([pa.array(column) for column in zip(*rows, strict=True)], names=list(NAMES))
    plan = model.file.encoder.plans[NAMES.index("hours")]
    try:
        whole = finish_column(batch["hours"], plan).cells().to_pylist()
    except ValueError:
        whole = None
    try:
        single = [finished[NAMES.index("hours")] for finished in model.encoder.encode(rows)[1]]
    except ValueError:
        single = None
    assert whole == single


def test_a_batch_with_every_type_of_column_is_read_as_whole_columns(model):
    batch = pa.record_batch([["30", ""], ["Oslo", ""], ["1.5", "NaN"], ["true", ""]], names=list(NAMES))
    finished = [finish_column(batch[plan.source.name], plan).cells().to_pylist() for plan in model.file.encoder.plans]
    assert [list(row) for row in zip(*finished, strict=True)] == model.encoder.encode(
        [["30", "Oslo", "1.5", "true"], ["", "", "NaN", ""]]
    )[1]


NAMES = ("age", "city", "hours", "smoker")
READ = (
    lambda text: float(text) if text else None,
    lambda text: text or None,
    lambda text: float(text) if text else None,
    lambda text: text == "True" if text else None,
)
