"""Request-response scoring: JSON rows in, JSON scores out, without a storage call once warm.

References
----------
Requests and responses: sections 2.2 to 2.9 of the original's wire contract. The shape of an input (table or row
objects) is determined by the body; `format=swagger` only affects the shape of the response.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple, NoReturn, cast

import numpy as np
import orjson

from studio.errors import BadArgument, BadUserArgument, InvalidOperation, ModuleExecutionError
from studio.model.explain.columns import explanation_columns
from studio.model.loaded import LoadedModel
from studio.model.operations import Matrix
from studio.model.row_encoder import MANY_ROWS, shown_cells
from studio.model.scores import score_width, scored_cells
from studio.monitoring.collector import Noting
from studio.registry.definitions import Definition, check_parameters
from studio.registry.deployments import CURRENT, Resource
from studio.serving.explainers import Explainers
from studio.serving.extras import NO_EXTRAS, Extras
from studio.serving.model_cache import ModelCache
from studio.serving.parts import answers_alike, encodes_alike, in_order, rows_in_order, scores_in_order
from studio.serving.routing import Routing
from studio.serving.snapshots import Snapshot
from studio.tables.schema import Cell, CellError, Column, write_cell
from studio.telemetry import SCORING_ROWS, count
from studio.wire import parse_json

# Longer work runs in a thread, so that small requests on the event loop do not wait for it: for large bodies the whole
# request, otherwise only the model, since threads that run Python code at the same time slow each other down.
MAX_INLINE_BYTES, MAX_INLINE_SECONDS = 200_000, 0.001

Rows = Sequence[Sequence[Any]]


class _Encoded(NamedTuple):
    """The rows of a request, encoded for the model of one output, and the cells to return along with the scores.

    `given` is the input, `rows` has the cells of the model's source columns of the whole request as they were sent.
    `route` is the position of the deployment that scores, `positions` are the places of the rows it scores, None for
    all.
    """

    output: str
    resource: Resource
    model: LoadedModel
    matrix: Matrix
    cells: list[list[Cell]]
    append: bool
    rows: Rows
    given: Any
    route: int = 0
    positions: Any = None


async def score_async(
    snapshot: Snapshot,
    models: ModelCache,
    body: bytes,
    *,
    swagger: bool,
    extras: Extras = NO_EXTRAS,
) -> bytes:
    """Score as score_request does, but run longer work in a thread, so that it does not block the event loop."""
    if len(body) > MAX_INLINE_BYTES or extras.explainers is not None:
        score = partial(score_request, swagger=swagger, extras=extras)
        return await asyncio.to_thread(score, snapshot, models, body)
    encoded = _encode_request(snapshot, models, body, extras.routing)
    expected_seconds = 0.0
    for item in encoded:
        expected_seconds += len(item.matrix) * item.model.scorer.seconds_per_row
    if expected_seconds < MAX_INLINE_SECONDS:
        scores = _run_models(encoded, extras.routing)
    else:
        scores = await asyncio.to_thread(_run_models, encoded, extras.routing)
    return _finish(encoded, scores, swagger, extras)


def score_request(
    snapshot: Snapshot,
    models: ModelCache,
    body: bytes,
    *,
    swagger: bool,
    extras: Extras = NO_EXTRAS,
) -> bytes:
    """Score the rows of a request body and return the response body.

    Parameters
    ----------
    swagger
        Whether results are lists of row objects instead of tables.
    extras
        Which deployments answer, what notes the rows in the prediction log, and what explains the scores.

    Raises
    ------
    BadArgument, BadUserArgument
        If the request is invalid, with the documented detail code; the message names the row and column.
    InvalidOperation
        If the endpoint belongs to a training service.
    """
    encoded = _encode_request(snapshot, models, body, extras.routing)
    return _finish(encoded, _run_models(encoded, extras.routing), swagger, extras)


def _finish(encoded: Sequence[_Encoded], scores: Sequence[Matrix], swagger: bool, extras: Extras) -> bytes:
    if extras.noting is not None:
        _note(extras.noting, encoded, scores, extras.routing)
    return _write_response(encoded, scores, swagger, extras.explainers)


def _note(noting: Noting, encoded: Sequence[_Encoded], scores: Sequence[Matrix], routing: Routing | None) -> None:
    for item, scored in zip(encoded, scores, strict=True):
        deployment = CURRENT if routing is None else routing.routes[item.route].name
        rows = _rows_at(item.rows, item.positions)
        noting(item.output, item.resource, item.model, rows, item.given, scored, deployment, item.positions)


def _rows_at(rows: Rows, positions: Any) -> Rows:
    """Return the rows at these positions, an ndarray; all for None."""
    return rows if positions is None else [rows[position] for position in positions.tolist()]


def _encode_request(snapshot: Snapshot, models: ModelCache, body: bytes, routing: Routing | None) -> list[_Encoded]:
    """Return the encoded rows of a request for each output; there is at least one."""
    resources = {resource.name: resource for resource in snapshot.endpoint.resources}
    if not resources:
        raise InvalidOperation(
            "DataTypeNotSupported",
            "This is a training web service. It produces a trained model, which requires batch execution: "
            "POST to …/jobs instead.",
        )
    name, value, parameters = _read_request(snapshot.definition, body)
    if routing is not None:
        return _encode_routed(snapshot.definition, models, routing, name, value, parameters)
    encoded = []
    for output in snapshot.definition.outputs:
        resource, append = resources[output.resource or ""], output.appends(parameters)
        model = models.get(resource.model)
        rows = read_rows(name, value, model.encoder.sources)
        matrix, cells = _encode_rows(model, name, rows, append=append)
        encoded.append(_Encoded(output.name, resource, model, matrix, cells, append, rows, value))
    return encoded


def _encode_routed(
    definition: Definition, models: ModelCache, routing: Routing, name: str, value: Any, parameters: dict[str, Any]
) -> list[_Encoded]:
    """Return the encoded rows of a request for each output and each deployment that answers some of them."""
    encoded = []
    for output in definition.outputs:
        append, resource = output.appends(parameters), output.resource or ""
        first = routing.chosen or 0
        if routing.chosen is not None:
            routing.begin(first)
        lead = models.get(routing.routes[first].resources[resource].model)
        rows = read_rows(name, value, lead.encoder.sources)
        parts = routing.split(value, rows)
        loaded = [models.get(routing.routes[number].resources[resource].model) for number, _ in parts]
        together = _encode_together(lead, loaded, rows, parts, routing, append) if len(parts) > 1 else None
        for place, ((number, positions), model) in enumerate(zip(parts, loaded, strict=True)):
            own = rows
            if model is not lead and model.encoder.sources != lead.encoder.sources:
                own = read_rows(name, value, model.encoder.sources)
            if together is not None:
                matrix, cells = together[place]
            else:
                routing.begin(number)
                mine = _rows_at(own, positions)
                matrix, cells = _encode_rows(model, name, mine, append=append, positions=positions)
                if positions is not None:
                    routing.end()
            answering = routing.routes[number].resources[resource]
            item = _Encoded(output.name, answering, model, matrix, cells, append, own, value, number, positions)
            encoded.append(item)
    return encoded


def _encode_together(
    lead: LoadedModel,
    loaded: Sequence[LoadedModel],
    rows: Rows,
    parts: Sequence[tuple[int, Any]],
    routing: Routing,
    append: bool,
) -> list[tuple[Matrix, list[list[Cell]]]] | None:
    """Return the encoded rows of each part, encoded once for all; None if the models encode differently.

    None, too, if a cell cannot be read: part by part, the error is that of the deployment that would answer the row.
    """
    if not all(encodes_alike(lead, model) for model in loaded):
        return None
    started = time.perf_counter()
    try:
        matrix, cells = lead.encoder.encode(rows, shown=append)
    except CellError:
        return None
    seconds = (time.perf_counter() - started) / len(rows)
    found = []
    for number, positions in parts:
        routing.add(number, seconds * len(positions))
        mine = [cells[position] for position in positions.tolist()] if append else []
        found.append((matrix[positions], mine))
    return found


def _write_response(
    encoded: Sequence[_Encoded], scores: Sequence[Matrix], swagger: bool, explainers: Explainers | None = None
) -> bytes:
    tables: dict[str, tuple[list[Column], list[Sequence[Cell]]]] = {}
    parts: dict[str, list[tuple[Any, list[Sequence[Cell]]]]] = {}
    if len(encoded) > 1 and explainers is None:
        encoded, scores = _put_together(encoded, scores)
    for item, scored in zip(encoded, scores, strict=True):
        columns, cells = _response_columns(item, scored)
        if explainers is not None:
            # Models of several deployments may take different columns; their rows are in one table.
            together = (part.model.encoder.sources for part in encoded if part.output == item.output)
            sources = list(dict.fromkeys(column.name for columns in together for column in columns))
            columns += explanation_columns(sources)
            cells += explainers.explain(item.model, item.matrix, scored, sources)
        if item.positions is not None:
            parts.setdefault(item.output, []).append((item.positions, cells))
        tables.setdefault(item.output, (columns, cells))
    for output, found in parts.items():
        tables[output] = tables[output][0], in_order(found)
    return write_tables(tables, swagger=swagger)


def _put_together(encoded: Sequence[_Encoded], scores: Sequence[Matrix]) -> tuple[Sequence[_Encoded], Sequence[Matrix]]:
    """Return each output's parts as one, where all their models make the same columns of their scores."""
    groups: dict[str, list[int]] = {}
    for place, item in enumerate(encoded):
        groups.setdefault(item.output, []).append(place)
    whole: list[_Encoded] = []
    found: list[Matrix] = []
    for places in groups.values():
        items, matrices = [encoded[place] for place in places], [scores[place] for place in places]
        lead = items[0]
        if len(items) > 1 and all(answers_alike(lead.model, item.model) for item in items):
            positions = [item.positions for item in items]
            cells = [item.cells for item in items]
            rows = rows_in_order(list(zip(positions, cells, strict=True))) if lead.append else []
            items = [lead._replace(cells=rows, positions=None)]
            matrices = [scores_in_order(list(zip(positions, matrices, strict=True)))]
        whole += items
        found += matrices
    return whole, found


def write_tables(tables: Mapping[str, tuple[Sequence[Column], Sequence[Sequence[Cell]]]], *, swagger: bool) -> bytes:
    """Return a response body with the columns and the cells of each, by output name.

    Parameters
    ----------
    swagger
        Whether results are lists of row objects instead of tables.
    """
    results: dict[str, Any] = {}
    for name, (columns, cells) in tables.items():
        rows = list(zip(*map(_texts, cells), strict=True))
        count(SCORING_ROWS, len(rows), {"perennial.scoring.mode": "request"})
        results[name] = _row_objects(columns, rows) if swagger else _table(columns, rows)
    return orjson.dumps({"Results": results})


def _read_request(definition: Definition, body: bytes) -> tuple[str, Any, dict[str, Any]]:
    """Return the name of the input, its value, and the parameter values."""
    name = definition.inputs[0].name
    inputs, parameters = read_inputs(definition, body)
    return name, inputs[name], parameters


def read_inputs(definition: Definition, body: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the value of each of a service's inputs in a request, and the parameter values.

    Raises
    ------
    BadArgument
        If the body is not a request, or an input or parameter is missing or unknown.
    """
    if not body.strip():
        raise BadArgument("RequestIsEmpty", 'The request has no body. Send {"Inputs": {…}, "GlobalParameters": {}}.')
    request = parse_json(body)
    expected = [item.name for item in definition.inputs]
    inputs = request.get("Inputs", None if expected else {})
    if not isinstance(inputs, dict) or (expected and not inputs):
        if "Instance" in request:
            refuse_first_version()
        text = f"The request has no Inputs. It must contain {_listed(expected)}."
        raise BadArgument("MissingRequestInput", text, next(iter(expected), "Inputs"))
    if list(inputs) != expected:
        _check_names(inputs, expected)
    return inputs, check_parameters(definition.parameters, request.get("GlobalParameters"))


def _check_names(inputs: dict[str, Any], expected: list[str]) -> None:
    unknown = [name for name in inputs if name not in expected]
    if unknown:
        raise BadArgument(
            "InvalidInputNames",
            f"The service has no input '{unknown[0]}'. It takes {_listed(expected)}.",
            unknown[0],
        )
    missing = [name for name in expected if name not in inputs]
    if missing:
        raise BadArgument("MissingRequestInput", f"The request lacks the input '{missing[0]}'.", missing[0])


def _listed(names: list[str]) -> str:
    return f"the input{'s' if len(names) > 1 else ''} {', '.join(map(repr, names))}" if names else "no input"


def refuse_first_version() -> NoReturn:
    """Raise BadArgument (BadVersionCall) for a request of the API before 2.0: `{"Id", "Instance"}`, sent to …/score."""
    raise BadArgument(
        "BadVersionCall",
        'The API before version 2.0 (POST …/score with {"Id", "Instance"}) is not served. POST to '
        '…/execute?api-version=2.0&format=swagger with {"Inputs": {"input1": [{"column": value, …}, …]}, '
        '"GlobalParameters": {}}: the features of the Instance become the columns of a row. The endpoint\'s help page '
        "has an example.",
        "api-version",
    )


def _encode_rows(
    model: LoadedModel, name: str, rows: Rows, *, append: bool, positions: Any = None
) -> tuple[Matrix, list[list[Cell]]]:
    try:
        return model.encoder.encode(rows, shown=append)
    except CellError as error:
        if positions is not None:
            error = CellError(int(positions[error.row]), error.column, error.value)
        raise BadUserArgument("InputParseError", f"Input '{name}': {error}", error.column.name) from error


def _run_models(encoded: Sequence[_Encoded], routing: Routing | None) -> list[Matrix]:
    if routing is None:
        return [_run_model(item.model, item.matrix) for item in encoded]
    scores = []
    for item in encoded:
        routing.begin(item.route)
        scores.append(_run_model(item.model, item.matrix))
        if item.positions is not None:
            routing.end()
    return scores


def _run_model(model: LoadedModel, matrix: Matrix) -> Matrix:
    if not len(matrix):
        manifest = model.file.manifest
        return np.empty((0, score_width(manifest.task, manifest.labels) + len(model.file.encoder.computed)))
    try:
        return model.scorer.score(matrix)
    except Exception as error:
        raise ModuleExecutionError("1000", f"Score Model: the model failed ({type(error).__name__}).") from error


def _response_columns(item: _Encoded, scores: Matrix) -> tuple[list[Column], list[Sequence[Cell]]]:
    """Return the columns of a response, and the cells of each."""
    manifest, encoder = item.model.file.manifest, item.model.file.encoder
    width = score_width(manifest.task, manifest.labels)
    scored = scored_cells(scores[:, :width], manifest.task, manifest.label, manifest.labels)
    if not item.append:
        return list(manifest.outputs), [*scored]
    shown: Iterable[Sequence[Cell]] = [() for _ in encoder.columns]
    if len(scores):
        shown = zip(*shown_cells(encoder, item.cells, scores[:, width:]), strict=True)
    return [*encoder.columns, *manifest.outputs], [*shown, *scored]


def read_rows(name: str, value: Any, columns: Sequence[Column]) -> Rows:
    """Return the cells of `columns` for every row of an input of either shape."""
    if isinstance(value, list):
        return _rows_of_objects(name, value, columns)
    if not isinstance(value, dict) or not isinstance(value.get("ColumnNames"), list):
        raise BadArgument(
            "RequestBodyInvalid",
            f'The input \'{name}\' must be {{"ColumnNames": […], "Values": [[…]]}} or a list of row objects.',
            name,
        )
    names, values = value["ColumnNames"], value.get("Values")
    if not isinstance(values, list):
        raise BadArgument("RequestBodyInvalid", f"The input '{name}' has no list of Values.", name)
    wanted, width = [column.name for column in columns], len(names)
    positions = None if names == wanted else _positions(name, names, wanted)
    if not (set(map(type, values)) <= {list} and set(map(len, values)) <= {width}):
        raise _uneven_rows(name, values, width)
    if positions is None:
        return values
    if len(positions) == 1:
        return [[row[positions[0]]] for row in values]
    return list(map(itemgetter(*positions), values))


def _uneven_rows(name: str, values: list[Any], width: int) -> BadUserArgument:
    """Return the error that names the first row with a wrong number of cells."""
    number, row = next(item for item in enumerate(values) if not isinstance(item[1], list) or len(item[1]) != width)
    seen = len(row) if isinstance(row, list) else "no"
    message = f"Input '{name}': row {number + 1} has {seen} cells, but ColumnNames has {width} names."
    return BadUserArgument("InputParseError", message, name)


def _positions(name: str, names: list[Any], wanted: list[str]) -> list[int]:
    try:
        return list(map(names.index, wanted))
    except ValueError:
        raise _missing_columns(name, [column for column in wanted if column not in names]) from None


def _rows_of_objects(name: str, value: list[Any], columns: Sequence[Column]) -> Rows:
    # Classic: R omits missing cells from row objects, so a column is missing only if every row lacks it (2.3).
    for number, row in enumerate(value):
        if not isinstance(row, dict):
            raise BadUserArgument("InputParseError", f"Input '{name}': row {number + 1} is not an object.", name)
    missing = [column.name for column in columns if value and not any(column.name in row for row in value)]
    if missing:
        raise _missing_columns(name, missing)
    names = [column.name for column in columns]
    return [[row.get(column) for column in names] for row in value]


def _missing_columns(name: str, missing: list[str]) -> BadUserArgument:
    return BadUserArgument(
        "InputMismatchError",
        f"The input '{name}' lacks the column{'s' if len(missing) > 1 else ''} {', '.join(map(repr, missing))}.",
        missing[0],
    )


def _table(columns: Sequence[Column], rows: Sequence[Sequence[str | None]]) -> dict[str, Any]:
    # Classic: names and types are sent with and without `details`, a superset that every client can read (2.6).
    value = {
        "ColumnNames": [column.name for column in columns],
        "ColumnTypes": [column.type.value for column in columns],
        "Values": rows,
    }
    return {"type": "table", "value": value}


def _row_objects(columns: Sequence[Column], rows: Sequence[Sequence[str | None]]) -> list[dict[str, str | None]]:
    names = [column.name for column in columns]
    return [dict(zip(names, row, strict=True)) for row in rows]


def _texts(cells: Sequence[Cell]) -> list[str | None]:
    """Return a column's cells as texts for a response; missing cells and NaN are None."""
    types = set(map(type, cells))
    # Python treats 0.0 and -0.0 as equal, but their texts differ.
    if len(cells) < MANY_ROWS or (float in types and len(types) > 1):
        return list(map(_text, cells))
    if float not in types:
        found = {cell: _text(cell) for cell in set(cells)}
        return [found[cell] for cell in cells]
    # In the range tested below, orjson writes the same digits as write_cell, and it writes all cells in one call. Since
    # all cells are floats, commas only occur between cells.
    texts = orjson.dumps(cells).decode()[1:-1].split(",")
    return [
        text if 1e-4 <= number < 1e15 and not text.endswith(".0") else _text(number)
        for number, text in zip(cast(Sequence[float], cells), texts, strict=True)
    ]


def _text(cell: Cell) -> str | None:
    return None if cell is None or cell != cell else write_cell(cell)
