"""Operations on matrices and as ONNX nodes: the same numbers, gaps and extremes included."""

import math

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from studio.model.export.nodes import INPUT, GraphBuilder
from studio.model.export.operations import export_operation
from studio.model.operations import (
    OPERATIONS,
    Affine,
    Bins,
    Clip,
    Codes,
    DateParts,
    FillNumbers,
    Formula,
    Indicators,
    IsMissing,
    Logistic,
    LogNormal,
    Lookup,
    Outside,
    Project,
    Refill,
    ReplaceNumber,
    Tanh,
    normal_distribution,
    operation_from_json,
    operation_to_json,
)
from studio.model.session import OnnxScorer

# Seconds of processor time: `make check` leaves them to `make test`.
pytestmark = pytest.mark.slow

NAN = math.nan
EXAMPLES = [
    Affine((1.0, -2.0, 0.0), (2.0, 0.5, 1.0)),
    Affine((1.0, 0.0, 0.0), (1.0, NAN, 1.0)),
    Logistic(),
    Tanh(),
    LogNormal((0.0, 1.0, -1.0), (1.0, 0.5, 2.0)),
    Clip((-1.0, 0.0, -math.inf), (1.0, math.inf, 3.0), (-1.0, NAN, 0.0), (1.0, 0.0, NAN)),
    Outside((-1.0, 0.0, -math.inf), (1.0, math.inf, 3.0)),
    FillNumbers((1.0, 2.0, 3.0)),
    ReplaceNumber(1.0, 9.5),
    IsMissing(),
    Bins((-1.0, 0.0, 2.5), (1.0, 2.0, 3.0, 4.0)),
    Bins((math.inf,), (50.0, 100.0)),
    Codes((-1.0, 0.0, 1.0, 2.0)),
    Project((0.5, 0.5, 0.5), ((1.0, 0.0, 2.0), (0.25, -1.0, 0.0)), 2.0**-30),
    Refill(
        (1.0, 2.0, 3.0),
        ((0, (0.0, 0.5, 0.25), 1.0, -math.inf, math.inf), (2, (1.0, -1.0, 0.0), 0.0, 0.0, 5.0)),
        3,
        False,
        (2.0**-30,) * 3,
    ),
    Refill(
        (1.0, 2.0, 3.0),
        tuple((i, (0.1, 0.2, 0.3), 0.5, -math.inf, math.inf) for i in range(3)),
        4,
        True,
        (2.0**-30,) * 3,
    ),
    Formula("Divide", NAN),
]
ONE_COLUMN = [Indicators(4), Lookup(((1.0, 2.0), (3.0, 4.0), (5.0, 6.0))), DateParts(("Year", "Hour"))]
numbers = st.one_of(st.floats(-1e6, 1e6), st.sampled_from([NAN, 0.0, -1.0, 1.0, 2.5, 1e-9, -1e-9]))


def graph_of(operation, width):
    build = GraphBuilder()
    result = export_operation(build, operation, INPUT)
    return OnnxScorer(build.to_bytes(result, width, operation.width(width)))


@pytest.mark.parametrize("operation", [*EXAMPLES, *ONE_COLUMN], ids=lambda item: type(item).__name__)
def test_the_graph_computes_what_the_operation_does(operation):
    width = 1 if isinstance(operation, (Indicators, Codes, DateParts, Lookup)) else 3
    graph = graph_of(operation, width)

    @settings(max_examples=60, deadline=None)
    @given(arrays(np.float64, (7, width), elements=numbers))
    def compare(values):
        expected = operation.apply(values)
        assert expected.shape == (7, operation.width(width))
        np.testing.assert_allclose(
            graph.score(values), expected, rtol=1e-12, atol=2.0**-30 if hasattr(operation, "maps") else 1e-12
        )

    compare()


@pytest.mark.parametrize("operation", [*EXAMPLES, *ONE_COLUMN], ids=lambda item: type(item).__name__)
def test_operations_are_kept_as_json(operation):
    text = orjson.dumps(operation_to_json(operation))
    back = operation_from_json(orjson.loads(text))
    assert repr(back) == repr(operation)


def test_every_operation_is_tried():
    assert {type(item).__name__ for item in (*EXAMPLES, *ONE_COLUMN)} == set(OPERATIONS)


def test_the_normal_distribution_is_scipys():
    from scipy.stats import norm

    z = np.concatenate([np.linspace(-8, 8, 4001), [-40.0, 40.0]])
    assert np.abs(normal_distribution(z) - norm.cdf(z)).max() < 1e-14
