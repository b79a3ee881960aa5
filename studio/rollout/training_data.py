"""The training data that a policy names: a dataset, the rows of the endpoint's prediction log, or both together.

`log` are logged rows whose truth has come, `people.csv + log` a dataset with those below it. No dataset can have such a
name, because theirs end in a file's extension. The rows become a CSV file, a job's input like any other:
`experimentoutput/{job id}/logged.csv`.
"""

import contextlib
from datetime import datetime, timedelta

from azure.core.exceptions import ResourceExistsError

from studio.datasets.workspace_data import WorkspaceData
from studio.errors import BadArgument, InvalidOperation
from studio.model.container import read_model_file
from studio.monitoring.feedback import read_truths
from studio.monitoring.log import read_hours
from studio.monitoring.parts import unite
from studio.monitoring.rows import INPUT, SHADOW, Table
from studio.registry.endpoints import Endpoint, kept_days
from studio.registry.models import get_model
from studio.storage.account import Storage
from studio.storage.blobs import BlobReference, own_blob
from studio.tables.options import GUESSED
from studio.tables.typed_files import text_table

LOG, PLUS = "log", "+"
# The latest rows are taken; more would not fit into the memory of a timer's process beside its other work.
MAX_ROWS = 1_000_000


def dataset_and_log(training_data: str) -> tuple[str, bool]:
    """Return the dataset that training data names, empty if none, and whether it has logged rows."""
    dataset, plus, last = training_data.rpartition(PLUS)
    if last.strip() != LOG:
        return training_data, False
    return (dataset.strip(), True) if plus else ("", True)


def check_logged(endpoint: Endpoint, training_data: str | None) -> None:
    """Raise InvalidOperation if training data has logged rows but the endpoint's log has none to learn from."""
    if training_data is None or not dataset_and_log(training_data)[1]:
        return
    settings = endpoint.prediction_log
    if settings is None:
        raise InvalidOperation(
            "DataTypeNotSupported",
            f"TrainingData is '{training_data}', but the endpoint '{endpoint.name}' has no prediction log. PUT its "
            "settings to …/predictionlog first.",
        )
    if settings.leave_out or settings.hashed:
        names = ", ".join(map(repr, (*settings.leave_out, *settings.hashed)))
        raise InvalidOperation(
            "DataTypeNotSupported",
            f"TrainingData is '{training_data}', but the log of the endpoint '{endpoint.name}' does not keep {names} "
            "as sent, so that nothing can be learned from that. Train on a dataset, or keep these columns.",
        )


def training_input(
    storage: Storage, endpoint: Endpoint, model: str, training_data: str, job_id: str, *, now: datetime
) -> BlobReference:
    """Return the blob to train on; logged rows, and what a reference leads to, are written to one first.

    They are written once for each job.

    Parameters
    ----------
    model
        The hash of the model in use: its inputs and label name the columns.

    Raises
    ------
    BadArgument, InvalidOperation
        If there is no such dataset, no log, or no row whose truth has come.
    """
    dataset, logged = dataset_and_log(training_data)
    if not logged:
        return _dataset_input(storage, endpoint.workspace_id, dataset, job_id, now)
    check_logged(endpoint, training_data)
    path = f"{job_id}/logged.csv"
    label = read_model_file(get_model(storage, model), storage.settings.max_model_bytes).manifest.label.name
    tables = [*_dataset_tables(storage, endpoint.workspace_id, dataset), logged_rows(storage, endpoint, label, now=now)]
    with contextlib.suppress(ResourceExistsError):
        storage.container("experimentoutput").upload_blob(path, _csv(unite(tables)), overwrite=False)
    return own_blob(storage, f"experimentoutput/{path}", now)


def logged_rows(storage: Storage, endpoint: Endpoint, label: str, *, now: datetime, most: int = MAX_ROWS) -> Table:
    """Return the latest logged rows whose truth has come, an id once, with the inputs' names and the label's.

    Raises
    ------
    InvalidOperation
        If there is none.
    """
    import pyarrow.compute as pc

    since, until = now - timedelta(days=kept_days(endpoint)), now + timedelta(days=1)
    truths = read_truths(storage, endpoint, since=since, until=until).select(["id", "value"]).combine_chunks()
    waiting, found, count = truths["id"].combine_chunks(), [], 0
    for hour in read_hours(storage, endpoint, since=since, until=until, latest_first=True):
        if not len(waiting) or count >= most:
            break
        if not hour.table.num_rows:
            continue
        # A candidate's rows in the shadow have no inputs: those are in the row that was answered.
        answered = hour.table.filter(pc.not_equal(hour.table["mode"], SHADOW))
        rows = _last_of_each(answered.filter(pc.is_in(answered["id"], value_set=waiting)))
        if rows.num_rows:
            found.append(_with_truths(rows, truths, label))
            count += rows.num_rows
            waiting = waiting.filter(pc.invert(pc.is_in(waiting, value_set=rows["id"].combine_chunks())))
    if not found:
        raise InvalidOperation(
            "DataTypeNotSupported",
            f"The log of the endpoint '{endpoint.name}' has no row of the last {kept_days(endpoint)} days whose truth "
            "has come, so there is nothing to train on. Send truths to …/feedback.",
        )
    # In order of time, the latest if they are too many.
    table = unite(found[::-1])
    return table.slice(max(0, len(table) - most))


def _last_of_each(table: Table) -> Table:
    """Return the last row of each id: one that several models scored, or that was sent again, is learned from once."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    numbered = pa.table({"id": table["id"], "place": pa.array(np.arange(len(table)))})
    last = numbered.group_by("id", use_threads=False).aggregate([("place", "max")])["place_max"].combine_chunks()
    return table.take(last.take(pc.sort_indices(last)))


def _with_truths(rows: Table, truths: Table, label: str) -> Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    place = pc.index_in(rows["id"].combine_chunks(), value_set=truths["id"].combine_chunks())
    names = [name for name in rows.column_names if name.startswith(INPUT) and name != INPUT + label]
    columns = {name.removeprefix(INPUT): rows[name] for name in names}
    return pa.table(columns | {label: truths["value"].combine_chunks().take(place)})


def _dataset_input(storage: Storage, workspace_id: str, name: str, job_id: str, now: datetime) -> BlobReference:
    data = WorkspaceData(storage, workspace_id)
    reference = data.find_reference(name)
    if reference is None:
        return own_blob(storage, f"datasets/{workspace_id}/{name}", now)
    path = f"{job_id}/{name}"
    with contextlib.suppress(ResourceExistsError):
        storage.container("experimentoutput").upload_blob(path, data.read_reference(reference), overwrite=False)
    return own_blob(storage, f"experimentoutput/{path}", now)


def _dataset_tables(storage: Storage, workspace_id: str, name: str) -> list[Table]:
    if not name:
        return []
    data = WorkspaceData(storage, workspace_id)
    files = data.unpack(data.read_dataset(name))
    return [text_table(content, f".{file.rpartition('.')[2].lower()}", GUESSED) for file, content in files]


def _csv(table: Table) -> bytes:
    import pyarrow as pa
    import pyarrow.csv as pa_csv

    sink = pa.BufferOutputStream()
    pa_csv.write_csv(table, sink)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def refuse_rows_of_log(training_data: str) -> BadArgument:
    """Return the error of a policy that would count the rows of a log."""
    return BadArgument(
        "BadParameterValue",
        f"A Rows trigger counts the rows of a dataset, got TrainingData '{training_data}'. Use Schedule or Drift to "
        "train on logged rows.",
        "TrainingData",
    )
