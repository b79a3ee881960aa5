"""Group Data into Bins: replace numbers with the bin they fall into."""

from dataclasses import replace
from typing import Any

import numpy as np

from studio.graph.column_selection import pick_numbers
from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset, Role
from studio.graph.transformations import learn_and_apply, replace_columns
from studio.model.operations import Bins
from studio.tables.schema import Column, ColumnType

MODE, COUNT = "Binning mode", "Number of bins"
QUANTILES, EQUAL, CUSTOM_WIDTH, EDGES, ENTROPY = (
    "Quantiles",
    "EqualWidth",
    "EqualWidthCustomStartAndStop",
    "CustomEdges",
    "EntropyMDL",
)
APPEND, IN_PLACE, ONLY = "Append", "Inplace", "ResultOnly"
FIRST, WIDTH, LAST = "First edge position", "Bin width", "Last edge position"
LIST = "Comma-separated list of bin edges"
NORMALIZATIONS = ("Percent", "PQuantile", "QuantileIndex")
MAX_BINS = 1000


def run(call: Call) -> tuple[Any, ...]:
    """Learn the bin edges of the selected columns and bin them."""
    dataset: Dataset = call.inputs["Dataset"]
    names = pick_numbers(call, dataset, call.properties["Columns to bin"])
    names = [name for name in names if dataset.frame[name].notna().any()]
    learned = {name: _learn(call, dataset, name) for name in names}
    return learn_and_apply(call, names, apply, learned)


def apply(call: Call, dataset: Dataset, learned: dict[str, Bins]) -> Dataset:
    """Return the dataset with the binned columns after the originals, in place of them, or alone."""
    mode = call.properties.get("Output mode", APPEND)
    changed: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for name, bins in learned.items():
        whole = all(value.is_integer() for value in bins.values)
        output = Column(
            name if mode == IN_PLACE else f"{name}_quantized", ColumnType.INT32 if whole else ColumnType.DOUBLE
        )
        (made,), arrays = dataset.computed(bins, [name], [output])
        made = replace(made, categorical=bool(call.properties.get("Tag columns as categorical", True)))
        changed[name] = [dataset.column(name), made] if mode == APPEND else [made]
        values |= arrays
    result = replace_columns(dataset, changed, values)
    return result.select([item.name for made in changed.values() for item in made]) if mode == ONLY else result


def _learn(call: Call, dataset: Dataset, name: str) -> Bins:
    values = dataset.frame[name].to_numpy(dtype=np.float64)
    edges = np.unique(_edges(call, dataset, name, values[~np.isnan(values)]))
    if not len(edges):
        edges = np.array([np.inf])
    if len(edges) >= MAX_BINS:
        raise call.error("0075", f"a column can have at most {MAX_BINS} bins, got {len(edges) + 1} for '{name}'.")
    return Bins(tuple(edges.tolist()), _values(call, len(edges) + 1))


def _values(call: Call, count: int) -> tuple[float, ...]:
    """Return the value of each bin: its number from 1, or its quantile from 0 to 1 or to 100."""
    scale = {"Percent": 100 / count, "PQuantile": 1 / count}.get(call.properties.get("Quantile normalization", ""), 1.0)
    return tuple(number * scale for number in range(1, count + 1))


def _edges(call: Call, dataset: Dataset, name: str, present: Any) -> Any:
    match call.properties[MODE]:
        case "Quantiles":
            return np.quantile(present, np.arange(1, call.properties[COUNT]) / call.properties[COUNT])
        case "EqualWidth":
            return np.linspace(present.min(), present.max(), call.properties[COUNT] + 1)[1:-1]
        case "EqualWidthCustomStartAndStop":
            first, width, last = (call.properties[part] for part in (FIRST, WIDTH, LAST))
            if width <= 0 or last < first:
                raise call.error("0075", f"{WIDTH} must be greater than 0, and {LAST} must not be below {FIRST}.")
            return first + width * np.arange(min(MAX_BINS, int((last - first) / width + 1e-9)) + 1)
        case "CustomEdges":
            return _custom_edges(call)
    return _entropy_edges(call, dataset, name)


def _custom_edges(call: Call) -> Any:
    text = call.properties[LIST]
    try:
        edges = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise call.error("0075", f"{LIST} must be numbers separated by commas, got {text!r}.") from error
    if edges != sorted(set(edges)) or not np.isfinite(edges).all():
        raise call.error("0019", f"{LIST} must be in ascending order, got {text!r}.")
    return np.array(edges)


def _entropy_edges(call: Call, dataset: Dataset, name: str) -> Any:
    """Return edges that separate the label's values, as long as each split pays for its description (MDL).

    References
    ----------
    U. Fayyad and K. Irani, Multi-Interval Discretization of Continuous-Valued Attributes, IJCAI 1993.
    """
    labels = [column.name for column in dataset.columns if column.role is Role.LABEL]
    if len(labels) != 1:
        raise call.error("0024", f"{ENTROPY} needs one label column. Mark it with Edit Metadata.")
    frame = dataset.frame[[name, labels[0]]].dropna()
    order = np.argsort(frame[name].to_numpy(dtype=np.float64), kind="stable")
    values = frame[name].to_numpy(dtype=np.float64)[order]
    _, codes = np.unique(frame[labels[0]].to_numpy().astype(str)[order], return_inverse=True)
    edges: list[float] = []
    waiting = [(values, codes)]
    while waiting and len(edges) < call.properties[COUNT] - 1:
        part_values, part_codes = waiting.pop(0)
        cut = _best_cut(part_values, part_codes)
        if cut is not None:
            edges.append(float((part_values[cut - 1] + part_values[cut]) / 2))
            waiting += [(part_values[:cut], part_codes[:cut]), (part_values[cut:], part_codes[cut:])]
    return np.array(edges)


def _best_cut(values: Any, codes: Any) -> int | None:
    n_rows = len(values)
    cuts = np.flatnonzero(np.diff(values)) + 1
    if not len(cuts):
        return None
    counts = np.cumsum(np.eye(codes.max() + 1)[codes], axis=0)
    left, whole = counts[cuts - 1], counts[-1]
    entropies = [_entropy(part) for part in (left, whole - left)]
    weighted = (cuts * entropies[0] + (n_rows - cuts) * entropies[1]) / n_rows
    best = int(weighted.argmin())
    before = _entropy(whole[np.newaxis])[0]
    classes = [int((part > 0).sum()) for part in (whole, left[best], whole - left[best])]
    delta = np.log2(3 ** classes[0] - 2) - (
        classes[0] * before - classes[1] * entropies[0][best] - classes[2] * entropies[1][best]
    )
    return int(cuts[best]) if before - weighted[best] > (np.log2(n_rows - 1) + delta) / n_rows else None


def _entropy(counts: Any) -> Any:
    shares = counts / counts.sum(axis=1, keepdims=True)
    return -(shares * np.log2(np.where(shares > 0, shares, 1))).sum(axis=1)


MODULES = (
    Module(
        name="Group Data into Bins",
        family="08550dd9c5d34538818896a9024ed92d",
        inputs=(Port("Dataset", PortType.DATASET),),
        outputs=(Port("Quantized dataset", PortType.DATASET), Port("Binning transformation", PortType.TRANSFORMATION)),
        properties=(
            Property(MODE, Kind.CHOICE, QUANTILES, choices=(QUANTILES, EQUAL, CUSTOM_WIDTH, EDGES, ENTROPY)),
            Property("Columns to bin", Kind.COLUMNS, {"select": "numeric"}),
            Property("Output mode", Kind.CHOICE, APPEND, choices=(APPEND, IN_PLACE, ONLY)),
            Property("Tag columns as categorical", Kind.BOOLEAN, True),
            Property(COUNT, Kind.INTEGER, 10, 1, MAX_BINS, when=(MODE, (QUANTILES, EQUAL, ENTROPY))),
            Property(
                "Quantile normalization", Kind.CHOICE, "Percent", choices=NORMALIZATIONS, when=(MODE, (QUANTILES,))
            ),
            Property(FIRST, Kind.NUMBER, 0.0, when=(MODE, (CUSTOM_WIDTH,))),
            Property(WIDTH, Kind.NUMBER, 0.5, when=(MODE, (CUSTOM_WIDTH,))),
            Property(LAST, Kind.NUMBER, 1.0, when=(MODE, (CUSTOM_WIDTH,))),
            Property(LIST, Kind.TEXT, when=(MODE, (EDGES,))),
        ),
        run=run,
        effect=Effect.COLUMNS,
        notes=(
            "A bin excludes its lower edge and includes its upper edge; the first and last bins are open-ended.",
            "EntropyMDL needs a column marked as label, and makes fewer bins where more would not help.",
        ),
    ),
)
