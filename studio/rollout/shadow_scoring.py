"""Scores the rows of the prediction log with the candidate in the shadow: a leased piece of work for each slice.

A slice begins at the mark, the time before which all rows are scored, and ends where the timer said. Rows are written
first, and then the mark is moved together with what was compared, in the one row that has the lease. A worker that
dies in between leaves rows without a mark: the next one scores the slice again and writes only what the log lacks.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from studio.errors import InvalidOperation
from studio.model.loaded import LoadedModel
from studio.model.scores import score_width
from studio.monitoring.log import read_log
from studio.monitoring.rows import INPUT, REQUEST, SCORE, SHADOW, ScoreForm, Table, score_arrays
from studio.monitoring.shadow_rows import rows_not_in, shadow_table, write_shadow_rows
from studio.registry.definitions import get_definition
from studio.registry.deployments import Deployment, Resource
from studio.registry.endpoints import Endpoint, get_endpoint
from studio.rollout.shadow_comparison import Compared, difference_columns, label_column, read_compared, write_compared
from studio.rollout.shadow_state import mark_text, shadow_key
from studio.serving.app import App
from studio.work.leases import Claim
from studio.work.state import Progress, State

SLICE_ROWS, CHUNK_ROWS = 20_000, 1000
# One turn of the queue; the next tick goes on where it ended.
TURN_SECONDS = 30.0
BASE = ("id", "at", "row", "output", "deployment", "model", "mode")


@dataclass(frozen=True, slots=True)
class Pair:
    """What scores an output: the endpoint's own model, and the candidate's."""

    output: str
    current: Resource
    candidate: Resource
    model: LoadedModel


def perform_shadow(app: App, claim: Claim, *, now: datetime) -> None:
    """Score the rows of the log between the mark and the time that the row names; may be repeated.

    Raises
    ------
    InvalidOperation
        If the log does not keep what the candidate takes.
    NotFound
        If the endpoint has been deleted.
    """
    started, row = time.monotonic(), claim.row
    endpoint = get_endpoint(app.storage, row["PartitionKey"], row["RowKey"])
    shadow = endpoint.deployments.shadow
    if shadow is None or shadow_key(shadow) != row["Candidate"]:
        claim.finish(State.CANCELLED, None)
        return
    pairs = list(pairs_of(app, endpoint, shadow))
    check_log_keeps(app, endpoint, pairs)
    since, until = datetime.fromisoformat(row["Mark"]), datetime.fromisoformat(row["Until"])
    found, rows, failed = read_compared(row.get("Compared")), int(row["Rows"]), int(row["Failed"])
    asked = read_log(app.storage, endpoint, since=since, until=until, columns=columns_of(pairs), batches=False)
    for piece, mark in slices(asked):
        claim.report(Progress(0, 0, "score the log", rows))
        for pair in pairs:
            done, bad = _score(app, endpoint, shadow, pair, piece, found.setdefault(pair.output, Compared()))
            rows, failed = rows + done, failed + bad
        claim.note(Mark=mark_text(mark), Rows=rows, Failed=failed, Compared=write_compared(found))
        if time.monotonic() - started > TURN_SECONDS:
            break
    else:
        claim.note(Mark=mark_text(until))
    claim.finish(State.FINISHED, None, Seconds=time.monotonic() - started)


def pairs_of(app: App, endpoint: Endpoint, shadow: Deployment) -> Iterator[Pair]:
    """Yield the outputs that the candidate scores with another model than the endpoint's own."""
    own, others = ({item.name: item for item in group} for group in (endpoint.resources, shadow.resources))
    for output in get_definition(app.storage, endpoint.definition).outputs:
        name = output.resource or ""
        if name in others and others[name].model != own[name].model:
            yield Pair(output.name, own[name], others[name], app.models.get(others[name].model))


def check_log_keeps(app: App, endpoint: Endpoint, pairs: Sequence[Pair]) -> None:
    """Raise InvalidOperation if the prediction log is off, or lacks a column that a candidate takes."""
    settings = endpoint.prediction_log
    if settings is None:
        raise InvalidOperation(
            "PredictionLogNotFound",
            f"A shadow scores what the prediction log of '{endpoint.name}' has, and the log is off. PUT its settings "
            "to …/predictionlog, {} for all rows.",
        )
    for pair in pairs:
        kept = {column.name for column in app.models.get(pair.current.model).encoder.sources}
        for column in pair.model.encoder.sources:
            if column.name in settings.leave_out or column.name in settings.hashed:
                how = "leaves out" if column.name in settings.leave_out else "hashes"
                what = f"the prediction log of '{endpoint.name}' {how}"
            elif column.name not in kept:
                what = "the model in use does not take, so that the prediction log does not have it"
            else:
                continue
            text = f"The candidate takes the column '{column.name}', which {what}. A shadow cannot score its rows."
            raise InvalidOperation("IncompatibleModel", text, column.name)


def columns_of(pairs: Sequence[Pair]) -> list[str]:
    """Return the columns of the log that scoring and comparing need."""
    inputs = [INPUT + column.name for pair in pairs for column in pair.model.encoder.sources]
    manifests = [pair.model.file.manifest for pair in pairs]
    scores = [name for item in manifests for name in (label_column(item), *difference_columns(item)) if name]
    return [*dict.fromkeys([*BASE, *inputs, *scores])]


def slices(tables: Iterator[Table]) -> Iterator[tuple[Table, datetime]]:
    """Yield tables of hours in pieces of about SLICE_ROWS rows, each with the time before which it has all rows."""
    for table in tables:
        start, count = 0, len(table)
        times = table["at"].cast("int64").to_numpy()
        while start < count:
            # All rows of a moment are in one piece: the mark is a moment.
            last = times[min(start + SLICE_ROWS, count) - 1]
            end = int(np.searchsorted(times, last, side="right"))
            yield table.slice(start, end - start), table["at"][end - 1].as_py() + timedelta(microseconds=1)
            start = end


def _score(
    app: App, endpoint: Endpoint, shadow: Deployment, pair: Pair, piece: Table, compared: Compared
) -> tuple[int, int]:
    """Score the rows of an output, write those that the log lacks, and compare; return how many, and how many fail."""
    import pyarrow.compute as pc

    mine = piece.filter(pc.equal(piece["output"], pair.output))
    asked = mine.filter(pc.equal(mine["mode"], REQUEST))
    if not len(asked):
        return 0, 0
    places, scores = score_logged(pair.model, asked)
    manifest = pair.model.file.manifest
    form = ScoreForm(manifest.task, manifest.label, manifest.labels, manifest.outputs)
    scored, arrays = asked.take(places), score_arrays(form, scores)
    own = pc.and_(pc.equal(mine["mode"], SHADOW), pc.equal(mine["deployment"], shadow.name))
    known = mine.filter(pc.and_(own, pc.equal(mine["model"], pair.candidate.model)))
    new = shadow_table(scored, shadow.name, pair.candidate, arrays)
    write_shadow_rows(app.storage, endpoint, rows_not_in(new, known))
    answered = pc.equal(scored["model"], pair.current.model)
    compared.add(
        manifest, scored.filter(answered), {name: array.filter(answered) for name, array in new_columns(new).items()}
    )
    return len(places), len(asked) - len(places)


def new_columns(rows: Table) -> dict[str, Any]:
    """Return the columns of scores of rows."""
    return {name: rows[name] for name in rows.column_names if name.startswith(SCORE)}


def score_logged(model: LoadedModel, rows: Table) -> tuple[list[int], Any]:
    """Return the positions of the logged rows that a model can score, and their scores.

    Returns
    -------
    list of int
    ndarray of shape (n_scored, score_width), float64
    """
    manifest = model.file.manifest
    width = score_width(manifest.task, manifest.labels)
    cells = [_cells(rows, INPUT + column.name) for column in model.encoder.sources]
    given = list(zip(*cells, strict=True)) if cells else [()] * len(rows)
    places: list[int] = []
    found = [np.empty((0, width))]
    for start in range(0, len(given), CHUNK_ROWS):
        chunk = given[start : start + CHUNK_ROWS]
        matrix = _scores(model, chunk)
        if matrix is not None:
            places += range(start, start + len(chunk))
            found.append(matrix[:, :width])
            continue
        # A request with such a row would get an error; the others of the chunk are scored one by one.
        for place, row in enumerate(chunk, start):
            if (one := _scores(model, [row])) is not None:
                places.append(place)
                found.append(one[:, :width])
    return places, np.concatenate(found)


def _scores(model: LoadedModel, rows: Sequence[Sequence[Any]]) -> Any:
    """Return the scores of rows; None if any of them cannot be scored."""
    try:
        return model.scorer.score(model.encoder.encode(rows, shown=False)[0])
    except Exception:
        # Whatever it is, a caller would get an error.
        return None


def _cells(rows: Table, name: str) -> list[Any]:
    """Return logged cells as a request has them; times as text."""
    import pyarrow as pa

    if name not in rows.column_names:
        return [None] * len(rows)
    column = rows[name]
    if pa.types.is_timestamp(column.type):
        return [None if cell is None else cell.isoformat() for cell in column.to_pylist()]
    cells: list[Any] = column.to_pylist()
    return cells
