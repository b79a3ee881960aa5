"""Requests with explain=true: whole bodies, without storage. test_explain.py is about the numbers."""

import gc
import json
import math

import numpy as np
import orjson
import pytest

from studio.errors import BadArgument, BadUserArgument, InvalidOperation
from studio.model.explain.columns import BASE, ERROR, MARGIN, explanation_cells
from studio.model.explain.explainer import Explanation
from studio.model.explain.links import Link
from studio.model.loaded import load_model
from studio.registry.definitions import PREDICTIVE, Definition
from studio.serving import explainers as module
from studio.serving.explainers import Explainers
from studio.serving.extras import Extras
from studio.serving.scoring import score_request
from tests.unit.test_explain import FOLDER, ROWS, loaded
from tests.unit.test_scoring import snapshot, table

NAMES = ["age", "city", "hours", "smoker"]
ADDED = [f"Contribution: {name}" for name in NAMES]


class Models:
    def __init__(self, name="boosted"):
        self.model = loaded(name)

    def get(self, digest):
        return self.model


def ask(body, *, swagger=True, name="boosted", explainers=None, append=True):
    models = Models(name)
    content = json.dumps(body).encode()
    explainers = explainers or Explainers()
    answer = score_request(
        snapshot(models, append=append), models, content, swagger=swagger, extras=Extras(explainers=explainers)
    )
    return orjson.loads(answer)["Results"]["output1"]


def rows(count=2):
    return table(*[row[:4] for row in ROWS[:count]])


def test_each_column_has_its_contribution_and_the_sum_is_the_log_odds_of_the_score():
    for row in ask(rows(6)):
        log_odds = float(row[BASE]) + sum(float(row[name]) for name in ADDED)
        assert math.isclose(1 / (1 + math.exp(-log_odds)), float(row["Scored Probabilities"]), rel_tol=1e-9)
        assert (row[ERROR], row[MARGIN]) == ("0", "log-odds of Scored Probabilities")


def test_a_table_has_the_columns_at_its_end():
    value = ask(rows(), swagger=False)["value"]
    more = [*ADDED, BASE, ERROR, MARGIN]
    assert value["ColumnNames"] == [*NAMES, "Scored Labels", "Scored Probabilities", *more]
    assert value["ColumnTypes"][-7:] == ["Double"] * 6 + ["String"]
    assert {len(row) for row in value["Values"]} == {len(value["ColumnNames"])}
    assert ask(rows(), swagger=False, append=False)["value"]["ColumnNames"][2:] == more


def test_the_rest_of_the_response_is_as_without():
    models, content = Models(), json.dumps(rows(6)).encode()
    plain = orjson.loads(score_request(snapshot(models), models, content, swagger=True))["Results"]["output1"]
    explained = ask(rows(6))
    assert [dict(list(row.items())[:6]) for row in explained] == plain


@pytest.mark.parametrize(
    ("name", "margin"),
    [
        ("boosted-regression", "Scored Labels"),
        ("boosted-classes", 'margin of Scored Probabilities for Class "Oslo"'),
        ("forest-classes", 'Scored Probabilities for Class "Oslo"'),
        ("forest", "Scored Probabilities"),
        ("linear", "Scored Labels"),
    ],
)
def test_the_last_column_says_what_the_contributions_add_up_to(name, margin):
    model = loaded(name)
    places = [["age", "city", "hours", "smoker", "bought"].index(item.name) for item in model.encoder.sources]
    body = table(*[[row[place] for place in places] for row in ROWS], names=[c.name for c in model.encoder.sources])
    found = ask(body, name=name)
    assert margin in {row[MARGIN] for row in found}
    for row in found:
        if row[MARGIN] in row:
            added = sum(float(row[f"Contribution: {column.name}"]) for column in model.encoder.sources)
            assert math.isclose(float(row[BASE]) + added, float(row[row[MARGIN]]), abs_tol=1e-9)


def test_no_rows_are_no_error():
    assert ask(table()) == []


def test_too_many_rows_are_refused_in_words(monkeypatch):
    monkeypatch.setattr(module, "MAX_ROWS", 3)
    with pytest.raises(BadUserArgument, match="At most 3 rows are explained in a request, got 4"):
        ask(rows(4))


@pytest.mark.attack("memory and time")
def test_rows_that_take_long_are_given_up(monkeypatch):
    monkeypatch.setattr(module, "MAX_SECONDS", -1.0)
    with pytest.raises(BadUserArgument, match=r"takes longer than -1 s\. Send fewer rows"):
        ask(rows())


def test_the_flag_is_true_or_false():
    explainers, definition = Explainers(), Definition(PREDICTIVE, {}, (), (), ())
    assert explainers.wanted(definition, "True") is explainers
    assert explainers.wanted(definition, "false") is None
    with pytest.raises(BadArgument, match="explain must be true or false, got 'yes'"):
        explainers.wanted(definition, "yes")


def test_a_service_that_runs_modules_says_that_it_cannot_be_explained():
    definition = Definition(PREDICTIVE, {}, (), (), (), models=("people",))
    with pytest.raises(InvalidOperation, match="runs modules for each request"):
        Explainers().wanted(definition, "true")


def test_an_explainer_is_made_once_goes_with_its_model_and_the_oldest_makes_room():
    explainers = Explainers(max_bytes=1)
    one, other = (load_model((FOLDER / f"{name}.ilearner").read_bytes(), 1 << 28) for name in ("boosted", "linear"))
    first = explainers.get(one)
    assert explainers.get(one) is first
    explainers.get(other)
    assert explainers.get(one) is not first
    assert len(explainers._kept) == 1
    del one, first
    gc.collect()
    assert not explainers._kept


def test_a_row_without_a_score_has_no_numbers_and_a_column_that_a_model_does_not_take_adds_nothing():
    nothing = np.array([math.nan])
    found = Explanation(("a",), nothing[None], nothing, np.zeros(1), np.zeros(1, int), Link.LOGIT)
    cells = explanation_cells(found, loaded("boosted").file.manifest, ["a", "b"])
    assert cells == [[None], [0.0], [None], [0.0], ["log-odds of Scored Probabilities"]]
