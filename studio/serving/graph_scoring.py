"""Request-response scoring by running the modules of a predictive experiment that was drawn by hand.

Slower than scoring.py, where the models alone compute an output: milliseconds for each module. Export Data writes in
batch jobs only. Experiments that read data of their own, or train, answer in batch only.
"""

import logging
from collections.abc import Sequence
from typing import Any

from studio.datasets.workspace_data import WorkspaceData
from studio.errors import BadUserArgument, InvalidOperation, ModuleExecutionError
from studio.graph.contract import PortType
from studio.graph.dataset import Dataset, dataset_from_cells
from studio.graph.document import Experiment, PortRef, parse_experiment
from studio.graph.runner import run_experiment
from studio.graph.time_budget import TimeBudget, run_in_time
from studio.model.saved import ModelSource
from studio.serving.app import App
from studio.serving.routing import Routing
from studio.serving.scoring import read_inputs, read_rows, write_tables
from studio.serving.snapshots import Snapshot
from studio.tables.schema import Cell, CellError, Column

REQUEST_SECONDS = 60
REMEDY = "Send fewer rows in a request, or POST them to …/jobs as a batch job."
logger = logging.getLogger(__name__)


def score_with_modules(
    app: App, snapshot: Snapshot, body: bytes, *, swagger: bool, routing: Routing | None = None
) -> bytes:
    """Score the rows of a request body and return the response body.

    Parameters
    ----------
    swagger
        Whether results are lists of row objects instead of tables.
    routing
        Which deployments answer, if the endpoint has several. One of them answers all rows, since modules may look at
        them together.

    Raises
    ------
    BadArgument, BadUserArgument
        If the request is invalid, with the documented detail code; the message names the row and column.
    InvalidOperation
        If the experiment can only be run in batch.
    ModuleExecutionError
        If a module fails, or all take longer than a minute.
    """
    definition = snapshot.definition
    experiment = parse_experiment(definition.experiment)
    cut = frozenset(item.at for item in experiment.inputs)
    wanted = experiment.upstream([item.at for item in experiment.outputs], cut)
    _check_runs_at_once(experiment, wanted)
    given, parameters = read_inputs(definition, body)
    datasets = {item.name: _dataset(item.name, given[item.name], item.columns) for item in definition.inputs}
    chosen = snapshot.endpoint.resources if routing is None else routing.choose(body).resources.values()
    resources = {resource.name: resource.model for resource in chosen}
    environment = WorkspaceData(app.storage, snapshot.endpoint.workspace_id, ModelSource(resources.get, app.models.get))

    def work(budget: TimeBudget) -> dict[PortRef, Any]:
        return run_experiment(
            experiment,
            environment,
            wanted=wanted,
            fed={item.at: datasets[item.name] for item in experiment.inputs},
            parameters={(item.module, item.property): parameters[item.name] for item in definition.parameters},
            progress=lambda done, total, step: None,
            budget=budget,
        ).values

    values = run_in_time(work, REQUEST_SECONDS, _note_stuck, remedy=REMEDY)
    return write_tables({item.name: _table(values[item.at]) for item in experiment.outputs}, swagger=swagger)


def _check_runs_at_once(experiment: Experiment, wanted: set[str]) -> None:
    for title in experiment.order:
        module = experiment.nodes[title].module
        reads = module.version is not None and all(port.type is PortType.DATASET for port in module.outputs)
        if title in wanted and (reads or any(port.type is PortType.UNTRAINED for port in module.inputs)):
            raise InvalidOperation(
                "DataTypeNotSupported",
                f"The web service runs '{title}' ({module.name}), which requires batch execution: POST to …/jobs "
                "instead.",
            )


def _dataset(name: str, value: Any, columns: Sequence[Column]) -> Dataset:
    rows = read_rows(name, value, columns)
    if not rows:
        raise BadUserArgument("InputParseError", f"Input '{name}' has no rows.", name)
    cells: list[list[Cell]] = [[] for _ in columns]
    readers = [column.reader() for column in columns]
    for number, row in enumerate(rows):
        for found, column, read, cell in zip(cells, columns, readers, row, strict=True):
            try:
                found.append(read(cell))
            except ValueError as error:
                text = str(CellError(number, column, cell))
                raise BadUserArgument("InputParseError", f"Input '{name}': {text}", column.name) from error
    return dataset_from_cells(columns, cells)


def _table(value: Dataset) -> tuple[Sequence[Column], list[list[Cell]]]:
    return value.schema, [value.cells(column.name) for column in value.schema]


def _note_stuck(error: ModuleExecutionError) -> None:
    logger.error("A request still runs after its time: %s", error.message)
