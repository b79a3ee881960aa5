"""`make parity`: trains every learner through the app and directly, and prints how much the scores differ."""

import argparse
import csv
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn import datasets

from examples.parity.composed import report_composed
from examples.parity.direct import DirectModel, train_directly
from examples.parity.estimators import report
from examples.running import errors_shown, own_workspace
from perennial import Workspace
from perennial.screen import progress_bar
from studio.graph.contract import PortType
from studio.graph.palette import list_modules
from studio.model.evaluation import evaluate_scores
from studio.model.importances import primary_metric
from studio.model.manifest import ANOMALY, CLUSTERING, MULTICLASS, QUANTILES, REGRESSION, TWO_CLASS

TOLERANCE = 1e-9
ONNX_SHARE = 0.9
HELD_BACK = 4
LINE = "{:34} {:14} {:28} {:>12} {:>12} {:>10} {:>8}"
TABLES: dict[str, Callable[[], Any]] = {
    "breast cancer": datasets.load_breast_cancer,
    "wine": datasets.load_wine,
    "digits": datasets.load_digits,
    "diabetes": datasets.load_diabetes,
}
SUITED = {
    TWO_CLASS: ("breast cancer",),
    MULTICLASS: ("wine", "digits"),
    REGRESSION: ("diabetes",),
    QUANTILES: ("diabetes",),
    CLUSTERING: ("wine", "digits"),
    ANOMALY: ("breast cancer", "wine"),
}
MODULES = {
    CLUSTERING: (
        "Train Clustering Model",
        "Assign Data to Clusters",
        {"Column Set": {"select": "all", "except": ["label"]}},
    ),
    ANOMALY: ("Train Anomaly Detection Model", "Score Model", {}),
}
SUPERVISED = ("Train Model", "Score Model", {"Label column": "label"})


@dataclass(frozen=True)
class Table:
    """A table of scikit-learn; every fourth row is the hold-out set."""

    name: str
    columns: list[str]
    numbers: Any
    truth: Any

    @property
    def hold_out(self) -> Any:
        """Which rows are in the hold-out set."""
        return np.arange(len(self.truth)) % HELD_BACK == 0

    def write(self, folder: Path) -> Path:
        """Write the training rows as CSV."""
        path = folder / f"{self.name.replace(' ', '-')}.csv"
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*self.columns, "label"])
            for row, label in zip(
                self.numbers[~self.hold_out].tolist(), self.truth[~self.hold_out].tolist(), strict=True
            ):
                writer.writerow([*map(repr, row), repr(label)])
        return path


def main() -> None:
    """Print the table; returns 1 if a difference is above 1e-9 or too few learners are scored by ONNX Runtime."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learner", help="only learners whose name contains this")
    wanted = (parser.parse_args().learner or "").lower()
    cases = [(learner, task, table) for learner, task, table in list_cases() if wanted in learner.lower()]
    rows = []
    with tempfile.TemporaryDirectory(prefix="perennial-parity-") as folder, errors_shown():
        tables = {name: load(name) for name in TABLES}
        with own_workspace(Path(folder), "Parity") as workspace, progress_bar("Learners") as bar:
            for table in tables.values():
                workspace.upload(table.write(Path(folder)))
            for number, (learner, task, name) in enumerate(cases):
                bar.update(number, len(cases), f"{learner} on {name}")
                rows.append(compare(workspace, learner, task, tables[name]))
    print(f"{len(cases)} pairs of learner and table, every fourth row in the hold-out set and scored over HTTP:\n")
    print(LINE.format("learner", "table", "metric", "scikit-learn", "service", "difference", "runtime"))
    for row in rows:
        print(LINE.format(*row[:3], f"{row[3]:.6f}", f"{row[4]:.6f}", f"{row[5]:.1e}", row[6]))
    print()
    sys.exit(verdict(rows) | report(wanted) | report_composed(wanted))


def list_cases() -> Iterator[tuple[str, str, str]]:
    """Yield every learner with its task and suitable tables."""
    for module in list_modules():
        is_learner = any(port.type is PortType.UNTRAINED for port in module.outputs)
        if is_learner and not any(item.required for item in module.properties):
            task = DirectModel.untrained(module.name).task
            for table in SUITED[task]:
                yield module.name, task, table


def load(name: str) -> Table:
    """Return a table with plain column names; its label is an integer, or a number for diabetes."""
    bunch = TABLES[name]()
    columns = [f"f{index}" for index in range(bunch.data.shape[1])]
    return Table(name, columns, bunch.data.astype(np.float64), bunch.target)


def compare(workspace: Workspace, learner: str, task: str, table: Table) -> tuple[Any, ...]:
    """Train a learner both ways and return a row of the results."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        direct = train_directly(learner, table.numbers[~table.hold_out], table.truth[~table.hold_out])
    numbers, truth = table.numbers[table.hold_out], table.truth[table.hold_out]
    expected = direct.score(numbers)
    runtime, actual = score_by_service(workspace, learner, task, table, numbers)
    scale = np.maximum(1.0, np.abs(expected).max(axis=0))
    difference = float((np.abs(expected - actual) / scale).max())
    name, measure = metric_of(task, truth)
    return learner, table.name, name, measure(expected), measure(actual), difference, runtime


def metric_of(task: str, truth: Any) -> tuple[str, Callable[[Any], float]]:
    """Return the metric of a pair; for clusters and anomalies, which have no truth, the mean score."""
    if task in (CLUSTERING, ANOMALY):
        return "mean score", lambda scores: float(scores.mean())
    name, labels = primary_metric(task), [str(label) for label in np.unique(truth)]
    if task == QUANTILES:
        labels = ["0.25", "0.5", "0.75"]
    return name, lambda scores: evaluate_scores(task, truth, scores, labels).metrics[name]


def score_by_service(workspace: Workspace, learner: str, task: str, table: Table, numbers: Any) -> tuple[str, Any]:
    """Run, publish and score; return the runtime and the scores."""
    name = f"{learner} on {table.name}"
    workspace.put_experiment(name, document(learner, task, table))
    run = workspace.run_experiment(name)
    endpoint = workspace.get_endpoint(workspace.publish(name, "predictive"))
    answer = workspace.score(endpoint, [dict(zip(table.columns, row, strict=True)) for row in numbers.tolist()])
    columns = [column for column in answer[0] if column not in ("Scored Labels", "Assignments")] or ["Scored Labels"]
    return run.models["Train"]["Runtime"], np.array([[float(row[column]) for column in columns] for row in answer])


def document(learner: str, task: str, table: Table) -> dict[str, Any]:
    """Return the experiment that trains the learner on the table's file."""
    trainer, scorer, properties = MODULES.get(task, SUPERVISED)
    append = "Check for Append or Uncheck for Result Only" if task == CLUSTERING else "Append score columns to output"
    path = {"Path to container, directory or blob": f"{table.name.replace(' ', '-')}.csv"}
    modules = {
        "Data": {"module": "Import Data", "properties": path},
        "Mark": {"module": "Edit Metadata", "properties": {"Column": "label", "Fields": "Labels"}},
        "Learner": {"module": learner},
        "Train": {"module": trainer, "properties": properties},
        "Score": {"module": scorer, "properties": {append: False}},
    }
    links = [
        (("Data", "Results dataset"), ("Mark", "Dataset")),
        (("Mark", "Results dataset"), ("Train", "Dataset")),
        (("Learner", "Untrained model"), ("Train", "Untrained model")),
        (("Train", "Trained model"), ("Score", "Trained model")),
        (("Mark", "Results dataset"), ("Score", "Dataset")),
    ]
    if DirectModel.is_built_from_another(learner):
        modules["Base"] = {"module": DirectModel.base(learner)}
        links.append((("Base", "Untrained model"), ("Learner", "Untrained binary classification model")))
    return {"modules": modules, "connections": [{"from": list(one), "to": list(other)} for one, other in links]}


def verdict(rows: list[tuple[Any, ...]]) -> int:
    """Print how many pairs agree; return 1 if one does not, or if too few learners are scored by ONNX."""
    onnx = [row for row in rows if row[6] == "onnx"]
    apart = [row for row in onnx if row[5] > TOLERANCE]
    learners = {row[0] for row in rows}
    by_onnx = learners - {row[0] for row in rows if row[6] != "onnx"}
    print(f"{len(by_onnx)} of {len(learners)} learners are scored by ONNX Runtime.")
    print(f"{len(onnx) - len(apart)} of {len(onnx)} pairs differ by at most {TOLERANCE:g}.")
    return int(bool(apart) or len(by_onnx) < ONNX_SHARE * len(learners))


if __name__ == "__main__":
    main()
