"""Join Data: join the rows of two datasets whose keys match."""

from typing import Any

from studio.graph.column_selection import pick_columns
from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset, make_dataset
from studio.graph.modules.add_columns import keep_flags, rename_duplicates
from studio.tables.schema import Column, ColumnType

LEFT_KEYS = "Comma-separated case-sensitive names of join key columns for L"
RIGHT_KEYS = "Comma-separated case-sensitive names of join key columns for R"
INNER, LEFT, FULL, SEMI = "Inner Join", "Left Outer Join", "Full Outer Join", "Left Semi-Join"
KEEP = "Keep right key columns in joined table"
MAX_ROWS, MAX_CELLS = 50_000_000, 500_000_000


def run(call: Call) -> tuple[Any, ...]:
    """Join on the key columns; missing keys match nothing."""
    left, right = call.inputs["Dataset1"], call.inputs["Dataset2"]
    keys = _keys(call, left, call.properties[LEFT_KEYS]), _keys(call, right, call.properties[RIGHT_KEYS])
    if len(keys[0]) != len(keys[1]):
        raise call.error(
            "0027", f"both sides must have the same number of key columns, got {len(keys[0])} and {len(keys[1])}."
        )
    _check_types(call, left, right, keys)
    pairs = _match(call, left, right, keys)
    if call.properties["Join type"] == SEMI:
        return (_taken(left, sorted(set(pairs[0].tolist()))),)
    kept = right.names if call.properties.get(KEEP, True) else [name for name in right.names if name not in keys[1]]
    shown = rename_duplicates(left.names, right.select(kept)) if kept else None
    return (_joined(left, shown, pairs),)


def _keys(call: Call, dataset: Dataset, picker: Any) -> list[str]:
    if isinstance(picker, str) and picker not in dataset:
        picker = [name.strip() for name in picker.split(",")]
    return pick_columns(call, dataset, picker)


def _check_types(call: Call, left: Dataset, right: Dataset, keys: tuple[list[str], list[str]]) -> None:
    for one, other in zip(*keys, strict=True):
        types = left.column(one).type, right.column(other).type
        if (types[0] is ColumnType.STRING) != (types[1] is ColumnType.STRING):
            raise call.error(
                "0016", f"the keys '{one}' ({types[0].value}) and '{other}' ({types[1].value}) cannot be compared."
            )


def _match(call: Call, left: Dataset, right: Dataset, keys: tuple[list[str], list[str]]) -> tuple[Any, Any]:
    """Return the positions of matching rows on both sides, -1 where there is no match."""
    import pandas as pd

    how = {INNER: "inner", SEMI: "inner", LEFT: "left", FULL: "outer"}[call.properties["Join type"]]
    sides = [
        _key_frame(call, dataset, names, side) for dataset, names, side in ((left, keys[0], "L"), (right, keys[1], "R"))
    ]
    names = [str(index) for index in range(len(keys[0]))]
    known = [side.dropna(subset=names) for side in sides]
    counts = [frame.groupby(names).size().rename(label) for frame, label in zip(known, "LR", strict=True)]
    n_rows = int(pd.concat(counts, axis=1, join="inner").prod(axis=1).sum())
    n_columns = len(left.names) + (0 if call.properties["Join type"] == SEMI else len(right.names))
    if n_rows > MAX_ROWS or n_rows * n_columns > MAX_CELLS:
        raise call.error(
            "0138",
            f"the result would have {n_rows:,} rows and {n_columns:,} columns, more than {MAX_ROWS:,} rows or "
            f"{MAX_CELLS:,} cells. Use keys with fewer duplicates, or select fewer columns.",
        )
    found = pd.merge(known[0], known[1], on=names, how="inner", sort=False)
    pairs = found[["L", "R"]].sort_values(["L", "R"])
    parts = [pairs]
    if how in ("left", "outer"):
        lonely = sorted(set(range(len(left.frame))) - set(pairs["L"]))
        parts.append(pd.DataFrame({"L": lonely, "R": -1}))
    if how == "outer":
        lonely = sorted(set(range(len(right.frame))) - set(pairs["R"]))
        parts.append(pd.DataFrame({"L": -1, "R": lonely}))
    whole = pd.concat([part for part in parts if len(part)] or parts[:1])
    return whole["L"].to_numpy(dtype=int), whole["R"].to_numpy(dtype=int)


def _key_frame(call: Call, dataset: Dataset, names: list[str], side: str) -> Any:
    import pandas as pd

    frame = pd.DataFrame({str(index): dataset.frame[name].to_numpy() for index, name in enumerate(names)})
    if not call.properties["Match case"]:
        frame = frame.map(lambda value: value.casefold() if isinstance(value, str) else value)
    frame[side] = range(len(frame))
    return frame


def _joined(left: Dataset, right: Dataset | None, pairs: tuple[Any, Any]) -> Dataset:
    import pandas as pd

    columns, arrays, flags = [], {}, []
    for dataset, positions in ((left, pairs[0]), (right, pairs[1])):
        for column in dataset.columns if dataset is not None else ():
            assert dataset is not None
            values = dataset.frame[column.name].reset_index(drop=True).reindex(positions).to_numpy()
            columns.append(Column(column.name, column.type))
            arrays[column.name] = values
            flags.append(column)
    return keep_flags(make_dataset(columns, pd.DataFrame(arrays)), flags)


def _taken(dataset: Dataset, rows: list[int]) -> Dataset:
    chosen = dataset.with_rows(rows)
    frame = chosen.frame[chosen.names].reset_index(drop=True)
    return keep_flags(make_dataset(list(chosen.schema), frame), list(chosen.columns))


MODULES = (
    Module(
        name="Join Data",
        family="124865f7e9014656adacf4cb08248099",
        inputs=(Port("Dataset1", PortType.DATASET), Port("Dataset2", PortType.DATASET)),
        outputs=(Port("Results dataset", PortType.DATASET),),
        properties=(
            Property(LEFT_KEYS, Kind.COLUMNS),
            Property(RIGHT_KEYS, Kind.COLUMNS),
            Property("Match case", Kind.BOOLEAN, True),
            Property("Join type", Kind.CHOICE, INNER, choices=(INNER, LEFT, FULL, SEMI)),
            Property(KEEP, Kind.BOOLEAN, True, when=("Join type", (INNER, LEFT, FULL))),
        ),
        run=run,
        effect=Effect.TABLE,
        notes=("Missing keys match nothing. Duplicate names on the right become `name (1)`, `name (2)`, …",),
    ),
)
