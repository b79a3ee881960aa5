"""Every file in tests/data/messy is read as expected, and means the same in training, retraining, RRS and BES."""

import csv
import functools
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from studio.datasets.archives import unpack_file
from studio.errors import StudioError
from studio.graph.dataset import dataset_from_table
from studio.graph.document import PortRef, parse_experiment
from studio.graph.results import package_trained
from studio.graph.runner import run_experiment
from studio.model.batches import BatchScorer
from studio.model.container import write_model_file
from studio.model.hold_out import measure_on
from studio.model.loaded import load_model
from studio.tables.files import read_typed_table
from studio.tables.options import read_options
from studio.tables.schema import Column
from studio.tables.typed_files import read_file, text_table
from tests.builders import NoData, score_rows
from tests.data.messy.make import CASES, FOLDER, NAMES, PLAIN

LIMIT = 1 << 24
CAN_BE_READ = [case for case in CASES if not case.error]
# Of these, the batteries run in every `make test`; of the others, at night.
QUICK = ("german_windows.csv", "currency.csv", "ids.csv", "headerless.csv", "sales.parquet")
by_name = pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=() if case.name in QUICK else pytest.mark.long) for case in CAN_BE_READ],
    ids=[case.name for case in CAN_BE_READ],
)


class OneFile(NoData):
    """An environment with one file."""

    def __init__(self, case):
        super().__init__()
        self.case = case

    def read_dataset(self, path):
        return [(path, self.case.content)]

    def dataset_options(self, name):
        return read_options(self.case.options)

    def unpack(self, files):
        return [unpack_file(name, content, LIMIT) for name, content in files]


def opened(case):
    name, content = unpack_file(case.name, case.content, LIMIT)
    return content, f".{Path(name).suffix[1:]}"


def document(case):
    label = "Col5" if case.name == "headerless.csv" else "paid"
    return {
        "modules": {
            "Data": {"module": "Import Data", "properties": {"Path to container, directory or blob": case.name}},
            "Learner": {"module": "Two-Class Logistic Regression", "properties": {}},
            "Train": {"module": "Train Model", "properties": {"Label column": label}},
        },
        "connections": [
            {"from": ["Data", "Results dataset"], "to": ["Train", "Dataset"]},
            {"from": ["Learner", "Untrained model"], "to": ["Train", "Untrained model"]},
        ],
        "webServiceInputs": [{"name": "input1", "to": ["Train", "Dataset"]}],
        "webServiceOutputs": [{"name": "output1", "from": ["Train", "Trained model"]}],
    }


def run(case, fed=None):
    experiment = parse_experiment(document(case))
    given = {PortRef("Train", "Dataset"): fed} if fed is not None else {}
    wanted = set(experiment.nodes) - ({"Data"} if fed is not None else set())
    result = run_experiment(
        experiment, OneFile(case), wanted=wanted, fed=given, parameters={}, progress=lambda done, total, step: None
    )
    file = package_trained(result, result.values[PortRef("Train", "Trained model")], "m", lineage={})
    return load_model(write_model_file(file), LIMIT), result


@functools.cache
def scores_of_plain():
    return scores_by_row(run(CASES[0])[0], CASES[0])


def scores_by_row(model, case):
    """What a request makes of the file's rows, sent as the texts that are in the file."""
    content, extension = opened(case)
    options = read_options(case.options)
    table = text_table(content, extension, options if case.name != "headerless.csv" else HEADERLESS)
    rows = list(zip(*[table[column.name].to_pylist() for column in model.encoder.sources], strict=True))
    return [float(row[-1]) for row in score_rows(model, rows)]


HEADERLESS = read_options({"Header": False})


def test_the_files_are_those_that_the_script_makes():
    # What Parquet's writer and the packers make depends on their versions.
    for case in CASES:
        stored = (FOLDER / case.name).read_bytes()
        if not case.name.endswith((".parquet", ".npz", ".npy", ".zip", ".gz", "workbook.csv")):
            assert stored == case.content, case.name
    assert {path.name for path in FOLDER.iterdir() if path.is_file() and path.suffix != ".py"} == {
        case.name for case in CASES
    }
    assert len(CASES) >= 25


@by_name
def test_a_file_is_profiled_as_expected(case):
    content, extension = opened(case)
    reading = read_file(content, extension, read_options(case.options))
    expected = {name: kind for name, kind in (PLAIN | case.types).items() if kind}
    assert {column.name: column.type.value for column in reading.columns} == expected
    notes = " / ".join(reading.profile.notes)
    for part in case.says:
        assert part in notes
    if not case.says:
        assert notes == ""


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.error], ids=[case.name for case in CASES if case.error]
)
def test_a_file_that_cannot_be_read_says_what_to_do(case):
    with pytest.raises(StudioError, match=case.error):
        read_file(*opened(case))


@by_name
def test_a_file_means_the_same_in_training_retraining_requests_and_batches(case):
    model, first = run(case)
    by_request = scores_by_row(model, case)
    if case.same:
        assert by_request == pytest.approx(scores_of_plain(), abs=1e-12)
    content, extension = opened(case)
    blocks = b"".join(
        block for block, _ in BatchScorer(model, ".csv", append=True).score(io.BytesIO(content), extension)
    )
    assert [float(row[-1]) for row in csv.reader(io.StringIO(blocks.decode()))] == by_request
    # The columns as a published service stores them.
    columns = [Column.from_json(column.to_json()) for column in first.inputs["input1"].input_schema]
    table, typed = read_typed_table(content, extension, columns)
    again, _ = run(case, dataset_from_table(table, typed))
    assert scores_by_row(again, case) == pytest.approx(by_request, abs=1e-12)


def test_rows_that_are_not_of_the_files_format_are_read_plainly_or_refused():
    case = next(case for case in CASES if case.name == "german.csv")
    model, _ = run(case)
    row = dict(zip(NAMES, ("Köln", "29.738,65", "24.12.2025", "3", "yes"), strict=True))
    texts = [row[column.name] for column in model.encoder.sources]
    plain = [{"29.738,65": 29738.65, "24.12.2025": "2025-12-24", "3": 3}.get(text, text) for text in texts]
    assert np.isclose(*(scored[-1] for scored in score_rows(model, [texts, plain])))
    with pytest.raises(
        ValueError, match=r"Row 1, column 'amount': 'dear' is not a valid Double, .*numbers like 1\.234,5"
    ):
        score_rows(model, [["dear" if text == "29.738,65" else text for text in texts]])


def test_a_label_is_read_from_held_back_rows_as_it_was_in_training():
    case = next(case for case in CASES if case.name == "german_windows.csv")
    made = document(case)
    made["modules"]["Mark"] = {"module": "Convert to Dataset", "properties": {"Action": "SetMissingValues"}}
    made["modules"]["Learner"]["module"] = "Linear Regression"
    made["modules"]["Train"]["properties"]["Label column"] = "amount"
    made["connections"][0] = {"from": ["Data", "Results dataset"], "to": ["Mark", "Dataset"]}
    made["connections"].append({"from": ["Mark", "Results dataset"], "to": ["Train", "Dataset"]})
    made["webServiceInputs"] = [{"name": "input1", "to": ["Mark", "Dataset"]}]
    experiment = parse_experiment(made)
    result = run_experiment(
        experiment, OneFile(case), wanted=set(experiment.nodes), fed={}, parameters={}, progress=lambda *_: None
    )
    file = package_trained(result, result.values[PortRef("Train", "Trained model")], "m", lineage={})
    metrics, rows = measure_on(load_model(write_model_file(file), LIMIT), case.content, ".csv")
    assert rows == 60
    assert metrics["Coefficient_of_Determination"] > 0.1


def test_a_run_warns_of_what_was_guessed_and_of_columns_that_give_the_label_away():
    case = next(case for case in CASES if case.name == "ids.csv")
    lines = case.content.decode().splitlines()
    answer = [line.split(",")[4] for line in lines[1:]]
    told = [f"{lines[0]},answer", *(f"{line},{text.upper()}" for line, text in zip(lines[1:], answer, strict=True))]
    case = replace(case, content="\n".join(told).encode())
    result = run(case)[1]
    found = {(item["title"], item["message"][:30]) for item in result.journal.warnings()}
    assert found == {
        ("Data", "Column 'order': has a differen"),
        ("Train", "the column 'answer' has the la"),
    }
