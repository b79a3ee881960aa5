"""Column selection: a name, a list of names, or a selection by kind.

A selection is an object: `{"select": "all" | "features" | "labels" | "numeric" | "string" | "categorical",
"except": ["name", …]}`. The original's rules, `{"isFilter": …, "rules": […]}`, are in column_rules.py.
"""

from typing import Any

from studio.graph.column_rules import names_columns, pick_by_rules
from studio.graph.contract import Call
from studio.graph.dataset import Dataset, DatasetColumn, Role
from studio.tables.schema import ColumnType

NUMBERS = (ColumnType.INT32, ColumnType.INT64, ColumnType.DOUBLE)
KINDS = ("all", "features", "labels", "numeric", "string", "categorical")


def pick_columns(call: Call, dataset: Dataset, picker: Any) -> list[str]:
    """Return the names of the selected columns, in the order selected.

    Raises
    ------
    ModuleExecutionError
        0001 if a named column does not exist, 0011 if the selection is malformed.
    """
    if isinstance(picker, dict):
        return (pick_by_rules if "rules" in picker else _pick_by_kind)(call, dataset, picker)
    names = [picker] if isinstance(picker, str) else list(picker)
    _require(call, dataset, names)
    return [str(name) for name in names]


def pick_numbers(call: Call, dataset: Dataset, picker: Any) -> list[str]:
    """Return the names of the selected columns; ModuleExecutionError 0017 unless all are numeric.

    A selection by kind skips columns that are not numeric.
    """
    names = pick_columns(call, dataset, picker)
    if isinstance(picker, dict) and not ("rules" in picker and names_columns(picker)):
        return [name for name in names if _is_kind(dataset.column(name), "numeric")]
    foreign = [name for name in names if not _is_kind(dataset.column(name), "numeric")]
    if foreign:
        raise call.error("0017", f"the column '{foreign[0]}' is not numeric. Select numeric columns.")
    return names


def pick_column(call: Call, dataset: Dataset, picker: Any) -> str:
    """Return the name of the one selected column; ModuleExecutionError 0022 unless it is exactly one."""
    names = pick_columns(call, dataset, picker)
    if len(names) != 1:
        raise call.error("0022", f"exactly one column must be selected, got {len(names)}.")
    return names[0]


def pick_label(call: Call, dataset: Dataset, picker: Any) -> str:
    """Return the selected label column, or the column marked as label if none is selected."""
    if picker:
        return pick_column(call, dataset, picker)
    marked = pick_columns(call, dataset, {"select": "labels"})
    if len(marked) != 1:
        number, what = ("0037", "several columns are") if marked else ("0024", "no column is")
        raise call.error(number, f"{what} marked as label. Set the Label column.")
    return marked[0]


def selection_problem(picker: Any) -> str | None:
    """Return what is wrong with a selection whatever the dataset, or None; names may be wrong nevertheless."""
    if not isinstance(picker, dict):
        return None
    kind, excluded = picker.get("select"), picker.get("except", [])
    if kind in KINDS and not set(picker) - {"select", "except"} and isinstance(excluded, list):
        return None
    return f'a selection is {{"select": {" | ".join(KINDS)}, "except": [names]}}, got {str(picker)[:200]}.'


def _pick_by_kind(call: Call, dataset: Dataset, picker: dict[str, Any]) -> list[str]:
    problem = selection_problem(picker)
    if problem is not None:
        raise call.error("0011", problem)
    kind, excluded = picker["select"], picker.get("except", [])
    _require(call, dataset, excluded)
    left_out = set(excluded)
    return [column.name for column in dataset.columns if column.name not in left_out and _is_kind(column, kind)]


def _is_kind(column: DatasetColumn, kind: str) -> bool:
    match kind:
        case "features":
            return column.role is Role.FEATURE
        case "labels":
            return column.role is Role.LABEL
        case "numeric":
            return column.type in NUMBERS and not column.categorical
        case "string":
            return column.type is ColumnType.STRING
        case "categorical":
            return column.categorical or column.type is ColumnType.STRING
    return True


def _require(call: Call, dataset: Dataset, names: list[Any]) -> None:
    for name in names:
        if name not in dataset:
            raise call.error(
                "0001",
                f"the column '{str(name)[:200]}' was not found. The dataset has {', '.join(dataset.names[:40])}.",
            )
