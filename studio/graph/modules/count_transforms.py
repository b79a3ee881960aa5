"""Changes of counting transforms: other parameters, or the counts of two taken together."""

from dataclasses import replace
from typing import Any

import numpy as np

from studio.graph.contract import Call, Kind, Module, Port, PortType, Property
from studio.graph.count_tables import (
    BOTH,
    COUNTS,
    IGNORE,
    LOG_ODDS,
    MAX_VALUES,
    OUTPUT,
    PARAMETERS,
    PSEUDO,
    THRESHOLD,
    Table,
)
from studio.graph.modules.build_counting_transform import apply
from studio.graph.transformations import Transformation
from studio.model.encoder import Feature

NOISE = "Laplacian noise scale"
PORT, FIRST, SECOND = "Counting transform", "Previous counting transform", "New counting transform"


def run_modify(call: Call) -> tuple[Any, ...]:
    """Return the transformation with the parameters of the properties."""
    transform = _counting(call, PORT)
    given = {name: call.properties[name] for name in PARAMETERS}
    return (replace(transform, learned=transform.learned | {"parameters": given}),)


def run_merge(call: Call) -> tuple[Any, ...]:
    """Return the transformation with the counts of both, and the parameters of the first."""
    first, second = _counting(call, FIRST), _counting(call, SECOND)
    others = {table[0]: table for table in second.learned["tables"]}
    mine = {table[0] for table in first.learned["tables"]}
    if mine != others.keys() or first.columns != second.columns:
        raise call.error("0018", "the two transformations must count the same columns, of the same types.")
    merged = [_added(call, table, others[table[0]]) for table in first.learned["tables"]]
    return (replace(first, learned=first.learned | {"tables": merged}),)


def _counting(call: Call, port: str) -> Transformation:
    transform: Transformation = call.inputs[port]
    if transform.apply is not apply:
        raise call.error("0018", f"'{port}' must come from Build Counting Transform, not from {transform.module}.")
    return transform


def _added(call: Call, first: Table, second: Table) -> Table:
    widths = {len(counts[0]) for _, _, counts in (first, second)}
    if len(widths) > 1:
        raise call.error("0018", f"the column '{first[0]}' was counted with different numbers of classes.")
    rows: dict[str | None, Any] = {}
    for _, feature, counts in (first, second):
        for key, row in zip((*(feature.categories or ()), None), counts, strict=True):
            rows[key] = rows.get(key, 0) + np.array(row)
    missing = rows.pop(None)
    kept = sorted(sorted(rows, key=lambda key: (-rows[key].sum(), str(key)))[:MAX_VALUES], key=str)
    feature = Feature(first[0], tuple(str(key) for key in kept), missing_seen=True)
    return first[0], feature, tuple(tuple(row.tolist()) for row in (*(rows[key] for key in kept), missing))


MODULES = (
    Module(
        name="Modify Count Table Parameters",
        family="",
        inputs=(Port(PORT, PortType.TRANSFORMATION),),
        outputs=(Port("Modified transform", PortType.TRANSFORMATION),),
        properties=(
            Property(THRESHOLD, Kind.NUMBER, PARAMETERS[THRESHOLD], 0),
            Property(PSEUDO, Kind.NUMBER, PARAMETERS[PSEUDO], 0),
            Property(NOISE, Kind.NUMBER, 0.0, 0, 0),
            Property(OUTPUT, Kind.CHOICE, BOTH, choices=(COUNTS, LOG_ODDS, BOTH)),
            Property(IGNORE, Kind.BOOLEAN, False),
        ),
        run=run_modify,
        notes=("Noise is not supported: the Laplacian noise scale must be 0.",),
    ),
    Module(
        name="Merge Count Transform",
        family="",
        inputs=(Port(FIRST, PortType.TRANSFORMATION), Port(SECOND, PortType.TRANSFORMATION)),
        outputs=(Port("Merged counting transform", PortType.TRANSFORMATION),),
        run=run_merge,
        notes=("Both must have counted the same columns with the same classes.",),
    ),
)
