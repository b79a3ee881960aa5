"""Small things tests are made of: tables, experiments, trained models."""

import csv
import io
import random
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pytest

from studio.graph.contract import Call, PortType
from studio.graph.dataset import Dataset, dataset_from_table
from studio.graph.document import PortRef, parse_experiment
from studio.graph.palette import find_module, list_modules
from studio.graph.properties import read_properties
from studio.graph.results import package_trained
from studio.graph.runner import RunResult, run_experiment
from studio.model.batches import BatchScorer
from studio.model.container import ModelFile, write_model_file
from studio.model.loaded import LoadedModel, load_model
from studio.model.packaging import package_model
from studio.model.row_encoder import shown_cells
from studio.model.scores import score_width, scored_cells
from studio.model.trained import TrainedModel, UntrainedModel
from studio.tables.files import read_table, table_columns

CITIES = ("Oslo", "Lima", "Cairo", "Kyoto")


def people_csv(rows: int = 400, seed: int = 0, *, missing: bool = True) -> str:
    """A table with numbers, texts, missing values and a two-valued label that depends on both."""
    rng = random.Random(seed)
    lines = ["age,city,hours,smoker,bought"]
    for _ in range(rows):
        age, city, hours = rng.randint(18, 90), rng.choice(CITIES), round(rng.uniform(0, 60), 3)
        score = age / 40 + CITIES.index(city) - hours / 30 + rng.gauss(0, 0.7)
        cells = [str(age), city, str(hours), rng.choice(("true", "false"))]
        if missing and rng.random() < 0.15:
            cells[rng.randrange(3)] = "?"
        lines.append(",".join([*cells, "yes" if score > 1.8 else "no"]))
    return "\n".join(lines) + "\n"


def dataset(csv: str) -> Dataset:
    """The dataset of a CSV text, types inferred."""
    table = read_table(csv.encode(), ".csv")
    return dataset_from_table(table, table_columns(table))


class NoData:
    """An environment that holds only the datasets given to it."""

    def __init__(self, files: Mapping[str, str] | None = None) -> None:
        self.files = dict(files or {})

    def model_version(self, name: str) -> str:
        return ""

    def find_model(self, name: str) -> None:
        return None

    def read_dataset(self, path: str) -> list[tuple[str, bytes]]:
        return [(path, self.files[path].encode())]

    def dataset_options(self, name: str) -> None:
        return None

    def write_dataset(self, name: str, content: bytes) -> None:
        self.files[name] = content.decode()

    def __getattr__(self, name: str) -> Any:
        def reach(*given: Any) -> Any:
            raise AssertionError(f"a module reaches outside: {name}{given}")

        return reach


def call_module(name: str, inputs: Mapping[str, Any], title: str | None = None, **given: Any) -> tuple[Any, ...]:
    """Run one module on values; property names come as keywords with spaces (`**{"Data Type": …}`)."""
    module = find_module(name)
    assert module is not None
    properties = read_properties(module, given)
    return module.run(Call(title or name, module, inputs, properties, NoData()))


def people_experiment(learner: str = "Two-Class Boosted Decision Tree", **properties: Any) -> dict[str, Any]:
    """A training experiment on the dataset people.csv."""
    return {
        "description": "Who buys",
        "modules": {
            "Data": {
                "module": "Import Data",
                "properties": {"Path to container, directory or blob": "people.csv"},
            },
            "Mark": {"module": "Convert to Dataset", "properties": {"Action": "SetMissingValues"}},
            "Clean": {
                "module": "Clean Missing Data",
                "properties": {"Columns to be cleaned": ["age"], "Cleaning mode": "Replace with mean"},
            },
            "Split": {
                "module": "Split Data",
                "properties": {"Fraction of rows in the first output dataset": 0.7},
            },
            "Learner": {"module": learner, "properties": SMALL.get(learner, {}) | properties},
            "Train": {"module": "Train Model", "properties": {"Label column": "bought"}},
            "Score": {"module": "Score Model"},
            "Evaluate": {"module": "Evaluate Model"},
        },
        "connections": [
            {"from": ["Data", "Results dataset"], "to": ["Mark", "Dataset"]},
            {"from": ["Mark", "Results dataset"], "to": ["Clean", "Dataset"]},
            {"from": ["Clean", "Cleaned dataset"], "to": ["Split", "Dataset"]},
            {"from": ["Learner", "Untrained model"], "to": ["Train", "Untrained model"]},
            {"from": ["Split", "Results dataset1"], "to": ["Train", "Dataset"]},
            {"from": ["Train", "Trained model"], "to": ["Score", "Trained model"]},
            {"from": ["Split", "Results dataset2"], "to": ["Score", "Dataset"]},
            {"from": ["Score", "Scored dataset"], "to": ["Evaluate", "Scored dataset"]},
        ],
        "webServiceInputs": [{"name": "input1", "to": ["Mark", "Dataset"]}],
        "webServiceOutputs": [
            {"name": "output1", "from": ["Train", "Trained model"]},
            {"name": "output2", "from": ["Evaluate", "Evaluation results"]},
        ],
    }


def run_document(document: dict[str, Any], csv: str) -> RunResult:
    """Run a whole experiment on people.csv."""
    experiment = parse_experiment(document)
    return run_experiment(
        experiment,
        NoData({"people.csv": csv}),
        wanted=set(experiment.nodes),
        fed={},
        parameters={},
        progress=lambda done, total, step: None,
    )


def trained_people(learner: str, csv: str | None = None, **properties: Any) -> tuple[TrainedModel, RunResult]:
    """A model trained on the people table, with the run it came from."""
    result = run_document(people_experiment(learner, **properties), csv or people_csv())
    return result.values[PortRef("Train", "Trained model")], result


@cache
def people_model_file(learner: str = "Two-Class Boosted Decision Tree", csv: str | None = None) -> ModelFile:
    """The packed file of a model trained on the people table, trained once for each learner and table."""
    model, result = trained_people(learner, csv)
    return package_trained(result, model, "people [trained model]", lineage={"test": True})


# For each task: the module that trains, its label on the people table, and the module that scores.
TRAINERS = {
    "two-class": ("Train Model", "bought", "Score Model"),
    "multiclass": ("Train Model", "city", "Score Model"),
    "regression": ("Train Model", "age", "Score Model"),
    "quantile-regression": ("Train Model", "age", "Score Model"),
    "anomaly-detection": ("Train Anomaly Detection Model", None, "Score Model"),
    "clustering": ("Train Clustering Model", None, "Assign Data to Clusters"),
}


def learner_names() -> list[str]:
    """The names of all modules that deliver an untrained model without being told which."""
    return [
        module.name
        for module in list_modules()
        if any(port.type is PortType.UNTRAINED for port in module.outputs)
        and not any(item.required for item in module.properties)
    ]


# Learners built from a two-class learner.
COMBINING = ("One-vs-All Multiclass", "One-vs-One Multiclass", "Ordinal Regression")
# Learners whose batteries take long; test_machines.py tries each once in `make test`.
LONG_LEARNERS = (
    "Two-Class Bayes Point Machine",
    "Two-Class Decision Jungle",
    "Two-Class Locally-Deep Support Vector Machine",
    "Multiclass Decision Jungle",
    "Ordinal Regression",
)


def with_marks(learners: Sequence[str], *more: str) -> list[Any]:
    """The names as parameters of a test, those of LONG_LEARNERS and `more` marked as long."""
    return [pytest.param(name, marks=[pytest.mark.long] * (name in (*LONG_LEARNERS, *more))) for name in learners]


def untrained_model(learner: str, **properties: Any) -> UntrainedModel:
    """The untrained model of a learner; those built from another get a logistic regression."""
    inputs = {}
    if learner in COMBINING:
        inputs["Untrained binary classification model"] = untrained_model("Two-Class Logistic Regression")
    return call_module(learner, inputs, **properties)[0]


# A hundred trees or passes take ten times as long as these, and no other path; "make parity" trains with the defaults.
TREES, PASSES = {"Total number of trees constructed": 20}, {"Number of learning iterations": 40}
SMALL: dict[str, dict[str, Any]] = {
    "Fast Forest Quantile Regression": {"Number of Trees": 8},
    "Two-Class Boosted Decision Tree": TREES,
    "MultiClass Boosted Decision Tree": TREES,
    "Boosted Decision Tree Regression": TREES,
    "Two-Class Neural Network": PASSES,
    "Multiclass Neural Network": PASSES,
    "Neural Network Regression": PASSES,
}


def train_on(learner: str, data: Dataset, label: str | None = None, **properties: Any) -> TrainedModel:
    """A model trained on a dataset, by default with the label its task has on the people table."""
    untrained = untrained_model(learner, **SMALL.get(learner, {}) | properties)
    trainer, default, _ = TRAINERS[untrained.task]
    given = {"Label column": label or default} if default else {}
    return call_module(trainer, {"Untrained model": untrained, "Dataset": data}, **given)[0]


def load_packed(model: TrainedModel) -> LoadedModel:
    """A model as it comes out of its file."""
    file = package_model(model, "x", evaluated=[], evaluation=None, lineage={})
    return load_model(write_model_file(file), 1 << 28)


def clean_people(rows: int = 400, seed: int = 0) -> Dataset:
    """The people table with its gaps as missing values."""
    return call_module("Convert to Dataset", {"Dataset": dataset(people_csv(rows, seed))}, Action="SetMissingValues")[0]


def score_rows(model: LoadedModel, rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """What request-response scoring makes of rows: shown cells, then score cells."""
    manifest = model.file.manifest
    matrix, cells = model.encoder.encode(rows)
    scores = model.scorer.score(matrix)
    width = score_width(manifest.task, manifest.labels)
    shown = shown_cells(model.file.encoder, cells, scores[:, width:])
    scored = scored_cells(scores[:, :width], manifest.task, manifest.label, manifest.labels)
    return [[*row, *more] for row, more in zip(shown, zip(*scored, strict=True), strict=True)]


def score_file(model: LoadedModel, rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """What batch scoring makes of the same rows in a CSV file, as texts without the header."""
    text = io.StringIO()
    csv.writer(text).writerows([[column.name for column in model.encoder.sources], *rows])
    scorer = BatchScorer(model, ".csv", append=True)
    blocks = [block for block, _ in scorer.score(io.BytesIO(text.getvalue().encode()), ".csv")]
    return list(csv.reader(io.StringIO(b"".join(blocks).decode())))
