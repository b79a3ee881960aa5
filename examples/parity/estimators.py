"""Every predictor of scikit-learn as a user's estimator, for `make parity`: as ONNX, as skops, or refused, and why."""

import json
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import datasets

from perennial.estimators import write_estimator
from studio.model.encoder import Encoder, Feature, ModelInput, ShownColumn, Slot
from studio.model.export.frames import export_frame_model
from studio.model.manifest import ANOMALY, CLUSTERING, MULTICLASS, REGRESSION, TWO_CLASS
from studio.model.parity import TOLERANCE, compare_scores, perturbed_rows
from studio.model.pipeline import score_with_pipeline
from studio.model.scikit.codec import make_estimator
from studio.model.scikit.columns import FrameColumn
from studio.model.scikit.fitting import load_pipeline
from studio.model.scikit.frame import FrameModel
from studio.model.session import OnnxScorer
from studio.model.steps import PlanColumn
from studio.tables.schema import Column, ColumnType

ONNX, SKOPS, REFUSED = "onnx", "skops", "refused"
ROWS = 300


@dataclass(frozen=True)
class Verdict:
    """How an estimator is published: the way, the largest difference from scikit-learn, and the reason if not ONNX."""

    name: str
    kind: str
    way: str
    difference: float
    reason: str = ""


def list_predictors() -> list[tuple[str, str, Any]]:
    """Return the name, kind and an instance of every classifier, regressor, outlier detector and clusterer."""
    from sklearn.experimental import enable_halving_search_cv, enable_iterative_imputer  # noqa: F401
    from sklearn.utils import all_estimators, get_tags

    found = []
    for name, kind in all_estimators():
        estimator = sample_of(name, kind)
        if estimator is None or not hasattr(kind, "predict"):
            continue
        try:
            tags = get_tags(estimator)
        except AttributeError:
            continue
        if tags.estimator_type in ("classifier", "regressor", "outlier_detector", "clusterer"):
            found.append((name, tags.estimator_type, estimator))
    return found


def sample_of(name: str, kind: Any) -> Any:
    """Return an estimator with parts where it needs some; None if it is no estimator by itself."""
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.preprocessing import StandardScaler

    is_regressor = "Regressor" in name
    part: Any = Ridge() if is_regressor else LogisticRegression()
    given: dict[str, Any] = {
        "Pipeline": {"steps": [("scale", StandardScaler()), ("model", LogisticRegression())]},
        "GridSearchCV": {"estimator": part, "param_grid": {"C": [0.1, 1.0]}},
        "HalvingGridSearchCV": {"estimator": part, "param_grid": {"C": [0.1, 1.0]}},
        "RandomizedSearchCV": {"estimator": part, "param_distributions": {"C": [0.1, 1.0]}, "n_iter": 2},
        "HalvingRandomSearchCV": {"estimator": part, "param_distributions": {"C": [0.1, 1.0]}},
        "LocalOutlierFactor": {"novelty": True},
        "IsotonicRegression": {"out_of_bounds": "clip"},
        "NuSVC": {"nu": 0.2},
        "CCA": {"n_components": 1},
        "PLSCanonical": {"n_components": 1},
        "QuadraticDiscriminantAnalysis": {"reg_param": 0.1},
    }.get(name, {})
    if not given:
        import inspect

        for item in inspect.signature(kind).parameters.values():
            if item.name in ("estimators",):
                given[item.name] = [("a", part), ("b", type(part)())]
            elif item.name in ("estimator", "regressor") and item.default in (inspect.Parameter.empty, None):
                given[item.name] = part if item.default is inspect.Parameter.empty else item.default
    try:
        estimator = kind(**given)
    except TypeError:
        return None
    return estimator.set_params(n_estimators=20) if "n_estimators" in estimator.get_params(deep=False) else estimator


def table_for(kind: str, name: str, classes: int) -> tuple[Any, Any]:
    """Return a matrix and a target that suit an estimator."""
    bunch = datasets.load_breast_cancer() if classes == 2 else datasets.load_wine()
    numbers, target = bunch.data[:ROWS, :6], bunch.target[:ROWS]
    numbers = (numbers - numbers.mean(axis=0)) / numbers.std(axis=0)
    if name in ("MultinomialNB", "ComplementNB"):
        numbers = numbers - numbers.min(axis=0)
    if name == "CategoricalNB":
        numbers = np.clip(np.round(numbers + 3), 0, 5)
    if name == "IsotonicRegression":
        numbers = numbers[:, :1]
    if kind == "regressor":
        target = np.abs(numbers.sum(axis=1)) + 0.5 + numbers[:, 0] ** 2
    return numbers, target


def judge(name: str, kind: str, estimator: Any, classes: int = 2) -> Verdict:
    """Publish an estimator as the app does, in this process, and compare the scores."""
    numbers, target = table_for(kind, name, classes)
    tasks = {"regressor": REGRESSION, "outlier_detector": ANOMALY, "clusterer": CLUSTERING}
    task = tasks.get(kind, TWO_CLASS if classes == 2 else MULTICLASS)
    columns = [FrameColumn(f"f{index}", index, "number") for index in range(numbers.shape[1])]
    labels = [f"class {label}" for label in range(classes)] if kind == "classifier" else []
    try:
        document = json.loads(json.dumps(write_estimator(estimator)))
        np.random.seed(0)
        model = FrameModel(make_estimator(document), [column.to_json() for column in columns], task, labels)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(numbers, target if kind in ("classifier", "regressor") else None)
    except Exception as error:
        return Verdict(name, kind, REFUSED, 0.0, f"{type(error).__name__}: {str(error)[:110]}".replace("\n", " "))
    return compare(name, kind, model, numbers, task)


def compare(
    name: str, kind: str, model: FrameModel, numbers: Any, task: str, encoder: Encoder | None = None
) -> Verdict:
    """Export a fitted model and compare it with scikit-learn; else store it as skops."""
    encoder = encoder or plain_encoder(model)
    rows = np.concatenate([numbers, perturbed_rows(encoder, numbers)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = score_with_pipeline(model, task, rows)
        try:
            graph = export_frame_model(model, encoder, expected.shape[1])
            parity = compare_scores(expected, OnnxScorer(graph).score(rows), task, expected.shape[1])
            if parity.holds:
                return Verdict(name, kind, ONNX, parity.max_difference)
            reason = f"the graph differs by {parity.max_difference:.1e}, {parity.other_labels} other labels"
        except NotImplementedError as error:
            reason = str(error)
        return stored(name, kind, model, rows, task, reason)


def stored(name: str, kind: str, model: FrameModel, rows: Any, task: str, reason: str) -> Verdict:
    """Store a model in skops format, and hold its scores against those before."""
    import skops.io

    try:
        again = load_pipeline(skops.io.dumps(model))
    except Exception as error:
        return Verdict(
            name, kind, REFUSED, 0.0, f"{reason}; cannot be stored: {type(error).__name__} {str(error)[:80]}"
        )
    same = np.array_equal(
        score_with_pipeline(again, task, rows), score_with_pipeline(model, task, rows), equal_nan=True
    )
    return Verdict(name, kind, SKOPS if same else REFUSED, 0.0, reason if same else "its stored form scores otherwise")


def plain_encoder(model: FrameModel) -> Encoder:
    """Return the encoder of a model whose columns are those of the matrix."""
    features = [
        Feature(column.name, None if column.values is None else tuple(map(str, column.values)))
        for column in model.frame_columns
    ]
    kinds = [ColumnType.DOUBLE if item.categories is None else ColumnType.STRING for item in features]
    columns = [Column(item.name, kind) for item, kind in zip(features, kinds, strict=True)]
    return Encoder(
        tuple(PlanColumn(column, column) for column in columns),
        tuple(Slot(place, feature) for place, feature in enumerate(features)),
        (),
        tuple(ModelInput(place, feature) for place, feature in enumerate(features)),
        tuple(ShownColumn(column, place) for place, column in enumerate(columns)),
    )


def classes_for(name: str, kind: str) -> tuple[int, ...]:
    """Return with how many classes an estimator is tried."""
    return (2, 3) if kind == "classifier" and "Threshold" not in name else (2,)


def report(wanted: str = "") -> int:
    """Print the table and return 1 if an estimator scores wrongly."""
    verdicts = []
    for name, kind, estimator in list_predictors():
        if wanted in name.lower():
            verdicts += [judge(name, kind, estimator, classes) for classes in classes_for(name, kind)]
    print("\nEstimators of scikit-learn as users' pipelines (classifiers with two and with three classes):\n")
    for item in verdicts:
        shown = f"{item.difference:.1e}" if item.way == ONNX else item.reason
        print(f"{item.name:34} {item.kind:18} {item.way:8} {shown[:150]}", flush=True)
    total = len(verdicts)
    ways = {way: sum(item.way == way for item in verdicts) for way in (ONNX, SKOPS, REFUSED)}
    print(f"\n{total} pairs: {', '.join(f'{count} {way}' for way, count in ways.items())}.")
    return int(any(item.difference > TOLERANCE for item in verdicts))
