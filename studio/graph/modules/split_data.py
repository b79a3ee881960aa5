"""Split Data: divide the rows into two datasets."""

from collections.abc import Callable
from typing import Any

import numpy as np

from studio.graph.column_selection import pick_column
from studio.graph.contract import UINT32_MAX, Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset
from studio.graph.relational_expression import ExpressionError, read_column, read_comparisons
from studio.graph.sampling import groups_of, shuffled_rows
from studio.tables.regular_expressions import PatternError, find_matches
from studio.tables.schema import READERS, ColumnType, cell_number

ROWS, REGULAR, RELATIVE = "Split Rows", "Regular Expression", "Relative Expression"
BY_ROWS = ("Splitting mode", (ROWS,))
COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": np.less,
    ">": np.greater,
    "<=": np.less_equal,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}


def run(call: Call) -> tuple[Any, ...]:
    """Send a fraction of the rows, or the rows that match, to the first dataset and the rest to the second."""
    dataset: Dataset = call.inputs["Dataset"]
    match call.properties["Splitting mode"]:
        case "Regular Expression":
            first = _matching(call, dataset)
        case "Relative Expression":
            first = _fulfilling(call, dataset)
        case _:
            first = _fraction(call, dataset)
    return dataset.with_rows(np.flatnonzero(first)), dataset.with_rows(np.flatnonzero(~first))


def _fraction(call: Call, dataset: Dataset) -> Any:
    fraction = call.properties["Fraction of rows in the first output dataset"]
    rows = np.arange(len(dataset.frame))
    if call.properties["Randomized split"]:
        rows = shuffled_rows(len(rows), call.properties["Random seed"])
    groups = [rows]
    if call.properties["Stratified split"] == "True":
        groups = groups_of(dataset, pick_column(call, dataset, call.properties["Stratification key column"]), rows)
    first = np.zeros(len(rows), dtype=bool)
    for group in groups:
        first[group[: round(len(group) * fraction)]] = True
    return first


def _matching(call: Call, dataset: Dataset) -> Any:
    """Return which rows the expression matches; `\\"column" ^start`."""
    name, pattern = _column(call, dataset, "Regular expression")
    if dataset.column(name).type is not ColumnType.STRING:
        raise call.error("0017", f"a regular expression needs a text column, but '{name}' has another type.")
    cells = [None if cell is None else str(cell) for cell in dataset.cells(name)]
    try:
        return find_matches(pattern, cells)
    except PatternError as error:
        raise call.error("0002", f"Regular expression is not valid: {error}.") from error


def _fulfilling(call: Call, dataset: Dataset) -> Any:
    """Return which rows satisfy comparisons of one column, joined by & (binds first) and |; `\\"column" > 3 & < 9`."""
    name, rest = _column(call, dataset, "Relational expression")
    column = dataset.column(name)
    if column.type is ColumnType.STRING:
        raise call.error("0017", f"a relational expression needs numbers or dates, but '{name}' is text.")
    try:
        alternatives = read_comparisons(rest)
    except ExpressionError as error:
        raise call.error("0002", f"Relational expression {error}.") from error
    values = dataset.frame[name].to_numpy(dtype=np.float64)
    either = np.zeros(len(values), dtype=bool)
    for comparisons in alternatives:
        both = ~np.isnan(values)
        for item in comparisons:
            if item.column not in (None, name):
                raise call.error(
                    "0002", f"Relational expression must use a single column, got '{name}' and '{item.column}'."
                )
            both &= COMPARISONS[item.operator](values, _limit(call, item.value, column.type))
        either |= both
    return either


def _limit(call: Call, text: str, type_: ColumnType) -> float:
    wanted = type_ if type_ in (ColumnType.BOOLEAN, ColumnType.DATETIME) else ColumnType.DOUBLE
    try:
        cell = READERS[wanted](text.strip("\"' "))
    except ValueError:
        cell = None
    if cell is None:
        raise call.error("0002", f"Relational expression must compare with a {wanted.value}, got {text!r}.")
    return cell_number(cell)


def _column(call: Call, dataset: Dataset, name: str) -> tuple[str, str]:
    text = call.properties[name]
    found = read_column(text)
    if found is None:
        shown = text[:100]
        raise call.error("0002", f'{name} must start with a quoted column name, \\"column name" …, got {shown!r}.')
    return pick_column(call, dataset, found[0]), found[1]


MODULES = (
    Module(
        name="Split Data",
        family="70530644c97a4ab685f788bf30a8be5f",
        inputs=(Port("Dataset", PortType.DATASET),),
        outputs=(Port("Results dataset1", PortType.DATASET), Port("Results dataset2", PortType.DATASET)),
        properties=(
            Property("Splitting mode", Kind.CHOICE, ROWS, choices=(ROWS, REGULAR, RELATIVE)),
            Property("Fraction of rows in the first output dataset", Kind.NUMBER, 0.5, 0, 1, when=BY_ROWS),
            Property("Randomized split", Kind.BOOLEAN, True, when=BY_ROWS),
            Property("Random seed", Kind.INTEGER, 0, 0, UINT32_MAX, when=BY_ROWS),
            Property("Stratified split", Kind.CHOICE, "False", choices=("True", "False"), when=BY_ROWS),
            Property("Stratification key column", Kind.COLUMNS, when=("Stratified split", ("True",))),
            Property("Regular expression", Kind.TEXT, when=("Splitting mode", (REGULAR,))),
            Property("Relational expression", Kind.TEXT, when=("Splitting mode", (RELATIVE,))),
        ),
        run=run,
        effect=Effect.ROWS,
        notes=(
            "Regular expressions use Python's syntax, in time that grows with the text only. Unlike in .NET, "
            "look-ahead, look-behind, back references, conditions and atomic groups are refused, and `\\b` knows ASCII "
            "letters only. A pattern has at most 1,000 characters, and 1,000 parts once repetitions are written out.",
            "`&` binds before `|`; a missing number satisfies no comparison. An expression has at most 100 "
            "comparisons.",
            "The recommender split is not supported.",
        ),
    ),
)
