"""Exporters of users' pipelines, against scikit-learn: a few of each family here, all of them in `make parity`."""

import pytest

from examples.parity.estimators import ONNX, REFUSED, classes_for, judge, list_predictors

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")
# skops cannot store it: its tree of clusters is made of objects of its own.
WITHOUT = {"Birch"}
USUAL = (
    *("LogisticRegression", "SVC", "KNeighborsClassifier", "GaussianNB", "GradientBoostingClassifier", "LinearSVC"),
    *("Ridge", "RANSACRegressor", "TweedieRegressor", "AdaBoostRegressor", "SGDOneClassSVM", "KMeans"),
    *("MultiOutputClassifier", "ClassifierChain", "MultiOutputRegressor", "RegressorChain", "MultiTaskLasso"),
)


@pytest.mark.slow
@pytest.mark.parametrize("name", USUAL)
def test_the_graph_scores_as_scikit_learn(name):
    kind, estimator = next((kind, estimator) for other, kind, estimator in list_predictors() if other == name)
    found = judge(name, kind, estimator)
    assert found.way == ONNX, found.reason


@pytest.mark.long
def test_every_predictor_is_published_and_most_as_onnx():
    found = [judge(*item, classes) for item in list_predictors() for classes in classes_for(*item[:2])]
    assert {item.name for item in found if item.way == REFUSED} <= WITHOUT
    published = [item for item in found if item.way != REFUSED]
    assert sum(item.way == ONNX for item in published) >= 0.8 * len(published)
