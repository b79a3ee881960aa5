"""Column pickers: a name, a list of names, or a selection by kind.

A selection is an object: `{"select": "all" | "features" | "labels" | "numeric" | "string" | "categorical",
"except": ["name", …]}`.
"""

from typing import Any

from studio.graph.dataset import Dataset, DatasetColumn, Role
from studio.graph.palette import Call
from studio.schema import ColumnType

KINDS = ("all", "features", "labels", "numeric", "string", "categorical")


def pick_columns(call: Call, dataset: Dataset, picker: Any) -> list[str]:
    """Return the names of the picked columns in the order picked.

    Raises
    ------
    ModuleExecutionError
        0001 if a named column does not exist, 0011 if the selection cannot be read.
    """
    if isinstance(picker, dict):
        return _pick_by_kind(call, dataset, picker)
    names = [picker] if isinstance(picker, str) else list(picker)
    _require(call, dataset, names)
    return [str(name) for name in names]


def pick_column(call: Call, dataset: Dataset, picker: Any) -> str:
    """Return the one picked column's name; ModuleExecutionError 0022 if it is not one."""
    names = pick_columns(call, dataset, picker)
    if len(names) != 1:
        raise call.error("0022", f"exactly one column must be selected, got {len(names)}.")
    return names[0]


def _pick_by_kind(call: Call, dataset: Dataset, picker: dict[str, Any]) -> list[str]:
    kind = picker.get("select")
    excluded = picker.get("except", [])
    unknown = set(picker) - {"select", "except"}
    if kind not in KINDS or unknown or not isinstance(excluded, list):
        raise call.error("0011", f'a selection is {{"select": {" | ".join(KINDS)}, "except": [names]}}, got {picker}.')
    _require(call, dataset, excluded)
    return [column.name for column in dataset.columns if column.name not in excluded and _is_kind(column, kind)]


def _is_kind(column: DatasetColumn, kind: str) -> bool:
    match kind:
        case "features":
            return column.role is Role.FEATURE
        case "labels":
            return column.role is Role.LABEL
        case "numeric":
            return column.type.is_numeric and not column.categorical
        case "string":
            return column.type is ColumnType.STRING
        case "categorical":
            return column.categorical or column.type is ColumnType.STRING
    return True


def _require(call: Call, dataset: Dataset, names: list[Any]) -> None:
    for name in names:
        if name not in dataset.names:
            raise call.error(
                "0001", f"the column '{name}' was not found. The dataset has {', '.join(dataset.names[:40])}."
            )
