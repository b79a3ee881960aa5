"""Batch jobs whose modules handle each row by itself: the input is read, run and written block by block.

That are those of predictive services whose scripts run when scoring. Any other job that runs modules holds all its rows
at once (training.py).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from azure.storage.blob import BlobClient

from studio.datasets.workspace_data import WorkspaceData
from studio.errors import BadArgument
from studio.graph.contract import Environment
from studio.graph.dataset import Dataset, dataset_from_table
from studio.graph.document import Experiment, ServicePort, parse_experiment
from studio.graph.predictive import APPEND, SAVED
from studio.graph.runner import run_experiment
from studio.graph.scoring_scripts import PLAIN, runs_when_scoring, scoring_scripts
from studio.graph.time_budget import TimeBudget
from studio.jobs.jobs import OpenJob
from studio.jobs.scoring import ScoringProgress, block_prefix, score_blob
from studio.jobs.training import known_dialect
from studio.model.batches import read_batches
from studio.model.loaded import LoadedModel
from studio.model.saved import ModelSource
from studio.storage.account import Storage
from studio.storage.blobs import BlobReference
from studio.storage.streams import BlobVersion, open_version
from studio.tables.files import read_column, write_header, write_rows
from studio.tables.schema import Column

# A block has at most a mebibyte of text, and so many rows: an empty cell is a byte of text and eight of memory.
BLOCK_ROWS = 10_000


def runs_by_blocks(job: OpenJob) -> bool:
    """Return whether the modules that a job runs give each row the same result, whatever other rows it has."""
    definition = job.definition
    if not definition.models or len(job.record.request.inputs) != 1 or len(definition.inputs) != 1:
        return False
    experiment = parse_experiment(definition.experiment)
    fed = frozenset(item.at for item in experiment.inputs)
    wanted = experiment.upstream([item.at for item in experiment.outputs], fed)
    by_row = {SAVED, *APPEND, *PLAIN}
    return (
        bool(wanted.intersection(scoring_scripts(experiment)))
        and not experiment.exports(fed)
        and all(
            runs_when_scoring(node) or node.module.name in by_row
            for node in (experiment.nodes[title] for title in wanted)
        )
    )


def score_by_blocks(
    storage: Storage,
    job: OpenJob,
    open_model: Callable[[str], LoadedModel],
    progress: ScoringProgress,
    budget: TimeBudget,
    *,
    before_writing: Callable[[], None],
) -> None:
    """Run the modules over the input, block by block, and write the outputs one after the other.

    Parameters
    ----------
    open_model
        Returns a stored model by its hash.
    before_writing
        Called before an output is committed; what it raises, because the job was cancelled, leaves nothing behind.

    Raises
    ------
    BadUserArgument
        If a column is missing or a cell cannot be read; names the row, counted in the whole input, and the column.
    ModuleExecutionError
        If a script fails; names the row likewise.
    """
    experiment = parse_experiment(job.definition.experiment)
    models = {resource.name: resource.model for resource in job.record.resources}
    environment = WorkspaceData(storage, job.record.workspace_id, ModelSource(models.get, open_model))
    (source,) = job.record.request.inputs.values()
    for number, output in enumerate(experiment.outputs):
        task = ModulesTask(
            id=f"{job.record.id}-{number}",
            experiment=experiment,
            output=output,
            sources=job.definition.inputs[0].columns,
            parameters={
                (item.module, item.property): job.record.request.parameters[item.name]
                for item in job.definition.parameters
            },
            environment=environment,
            budget=budget,
            source=source,
            target=job.targets[output.name],
            extension=job.locations[output.name].extension,
            before_writing=before_writing,
        )
        score_blob(task, open_version(storage, source), progress)


@dataclass(frozen=True)
class ModulesTask:
    """The work for one output of a job: what `score_blob` scores a blob with."""

    id: str
    experiment: Experiment
    output: ServicePort
    sources: tuple[Column, ...]
    parameters: dict[tuple[str, str], Any]
    environment: Environment
    budget: TimeBudget
    source: BlobReference
    target: BlobClient
    extension: str
    before_writing: Callable[[], None]

    def scorer(self) -> "ModulesTask":
        """Return what scores: the task itself."""
        return self

    def block_prefix(self, blob: BlobVersion) -> str:
        """Return the prefix of the output's block ids."""
        return block_prefix(self.id, blob)

    def header(self) -> bytes:
        """Return nothing: which columns there are is known once the first block was run."""
        return b""

    def score(self, stream: Any, extension: str, *, encoding: str = "") -> Iterator[tuple[bytes, int]]:
        """Yield blocks of the output as text, each with the number of rows so far."""
        known = known_dialect(self.experiment)
        batches = read_batches(
            stream, extension, self.sources, separator=known.separator, encoding=encoding or known.encoding
        )
        rows, schema = 0, None
        for batch in (piece for found in batches for piece in _pieces(found)):
            made = self._run(read_rows(batch, self.sources, rows))
            names = [column.name for column in made.schema]
            text = write_rows(made.rows(), self.extension)
            if schema is None:
                schema, text = names, write_header(made.schema, self.extension) + text
            elif names != schema:
                raise BadArgument(
                    "InvalidBlob",
                    f"The output '{self.output.name}' has other columns from row {rows + 1} on: "
                    f"{', '.join(names)[:500]}, not {', '.join(schema)[:500]}. A script that runs when scoring must "
                    "return the same columns for all rows.",
                    self.output.name,
                )
            rows += batch.num_rows
            yield text, rows
        if schema is None:
            raise BadArgument("InvalidBlob", "The input of the job has no rows.", self.source.blob)
        self.before_writing()

    @cached_property
    def _wanted(self) -> set[str]:
        return self.experiment.upstream([self.output.at], frozenset(item.at for item in self.experiment.inputs))

    def _run(self, rows: Dataset) -> Dataset:
        result = run_experiment(
            self.experiment,
            self.environment,
            wanted=self._wanted,
            fed={item.at: rows for item in self.experiment.inputs},
            parameters=self.parameters,
            progress=lambda done, total, step: None,
            budget=self.budget,
        )
        found: Dataset = result.values[self.output.at]
        return found


def _pieces(batch: Any) -> Iterator[Any]:
    for start in range(0, batch.num_rows, BLOCK_ROWS):
        yield batch.slice(start, BLOCK_ROWS)


def read_rows(batch: Any, columns: tuple[Column, ...], first_row: int) -> Dataset:
    """Return a batch of texts as a dataset whose rows have the numbers that they have in the whole input, from 0."""
    import pandas as pd
    import pyarrow as pa

    arrays, typed = [], []
    for column in columns:
        cells = batch[column.name]
        if pa.types.is_dictionary(cells.type):
            cells = cells.dictionary_decode()
        array, read = read_column(cells, column, first_row=first_row)
        arrays.append(array)
        typed.append(read)
    dataset = dataset_from_table(pa.table(arrays, names=[column.name for column in columns]), typed)
    dataset.frame.index = pd.RangeIndex(first_row, first_row + batch.num_rows)
    return dataset
