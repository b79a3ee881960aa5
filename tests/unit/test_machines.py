"""The estimators that stand in for the original's: exported, packed, and doing what they are for."""

import numpy as np
import pytest
import skops.io

from studio.model.export.graphs import export_graph
from studio.model.machines import BayesPointMachine, LocalDeepMachine, OrdinalClassifier, _with_ones
from studio.model.packaging import check_parity
from studio.model.pipeline_check import check_pipeline
from studio.model.session import SkopsScorer
from tests.builders import LONG_LEARNERS, clean_people, load_packed, train_on


@pytest.fixture(scope="module")
def people():
    return clean_people(150)


@pytest.mark.parametrize("learner", LONG_LEARNERS)
def test_each_is_in_the_graph_and_its_pipeline_is_accepted(learner, people):
    trained = train_on(learner, people)
    assert check_parity(trained, export_graph(trained), []).holds
    assert load_packed(trained).file.manifest.runtime == "onnx"
    content = skops.io.dumps(trained.pipeline)
    check_pipeline(content)
    scores = SkopsScorer(content, trained.task, trained.encoder).score(trained.matrix)
    assert np.array_equal(scores, trained.score(trained.matrix))


def test_a_bayes_point_machine_finds_the_line_and_knows_how_sure_it_is():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(800, 2))
    odds = 3 * rows[:, 0] - 2 * rows[:, 1] + 1
    truth = (rng.random(800) < 1 / (1 + np.exp(-odds))).astype(int)
    machine = BayesPointMachine().fit(rows, truth)
    direction = np.append(machine.coef_[0], machine.intercept_) / machine.coef_[0, 0]
    np.testing.assert_allclose(direction, [1, -2 / 3, 1 / 3], atol=0.12)
    assert np.abs(machine.predict_proba(rows)[:, 1] - 1 / (1 + np.exp(-odds))).mean() < 0.05
    assert BayesPointMachine(bias=False).fit(rows, truth).intercept_[0] == 0


def test_a_locally_deep_machine_tells_a_chessboard_apart_which_no_line_does():
    rng = np.random.default_rng(0)
    rows = rng.uniform(-1, 1, (400, 2))
    truth = (rows[:, 0] * rows[:, 1] > 0).astype(int)
    machine = LocalDeepMachine(depth=2, weight=0.01).fit(rows, truth)
    assert (machine.predict(rows) == truth).mean() > 0.95


def test_the_gradient_of_a_locally_deep_machine_is_that_of_its_loss():
    from scipy.optimize import check_grad

    rng = np.random.default_rng(0)
    rows, signs = _with_ones(rng.normal(size=(20, 3))), rng.choice([-1.0, 1.0], 20)
    machine = LocalDeepMachine(depth=2, sharpness=0.7)
    machine._sizes = [7, 7, 3]
    start = rng.normal(size=17 * 4)
    assert (
        check_grad(lambda x: machine._loss(x, rows, signs)[0], lambda x: machine._loss(x, rows, signs)[1], start) < 1e-5
    )


def test_ordered_classes_never_have_a_negative_probability_and_keep_their_order():
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(400, 1))
    grades = np.digitize(rows[:, 0] + rng.normal(0, 0.3, 400), [-1, 0, 1])
    model = OrdinalClassifier(BayesPointMachine(iterations=5)).fit(rows, grades)
    found = model.predict_proba(rows)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert (found >= 0).all()
    assert np.abs(model.predict(rows) - grades).mean() < 0.35
    assert (np.diff(model.predict(np.linspace(-3, 3, 50)[:, np.newaxis])) >= 0).all()
