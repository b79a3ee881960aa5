"""Composed pipelines of scikit-learn's documentation: four each time, all of them each night and in `make parity`."""

import pytest

from examples.parity.composed import SAME_FIT, Case, judge_composed
from examples.parity.estimators import ONNX, REFUSED
from examples.parity.pipelines import CASES
from studio.model.parity import TOLERANCE

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")
# Those without an exporter yet: scored by scikit-learn in a process of its own.
BY_SKOPS = {
    "Imputing missing values with variants of IterativeImputer",
    "Scalable learning with polynomial kernel approximation: Nystroem",
    "Time-related feature engineering: straight lines",
    "Transforming target in regression (user guide): quantiles",
}
QUICK = (
    "Column Transformer with Mixed Types",
    "Column Transformer with Heterogeneous Data Sources",
    "Polynomial and Spline interpolation: B-spline",
    "Map data to a normal distribution: quantiles",
)


def check(case):
    found = judge_composed(Case(*case))
    assert found.verdict.way != REFUSED, found.verdict.reason
    assert (found.verdict.way != ONNX) == (case[0] in BY_SKOPS), found.verdict.reason
    assert found.verdict.difference <= TOLERANCE
    assert found.apart <= SAME_FIT


@pytest.mark.slow
@pytest.mark.parametrize("name", QUICK)
def test_a_composed_pipeline_scores_new_rows_as_in_the_notebook(name):
    check(next(case for case in CASES if case[0] == name))


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_every_composed_pipeline_is_published(case):
    check(case)
