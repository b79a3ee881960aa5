"""Measures of drift: the right figures, nothing where nothing is, and more than chance where something is."""

import numpy as np
import pyarrow as pa
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import ks_2samp

from studio.model.baseline_making import describe_column
from studio.model.shifts import JS, KS, MISSING, OUT_OF_RANGE, PSI, UNSEEN, measure_shift, measures_of
from studio.tables.schema import Column, ColumnType

RNG = np.random.default_rng(7)
NORMAL = describe_column(Column("x", ColumnType.DOUBLE), pa.array(RNG.normal(size=20_000)))
CITIES = pa.array(RNG.choice(["Oslo", "Lima", "Cairo"], 5000, p=[0.6, 0.3, 0.1]))
CITY = describe_column(Column("city", ColumnType.STRING), CITIES)


def shift(column, cells):
    return measure_shift(column, column.count(pa.array(cells)))


def test_the_figures_are_those_of_the_definitions_less_what_chance_adds():
    later = RNG.normal(0.7, 1.2, 50_000)
    found = shift(NORMAL, later)
    p, q = NORMAL.vector[1:21] / 20_000, NORMAL.count(pa.array(later))[1:21] / 50_000
    noise = 19 * (1 / 20_000 + 1 / 50_000)
    assert found[PSI].value == pytest.approx(((q - p) * np.log(q / p)).sum() - noise, abs=2e-3)
    assert found[JS].value == pytest.approx(jensenshannon(p, q, base=2), abs=1e-2)
    assert found[KS].value == pytest.approx(ks_2samp(RNG.normal(size=50_000), later).statistic, abs=0.03)
    assert found[OUT_OF_RANGE].value == pytest.approx((np.abs(later) > 4).mean(), abs=0.01)


@pytest.mark.parametrize("rows", [50, 200, 5000])
def test_equal_data_measures_about_nothing_however_few_rows_there_are(rows):
    drawn = [shift(NORMAL, RNG.normal(size=rows)) for _ in range(40)]
    assert np.mean([found[PSI].value for found in drawn]) < 10 / rows
    assert np.mean([found[KS].value for found in drawn]) < 1 / rows**0.5
    # A probability of chance is evenly distributed if it is chance, and careful if it is not.
    for name in measures_of(NORMAL):
        assert sum(found[name].chance < 0.05 for found in drawn) <= 7, name


def test_shares_of_missing_unseen_and_outlying_cells_are_compared_with_those_of_the_training():
    found = shift(CITY, [None] * 30 + ["Atlantis"] * 20 + ["Oslo"] * 100 + ["Lima"] * 50)
    assert (found[MISSING].value, found[UNSEEN].value) == (0.15, pytest.approx(20 / 170))
    assert max(found[MISSING].chance, found[UNSEEN].chance) < 1e-9
    assert KS not in found
    assert OUT_OF_RANGE not in found
    nearly_all = describe_column(Column("x", ColumnType.DOUBLE), pa.array([None] * 900 + [1.0] * 100))
    assert shift(nearly_all, [None] * 180 + [1.0] * 20)[MISSING].chance > 0.5
    assert shift(nearly_all, [None] * 100 + [1.0] * 100)[MISSING].chance < 1e-9
    assert shift(NORMAL, [99.0] * 5 + [0.0] * 95)[OUT_OF_RANGE].chance < 1e-6


def test_categories_that_are_rare_in_training_may_be_new_ones_later():
    names = [f"name {place}" for place in range(150)]
    rare = describe_column(Column("name", ColumnType.STRING), pa.array([*names, *["often"] * 150]))
    # Half of the training rows brought a name that no other had, so later rows will bring more.
    assert shift(rare, [f"other {place}" for place in range(100)] + ["often"] * 100)[UNSEEN].chance > 0.01
    assert shift(CITY, [f"other {place}" for place in range(100)] + ["Oslo"] * 100)[UNSEEN].chance < 1e-9


def test_without_cells_there_is_nothing_to_measure():
    assert shift(CITY, pa.array([], pa.string())) == {}
    assert list(shift(CITY, pa.array([None] * 9, pa.string()))) == [MISSING]


def test_halves_of_the_training_rows_that_differ_are_in_the_baseline():
    risen = describe_column(Column("x", ColumnType.DOUBLE), pa.array(np.linspace(0, 1, 1000)))
    assert risen.halves[PSI] > 3
    assert NORMAL.halves.get(PSI, 0) < 0.005
