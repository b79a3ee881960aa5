"""The data frame behind the encoder's matrix: which rows a user's estimator scores and which it refuses."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression, MultiTaskLasso
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.tree import DecisionTreeClassifier

from studio.model.manifest import REGRESSION, TWO_CLASS
from studio.model.scikit.columns import FrameColumn
from studio.model.scikit.frame import FrameModel

# As in the process that fits, where libraries may warn.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
COLUMN = FrameColumn("x", 0, "number").to_json()


def fitted(estimator, task=TWO_CLASS):
    x = np.linspace(0.1, 5, 40).reshape(-1, 1)
    classes = ["high", "low"] if task == TWO_CLASS else []
    target = (x[:, 0] <= 2).astype(int) if classes else x[:, 0] * 2
    return FrameModel(estimator, [COLUMN], task, classes).fit(x, target)


@pytest.mark.parametrize("refused", [[1], [0, 5], [5, 6, 7], range(12), []])
def test_a_value_that_the_estimator_refuses_costs_its_own_row_only(refused):
    model = fitted(make_pipeline(FunctionTransformer(np.log), LogisticRegression()))
    rows = np.linspace(0.5, 4, 12).reshape(-1, 1)
    rows[list(refused)] = 0.0
    found = model.scores(rows)
    assert np.flatnonzero(np.isnan(found).any(axis=1)).tolist() == list(refused)
    kept = [row for row in range(12) if row not in refused]
    if kept:
        assert np.array_equal(found[kept], model._score(rows[kept]))


@pytest.mark.attack("Size and time")
def test_an_estimator_that_refuses_everything_is_not_asked_for_ever(monkeypatch):
    model = fitted(make_pipeline(FunctionTransformer(np.log), LogisticRegression()))
    rows = np.zeros((16, 1))
    monkeypatch.setattr("studio.model.scikit.frame.MAX_REFUSALS", 31)
    assert np.isnan(model.scores(rows)).all()
    monkeypatch.setattr("studio.model.scikit.frame.MAX_REFUSALS", 30)
    with pytest.raises(ValueError, match="infinity"):
        model.scores(rows)


def test_no_rows_have_no_scores():
    assert fitted(LinearRegression(), REGRESSION).scores(np.empty((0, 1))).shape == (0, 1)


@pytest.mark.parametrize("kind", [MultiOutputClassifier, ClassifierChain])
@pytest.mark.parametrize("labels", [["high", "low"], ["a", "b", "c"]])
def test_classifiers_of_several_outputs_have_one_in_a_service(kind, labels):
    x = np.linspace(0, 1, 60).reshape(-1, 1)
    codes = np.arange(60) * len(labels) // 60
    model = FrameModel(kind(DecisionTreeClassifier()), [COLUMN], TWO_CLASS, labels).fit(x, codes)
    assert (model.scores(x).argmax(axis=1) == codes).all()


def test_regressors_of_several_outputs_have_one_also_at_the_end_of_a_search():
    search = GridSearchCV(make_pipeline(FunctionTransformer(), MultiTaskLasso()), {"multitasklasso__alpha": [1e-3]})
    found = fitted(search, REGRESSION).scores(np.array([[1.0], [3.0]]))
    assert np.allclose(found, [[2.0], [6.0]], atol=0.01)
