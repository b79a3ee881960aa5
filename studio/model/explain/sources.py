"""Which source columns a column of the encoded matrix, or one that stages compute, is made of."""

import math

from studio.model.encoder import Encoder
from studio.model.operations import ColumnWise, Formula, Operation, Refill

Made = frozenset[int]


def columns_of_sources(encoder: Encoder) -> list[list[int]]:
    """Return the columns of the encoded matrix by source, in the order of `encoder.sources`."""
    numbers = _source_numbers(encoder)
    found: list[list[int]] = [[] for _ in encoder.sources]
    for column, slot in enumerate(encoder.slots):
        found[numbers[slot.plan]].append(column)
    start = len(encoder.slots)
    for item in encoder.texts:
        end = start + item.operation.width(1)
        found[numbers[item.plan]] += range(start, end)
        start = end
    return found


def sources_of_columns(encoder: Encoder) -> list[Made]:
    """Return the numbers of the sources of all columns: the encoded matrix, then what stages append."""
    found: list[Made] = [frozenset()] * encoder.width
    for number, columns in enumerate(columns_of_sources(encoder)):
        for column in columns:
            found[column] = frozenset({number})
    for stage in encoder.stages:
        found += _outputs(stage.operation, [found[position] for position in stage.inputs])
    return found


def _source_numbers(encoder: Encoder) -> list[int]:
    """Return the number of each plan's source."""
    numbers = {column.name: number for number, column in enumerate(encoder.sources)}
    return [numbers[plan.source.name] for plan in encoder.plans]


def _outputs(operation: Operation, inputs: list[Made]) -> list[Made]:
    """Return what the outputs of an operation are made of."""
    if isinstance(operation, Formula):
        # Without a constant of its own, a formula's second argument is the last column.
        second = operation.constant is not None and math.isnan(operation.constant)
        return [item | inputs[-1] for item in inputs[:-1]] if second else list(inputs)
    # What Refill puts into a gap follows from the other columns.
    if isinstance(operation, ColumnWise) and not isinstance(operation, Refill):
        return list(inputs)
    return [frozenset().union(*inputs)] * operation.width(len(inputs))
