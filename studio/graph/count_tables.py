"""Tables of how often each value of a column occurs with each class, and the features made of them."""

from typing import Any

import numpy as np

from studio.model.encoder import Feature
from studio.model.operations import Lookup

# The parameters of the features, with the original's defaults.
THRESHOLD, PSEUDO, OUTPUT, IGNORE = (
    "Garbage bin threshold",
    "Additional prior pseudo examples",
    "Output features include",
    "Ignore back off column",
)
COUNTS, LOG_ODDS, BOTH = "CountsOnly", "LogOddsOnly", "BothCountsAndLogOdds"
PARAMETERS: dict[str, Any] = {THRESHOLD: 10.0, PSEUDO: 42.0, OUTPUT: BOTH, IGNORE: False}
MAX_VALUES = 50_000

# A table: the column, its values as categories, and a row of counts by class for each value, then for missing ones.
Table = tuple[str, Feature, tuple[tuple[float, ...], ...]]


def features(counts: tuple[tuple[float, ...], ...], parameters: dict[str, Any]) -> tuple[Lookup, list[str]]:
    """Return the features of each code of a column, and the endings of their names.

    Values that occur too rarely, and values that never did, share the counts of all rare values.
    """
    table = np.array(counts)
    rare = table.sum(axis=1) < parameters[THRESHOLD]
    shared = table[rare].sum(axis=0)
    # The last code is that of values not seen.
    table = np.vstack([np.where(rare[:, np.newaxis], shared, table), shared])
    flags = np.append(rare, True).astype(np.float64)
    total = np.array(counts).sum(axis=0)
    prior = total / total.sum()
    pseudo = parameters[PSEUDO] or 1e-3
    for_class = table + prior * pseudo
    against = table.sum(axis=1, keepdims=True) - table + (1 - prior) * pseudo
    odds = np.log(np.maximum(for_class, 1e-9) / np.maximum(against, 1e-9))
    parts, endings = [], []
    classes = range(table.shape[1])
    if parameters[OUTPUT] != LOG_ODDS:
        parts.append(table)
        endings += [f"Class{index:03}_Count" for index in classes]
    if parameters[OUTPUT] != COUNTS:
        parts.append(odds)
        endings += [f"Class{index:03}_LogOdds" for index in classes]
    if not parameters[IGNORE]:
        parts.append(flags[:, np.newaxis])
        endings.append("IsBackoff")
    return Lookup(tuple(map(tuple, np.hstack(parts).tolist()))), endings
