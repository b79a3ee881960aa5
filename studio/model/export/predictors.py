"""Predictors of users' pipelines, from a table of columns: probabilities, decisions or numbers.

Families that the palette's learners have too are exported by the same functions (linear.py, trees.py, networks.py).
"""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from studio.model.export.functions import apply_function, interpolate
from studio.model.export.kernels import (
    kernel_of,
    machine_pairs,
    machine_sums,
    neighbours,
    ovr_of,
    process_kernel,
    squared_distances,
    votes_of,
)
from studio.model.export.linear import export_decision, export_linear_classifier
from studio.model.export.networks import export_network
from studio.model.export.nodes import GraphBuilder
from studio.model.export.tables import CodeColumn, Table, join_tables, look_up, number_table
from studio.model.export.transformers import transform
from studio.model.export.trees import (
    Members,
    export_forest_classifier,
    export_forest_regressor,
    export_gradient_boosting,
    export_histogram_boosting,
    export_isolation_forest,
)

Predictor = Callable[[Table, Any], str]
MAX_SPLITS_BY_CATEGORY = 20_000


def probabilities(table: Table, estimator: Any) -> str:
    """Add the probabilities of a fitted classifier, shape (n_rows, n_classes)."""
    return _dispatch(PROBABILITIES, table, estimator, "predict_proba")


def decisions(table: Table, estimator: Any) -> str:
    """Add the decisions of a fitted classifier or outlier detector, shape (n_rows, 1) or (n_rows, n_classes)."""
    return _dispatch(DECISIONS, table, estimator, "decision_function")


def numbers(table: Table, estimator: Any) -> str:
    """Add the predictions of a fitted regressor, shape (n_rows, 1)."""
    return _dispatch(NUMBERS, table, estimator, "predict")


def chosen(table: Table, estimator: Any) -> str:
    """Add the predicted class of a fitted classifier, shape (n_rows, n_classes): one 1 in each row."""
    inner = _unwrapped(table, estimator)
    if inner is not None:
        return chosen(*inner)
    build, classes = table.build, len(estimator.classes_)
    name = type(estimator).__name__
    if name in CHOSEN:
        return CHOSEN[name](table, estimator)
    if name in DECISIONS or (hasattr(estimator, "coef_") and name not in PROBABILITIES):
        found = decisions(table, estimator)
        if classes == 2:
            found = build.join([build.node("Neg", found), found])
    else:
        found = probabilities(table, estimator)
    return one_hot(build, found, classes)


def one_hot(build: GraphBuilder, values: str, classes: int) -> str:
    """Add a 1 in the column of the greatest value of each row, the first if there are several."""
    best = build.node("ArgMax", values, axis=1, keepdims=0)
    return build.node("Gather", build.constant(np.eye(classes)), best, axis=0)


def _dispatch(known: dict[str, Predictor], table: Table, estimator: Any, method: str) -> str:
    inner = _unwrapped(table, estimator)
    if inner is not None:
        return _dispatch(known, *inner, method)
    name = type(estimator).__name__
    if name in known:
        return known[name](table, estimator)
    if method != "predict_proba" and hasattr(estimator, "coef_") and hasattr(estimator, "intercept_"):
        return linear_sums(table, estimator)
    raise NotImplementedError(f"{name} has no exporter for {method}")


def _unwrapped(table: Table, estimator: Any) -> tuple[Table, Any] | None:
    """Return what a pipeline, a search or the like comes to, or None if the estimator is none of these."""
    if hasattr(estimator, "steps"):
        for _, step in estimator.steps[:-1]:
            table = transform(table, step)
        return table, estimator.steps[-1][1]
    if type(estimator).__name__ in ("RFE", "RFECV", "RANSACRegressor", "SelfTrainingClassifier", *THRESHOLDS):
        inner = estimator.estimator_
        return (
            table.take(estimator.get_support(indices=True).tolist()) if hasattr(estimator, "support_") else table
        ), inner
    if hasattr(estimator, "best_estimator_"):
        return table, estimator.best_estimator_
    if type(estimator).__name__ in OF_SEVERAL:
        # A service predicts one label, so there is one part.
        (inner,) = estimator.estimators_
        return table, inner
    return None


OF_SEVERAL = ("MultiOutputClassifier", "MultiOutputRegressor", "ClassifierChain", "RegressorChain")
THRESHOLDS = ("FixedThresholdClassifier", "TunedThresholdClassifierCV")


class _Inputs(SimpleNamespace):
    """A dense matrix in the form that the exporters of the palette's learners take."""


def dense_inputs(table: Table) -> Any:
    """Return a table as the exporters of the palette's learners take their inputs."""
    matrix, width = table.dense, len(table)
    return _Inputs(
        build=table.build,
        matrix=matrix,
        dense=matrix,
        numbers=matrix,
        n_numbers=width,
        encoder=SimpleNamespace(numbers=range(width), categories=()),
    )


def _both(build: GraphBuilder, positive: str) -> str:
    return build.join([build.node("Sub", build.constant([[1.0]]), positive), positive])


def _softmax(build: GraphBuilder, values: str) -> str:
    return build.node("Softmax", values, axis=1)


def linear_sums(table: Table, estimator: Any) -> str:
    """Add the weighted sums of a linear model."""
    coefficients = np.atleast_2d(np.asarray(_plain(estimator.coef_), dtype=np.float64))
    if not hasattr(estimator, "classes_") and coefficients.shape[0] != 1:
        raise NotImplementedError("a regression of several numbers has no exporter")
    return export_decision(dense_inputs(table), SimpleNamespace(coef_=coefficients, intercept_=estimator.intercept_))


def _plain(values: Any) -> Any:
    return values.toarray() if hasattr(values, "toarray") else values


def _logistic(table: Table, estimator: Any) -> str:
    found = export_linear_classifier(dense_inputs(table), estimator)
    return _both(table.build, found) if len(estimator.classes_) == 2 else found


def _one_vs_rest_logistic(table: Table, estimator: Any) -> str:
    """Logistic functions of each class's decision, divided by their sum (SGD with log loss)."""
    if getattr(estimator, "loss", "log_loss") != "log_loss":
        raise NotImplementedError("SGDClassifier with this loss has no exporter for probabilities")
    build = table.build
    found = build.node("Sigmoid", linear_sums(table, estimator))
    return _both(build, found) if len(estimator.classes_) == 2 else build.node("Div", found, build.row_sum(found))


def _forest(table: Table, estimator: Any) -> str:
    found = export_forest_classifier(dense_inputs(table), estimator)
    return _both(table.build, found) if len(estimator.classes_) == 2 else found


def _one_tree(estimator: Any) -> Any:
    classes = {"classes_": estimator.classes_} if hasattr(estimator, "classes_") else {}
    return SimpleNamespace(estimators_=[estimator], **classes)


def _hist(table: Table, estimator: Any, *, raw: bool = False) -> str:
    """Add a HistGradientBoosting model; splits of categories read from a look-up which side each category takes."""
    build = table.build
    categorical = getattr(estimator, "is_categorical_", None)
    if categorical is None or not np.any(categorical):
        return export_histogram_boosting(dense_inputs(table), estimator, raw=raw)
    order = [*np.flatnonzero(categorical), *np.flatnonzero(~categorical)]
    # The model's own encoder puts the categories first and numbers them.
    encoded = transform(table.take(order[: int(categorical.sum())]), _encoder_of(estimator))
    members = Members(len(table))
    codes = encoded.dense
    rest = table.take(order[int(categorical.sum()) :])
    matrix = codes if not len(rest) else build.join([codes, rest.dense])
    members.read(estimator)
    if members.count > MAX_SPLITS_BY_CATEGORY:
        raise NotImplementedError(f"{members.count:,} splits of categories have no exporter")
    sides = [_sides(build, codes, slot, members) for slot in range(int(categorical.sum())) if members.of(slot)]
    joined = number_table(build, build.join([matrix, *sides]), len(table) + members.count)
    return export_histogram_boosting(dense_inputs(joined), estimator, members=members, raw=raw)


def _encoder_of(estimator: Any) -> Any:
    return estimator._preprocessor.named_transformers_["encoder"]


def _sides(build: GraphBuilder, codes: str, slot: int, members: Members) -> str:
    """Add a column for each split of a category: 0 if the row goes left, 1 if right."""
    one = build.node("Gather", codes, build.constant(slot, np.int64), axis=1)
    known = build.node("IsNaN", one)
    last = build.constant(float(members.MISSING))
    place = build.node("Cast", build.node("Where", known, last, one), to=7)
    return build.node("Gather", build.constant(members.table(slot)), place, axis=0)


def _hist_classifier(table: Table, estimator: Any) -> str:
    found = _hist(table, estimator)
    return _both(table.build, found) if len(estimator.classes_) == 2 else found


def _hist_regressor(table: Table, estimator: Any) -> str:
    found = _hist(table, estimator)
    return table.build.node("Exp", found) if estimator.loss in ("poisson", "gamma") else found


def _boosting_raw(table: Table, estimator: Any) -> str:
    return export_gradient_boosting(dense_inputs(table), estimator)


def _boosting(table: Table, estimator: Any) -> str:
    build, raw = table.build, _boosting_raw(table, estimator)
    if estimator.loss == "exponential":
        raw = build.node("Mul", raw, build.constant([[2.0]]))
    return _both(build, build.node("Sigmoid", raw)) if len(estimator.classes_) == 2 else _softmax(build, raw)


def _network(table: Table, estimator: Any) -> str:
    found = export_network(dense_inputs(table), estimator)
    return _both(table.build, found) if len(estimator.classes_) == 2 else found


def _gaussian_bayes(table: Table, estimator: Any) -> str:
    """Add a GaussianNB: for each class, the squared distances from its means in its variances."""
    build, sums = table.build, []
    for mean, variance, prior in zip(estimator.theta_, estimator.var_, estimator.class_prior_, strict=True):
        difference = build.node("Sub", table.dense, build.constant([mean]))
        terms = build.node("Div", build.node("Mul", difference, difference), build.constant([variance]))
        constant = float(np.log(prior) - 0.5 * np.log(2 * np.pi * variance).sum())
        half = build.node("Mul", build.row_sum(terms), build.constant([[-0.5]]))
        sums.append(build.node("Add", half, build.constant([[constant]])))
    return _softmax(build, build.join(sums))


def _count_bayes(table: Table, estimator: Any) -> str:
    """Add a naive Bayes classifier of counts or of bits, whose logarithms are linear."""
    build, values = table.build, table.dense
    name, weights = type(estimator).__name__, np.asarray(estimator.feature_log_prob_, dtype=np.float64)
    bias = np.asarray(estimator.class_log_prior_, dtype=np.float64)
    if name == "BernoulliNB":
        if estimator.binarize is not None:
            values = build.number(build.node("Greater", values, build.constant([[float(estimator.binarize)]])))
        negative = np.log(1 - np.exp(weights))
        weights, bias = weights - negative, bias + negative.sum(axis=1)
    elif name == "ComplementNB":
        bias = bias if len(estimator.classes_) == 1 else np.zeros(len(estimator.classes_))
    total = build.node("MatMul", values, build.constant(weights.T))
    return _softmax(build, build.node("Add", total, build.constant(bias.reshape(1, -1))))


def _category_bayes(table: Table, estimator: Any) -> str:
    build, total = table.build, build_constant_row(table, estimator.class_log_prior_)
    for index, logarithms in enumerate(estimator.feature_log_prob_):
        place = build.node("Cast", build.node("Gather", table.dense, build.constant(index, np.int64), axis=1), to=7)
        most = build.constant(logarithms.shape[1] - 1, np.int64)
        held = build.node("Min", build.node("Max", place, build.constant(0, np.int64)), most)
        total = build.node("Add", total, build.node("Gather", build.constant(logarithms.T), held, axis=0))
    return _softmax(build, total)


def build_constant_row(table: Table, values: Any) -> str:
    """Add a row of constants for each row, shape (n_rows, n_values)."""
    build = table.build
    if not len(table):
        raise NotImplementedError("a table without columns has no exporter")
    column = table.columns[0]
    first = look_up(build, column, np.zeros((len(column.values), 1))) if isinstance(column, CodeColumn) else None
    if first is None:
        one = table.take([0]).dense
        first = build.node("Mul", build.number(build.node("IsNaN", one)), build.constant([[0.0]]))
    return build.node("Add", first, build.constant(np.asarray(values, dtype=np.float64).reshape(1, -1)))


def _discriminant(table: Table, estimator: Any) -> str:
    build, found = table.build, linear_sums(table, estimator)
    return _both(build, build.node("Sigmoid", found)) if len(estimator.classes_) == 2 else _softmax(build, found)


def _quadratic_sums(table: Table, estimator: Any) -> str:
    build, sums = table.build, []
    for index, prior in enumerate(estimator.priors_):
        centred = build.node("Sub", table.dense, build.constant([estimator.means_[index]]))
        turned = build.node(
            "MatMul", centred, build.constant(estimator.rotations_[index] * estimator.scalings_[index] ** -0.5)
        )
        size = build.row_sum(build.node("Mul", turned, turned))
        constant = float(-0.5 * np.log(estimator.scalings_[index]).sum() + np.log(prior))
        half = build.node("Mul", size, build.constant([[-0.5]]))
        sums.append(build.node("Add", half, build.constant([[constant]])))
    return build.join(sums)


def _quadratic(table: Table, estimator: Any) -> str:
    return _softmax(table.build, _quadratic_sums(table, estimator))


def _quadratic_decision(table: Table, estimator: Any) -> str:
    sums = _quadratic_sums(table, estimator)
    if len(estimator.classes_) > 2:
        return sums
    build = table.build
    return build.node("Sub", build.gather(sums, [1]), build.gather(sums, [0]))


def _machine(table: Table, estimator: Any) -> str:
    classes = len(estimator.classes_)
    if classes == 2:
        return machine_sums(table.build, table.dense, estimator)
    if estimator.decision_function_shape != "ovr":
        raise NotImplementedError("one-vs-one decisions have no exporter")
    return ovr_of(table.build, machine_pairs(table.build, table.dense, estimator), classes)


def _machine_chosen(table: Table, estimator: Any) -> str:
    build, classes = table.build, len(estimator.classes_)
    if classes == 2:
        found = machine_sums(build, table.dense, estimator)
        return one_hot(build, build.join([build.node("Neg", found), found]), 2)
    pairs = machine_pairs(build, table.dense, estimator)
    if estimator.break_ties:
        return one_hot(build, ovr_of(build, pairs, classes), classes)
    return one_hot(build, votes_of(build, pairs, classes)[0], classes)


def _machine_number(table: Table, estimator: Any) -> str:
    return machine_sums(table.build, table.dense, estimator)


def _nearest_classes(table: Table, estimator: Any) -> str:
    build = table.build
    places, weights = neighbours(build, table.dense, estimator)
    labels = np.eye(len(estimator.classes_))[np.asarray(estimator._y, dtype=int)]
    found = build.node("Gather", build.constant(labels), places, axis=0)
    deep = build.node("Unsqueeze", weights, build.constant([2], np.int64))
    sums = build.row_sum(build.node("Mul", found, deep), 1, keep=False)
    return build.node("Div", sums, build.row_sum(sums))


def _nearest_mean(table: Table, estimator: Any) -> str:
    build = table.build
    places, weights = neighbours(build, table.dense, estimator)
    if np.ndim(estimator._y) != 1:
        raise NotImplementedError("a regression of several numbers has no exporter")
    found = build.node("Gather", build.constant(np.asarray(estimator._y, dtype=np.float64)), places, axis=0)
    total = build.row_sum(build.node("Mul", found, weights))
    return build.node("Div", total, build.row_sum(weights))


def _nearest_centroid(table: Table, estimator: Any) -> str:
    if estimator.metric != "euclidean" or len(np.unique(estimator.class_prior_)) > 1:
        raise NotImplementedError("NearestCentroid with this metric or these priors has no exporter")
    build = table.build
    found = build.node("Neg", squared_distances(build, table.dense, np.asarray(estimator.centroids_)))
    return one_hot(build, found, len(estimator.classes_))


def _mean(build: GraphBuilder, parts: Sequence[str], weights: Any = None) -> str:
    total = 1.0 / len(parts)
    shares = [total] * len(parts) if weights is None else [float(weight) / float(np.sum(weights)) for weight in weights]
    scaled = [build.node("Mul", part, build.constant([[share]])) for part, share in zip(parts, shares, strict=True)]
    return scaled[0] if len(scaled) == 1 else build.node("Sum", *scaled)


def _bagged(kind: Predictor) -> Predictor:
    def export(table: Table, estimator: Any) -> str:
        parts = []
        for inner, features in zip(estimator.estimators_, estimator.estimators_features_, strict=True):
            if hasattr(estimator, "classes_") and len(inner.classes_) < len(estimator.classes_):
                raise NotImplementedError("BaggingClassifier with parts that lack a class has no exporter")
            parts.append(kind(table.take(np.asarray(features).tolist()), inner))
        return _mean(table.build, parts)

    return export


def _bagged_classes(table: Table, estimator: Any) -> str:
    first = estimator.estimators_[0]
    return _bagged(probabilities if hasattr(first, "predict_proba") else chosen)(table, estimator)


def _voted(table: Table, estimator: Any) -> str:
    weights = estimator._weights_not_none
    if estimator.voting == "hard":
        raise NotImplementedError("a hard vote has no probabilities")
    return _mean(table.build, [probabilities(table, inner) for inner in estimator.estimators_], weights)


def _voted_hard(table: Table, estimator: Any) -> str:
    classes = len(estimator.classes_)
    if estimator.voting != "hard":
        return one_hot(table.build, _voted(table, estimator), classes)
    votes = [chosen(table, inner) for inner in estimator.estimators_]
    weights = estimator._weights_not_none
    if weights is not None:
        votes = [
            table.build.node("Mul", vote, table.build.constant([[float(weight)]]))
            for vote, weight in zip(votes, weights, strict=True)
        ]
    total = votes[0] if len(votes) == 1 else table.build.node("Sum", *votes)
    return one_hot(table.build, total, classes)


def _voted_number(table: Table, estimator: Any) -> str:
    parts = [numbers(table, inner) for inner in estimator.estimators_]
    return _mean(table.build, parts, estimator._weights_not_none)


def _stacked(table: Table, estimator: Any) -> Table:
    """Return what the last estimator of a stack is given: the predictions of the others, and the columns if wanted."""
    build, parts = table.build, []
    for inner, method in zip(estimator.estimators_, estimator.stack_method_, strict=True):
        if method == "predict_proba":
            found, width = probabilities(table, inner), len(inner.classes_)
            if width == 2:
                found, width = build.gather(found, [1]), 1
        elif method == "decision_function":
            found = decisions(table, inner)
            width = 1 if len(inner.classes_) == 2 else len(inner.classes_)
        elif hasattr(inner, "classes_"):
            raise NotImplementedError("a stack of predicted classes has no exporter")
        else:
            found, width = numbers(table, inner), 1
        parts.append(number_table(build, found, width))
    if estimator.passthrough:
        parts.append(table)
    return join_tables(build, parts)


def _calibrated(table: Table, estimator: Any) -> str:
    return _mean(table.build, [_calibrated_part(table, part) for part in estimator.calibrated_classifiers_])


def _calibrated_part(table: Table, part: Any) -> str:
    build, classes = table.build, len(part.classes)
    inner = part.estimator
    if hasattr(inner, "decision_function"):
        found, width = decisions(table, inner), 1 if classes == 2 else classes
    else:
        found, width = probabilities(table, inner), classes
        if classes == 2:
            found, width = build.gather(found, [1]), 1
    if part.method not in ("sigmoid", "isotonic"):
        raise NotImplementedError(f"calibration by {part.method} has no exporter")
    columns = []
    for index, calibrator in enumerate(part.calibrators):
        column = found if width == 1 else build.gather(found, [index])
        if part.method == "sigmoid":
            scaled = build.node("Mul", column, build.constant([[-calibrator.a_]]))
            columns.append(build.node("Sigmoid", build.node("Sub", scaled, build.constant([[calibrator.b_]]))))
        else:
            columns.append(_isotonic_of(build, column, calibrator))
    if classes == 2:
        return _both(build, columns[0])
    joined = build.join(columns)
    total = build.row_sum(joined)
    zero = build.node("Equal", total, build.constant([[0.0]]))
    shares = build.node("Div", joined, build.node("Where", zero, build.constant([[1.0]]), total))
    return build.node("Where", zero, build.constant(np.full((1, classes), 1 / classes)), shares)


def _isotonic_of(build: GraphBuilder, column: str, estimator: Any) -> str:
    xs, ys = estimator.X_thresholds_, estimator.y_thresholds_
    if len(xs) == 1:
        nothing = build.node("Mul", build.number(build.node("IsNaN", column)), build.constant([[0.0]]))
        return build.node("Add", nothing, build.constant([[float(ys[0])]]))
    return interpolate(build, column, xs, ys)


def _isotonic(table: Table, estimator: Any) -> str:
    if estimator.out_of_bounds != "clip":
        raise NotImplementedError("IsotonicRegression has an exporter with out_of_bounds='clip' only")
    return _isotonic_of(table.build, table.dense, estimator)


def _boosted_classes(table: Table, estimator: Any) -> str:
    """Add the decisions of an AdaBoostClassifier, shape (n_rows, 1) or (n_rows, n_classes)."""
    build, classes = table.build, len(estimator.classes_)
    weights = np.asarray(estimator.estimator_weights_, dtype=np.float64)
    total, parts = weights[: len(estimator.estimators_)].sum(), []
    for inner, weight in zip(estimator.estimators_, weights, strict=False):
        if len(inner.classes_) < classes:
            raise NotImplementedError("AdaBoostClassifier with parts that lack a class has no exporter")
        away = -weight / (classes - 1)
        hits = build.node("Mul", chosen(table, inner), build.constant([[float((weight - away) / total)]]))
        parts.append(build.node("Add", hits, build.constant([[float(away / total)]])))
    found = parts[0] if len(parts) == 1 else build.node("Sum", *parts)
    return build.node("Sub", build.gather(found, [1]), build.gather(found, [0])) if classes == 2 else found


def _boosted_shares(table: Table, estimator: Any) -> str:
    build, classes = table.build, len(estimator.classes_)
    found = _boosted_classes(table, estimator)
    if classes == 2:
        return _softmax(
            build, build.node("Mul", build.join([build.node("Neg", found), found]), build.constant([[0.5]]))
        )
    return _softmax(build, build.node("Div", found, build.constant([[float(classes - 1)]])))


def _boosted_median(table: Table, estimator: Any) -> str:
    """Add the weighted median of an AdaBoostRegressor's predictions."""
    build, count = table.build, len(estimator.estimators_)
    found = build.join([numbers(table, inner) for inner in estimator.estimators_])
    size = build.constant([count], np.int64)
    ordered, places = build.nodes_of("TopK", found, size, outputs=2, axis=1, largest=0, sorted=1)
    weights = build.node("Gather", build.constant(np.asarray(estimator.estimator_weights_[:count])), places, axis=0)
    sums = build.node("CumSum", weights, build.constant(1, np.int64))
    whole = build.gather(sums, [count - 1])
    reached = build.node("GreaterOrEqual", sums, build.node("Mul", whole, build.constant([[0.5]])))
    first = build.node("ArgMax", build.number(reached), axis=1, keepdims=1)
    return build.node("GatherElements", ordered, first, axis=1)


def _one_vs_rest(table: Table, estimator: Any) -> str:
    build, columns = table.build, []
    for inner in estimator.estimators_:
        columns.append(build.gather(probabilities(table, inner), [1]))
    if len(columns) == 1:
        return _both(build, columns[0])
    joined = build.join(columns)
    total = build.row_sum(joined)
    zero = build.node("Equal", total, build.constant([[0.0]]))
    return build.node("Where", zero, joined, build.node("Div", joined, total))


def _one_vs_rest_decisions(table: Table, estimator: Any) -> str:
    return table.build.join([decisions(table, inner) for inner in estimator.estimators_])


def _one_vs_rest_chosen(table: Table, estimator: Any) -> str:
    build, classes = table.build, len(estimator.classes_)
    if all(hasattr(inner, "decision_function") for inner in estimator.estimators_):
        found = _one_vs_rest_decisions(table, estimator)
    else:
        found = build.join([build.gather(probabilities(table, inner), [1]) for inner in estimator.estimators_])
    if classes == 2:
        found = build.join([build.node("Neg", found), found])
    return one_hot(build, found, classes)


def _one_vs_one(table: Table, estimator: Any) -> str:
    build, classes = table.build, len(estimator.classes_)
    if classes == 2 or estimator.pairwise_indices_ is not None:
        raise NotImplementedError("OneVsOneClassifier has an exporter for three classes or more only")
    # In a pair, scikit-learn's positive class is the second one.
    pairs = build.join([build.node("Neg", decisions(table, inner)) for inner in estimator.estimators_])
    return ovr_of(build, pairs, classes)


def _isolated(table: Table, estimator: Any) -> str:
    return export_isolation_forest(dense_inputs(table), estimator)


def _one_class(table: Table, estimator: Any) -> str:
    return machine_sums(table.build, table.dense, estimator)


def _linear_one_class(table: Table, estimator: Any) -> str:
    model = SimpleNamespace(coef_=np.atleast_2d(estimator.coef_), intercept_=-np.asarray(estimator.offset_))
    return export_decision(dense_inputs(table), model)


def _elliptic(table: Table, estimator: Any) -> str:
    build = table.build
    centred = build.node("Sub", table.dense, build.constant(estimator.location_.reshape(1, -1)))
    turned = build.node("MatMul", centred, build.constant(estimator.get_precision()))
    size = build.row_sum(build.node("Mul", turned, centred))
    return build.node("Sub", build.constant([[-float(estimator.offset_)]]), size)


def _prior(table: Table, estimator: Any) -> str:
    if estimator.strategy in ("stratified", "uniform"):
        if estimator.strategy == "stratified":
            raise NotImplementedError("DummyClassifier that draws at random has no exporter")
        return build_constant_row(table, np.full(len(estimator.classes_), 1 / len(estimator.classes_)))
    if estimator.strategy == "prior":
        return build_constant_row(table, estimator.class_prior_)
    if estimator.strategy == "most_frequent":
        return build_constant_row(table, np.eye(len(estimator.classes_))[int(np.argmax(estimator.class_prior_))])
    place = int(np.flatnonzero(estimator.classes_ == np.ravel(estimator.constant)[0])[0])
    return build_constant_row(table, np.eye(len(estimator.classes_))[place])


def _constant(table: Table, estimator: Any) -> str:
    return build_constant_row(table, np.ravel(estimator.constant_))


def _exponential(table: Table, estimator: Any) -> str:
    found = linear_sums(table, estimator)
    link = type(estimator._base_loss.link).__name__
    if link == "IdentityLink":
        return found
    if link != "LogLink":
        raise NotImplementedError(f"the link {link} has no exporter")
    return table.build.node("Exp", found)


def _kernel_ridge(table: Table, estimator: Any) -> str:
    points = np.asarray(estimator.X_fit_, dtype=np.float64)
    gamma = estimator.gamma if estimator.gamma is not None else 1.0 / points.shape[1]
    kernels = kernel_of(table.build, table.dense, points, estimator, gamma)
    return table.build.node("MatMul", kernels, table.build.constant(np.asarray(estimator.dual_coef_).reshape(-1, 1)))


def _gaussian_process(table: Table, estimator: Any) -> str:
    build, points = table.build, np.asarray(estimator.X_train_, dtype=np.float64)
    if np.ndim(estimator.alpha_) != 1:
        raise NotImplementedError("a regression of several numbers has no exporter")
    kernels = process_kernel(build, table.dense, points, estimator.kernel_)
    found = build.node("MatMul", kernels, build.constant(estimator.alpha_.reshape(-1, 1)))
    scaled = build.node("Mul", found, build.constant([[float(np.ravel(estimator._y_train_std)[0])]]))
    return build.node("Add", scaled, build.constant([[float(np.ravel(estimator._y_train_mean)[0])]]))


def _partial_least_squares(table: Table, estimator: Any) -> str:
    build = table.build
    centred = build.node("Sub", table.dense, build.constant(np.asarray(estimator._x_mean).reshape(1, -1)))
    weights = np.asarray(estimator.coef_, dtype=np.float64).T
    if weights.shape[1] != 1:
        raise NotImplementedError("a regression of several numbers has no exporter")
    total = build.node("MatMul", centred, build.constant(weights))
    return build.node("Add", total, build.constant(np.asarray(estimator.intercept_).reshape(1, -1)))


def _transformed_target(table: Table, estimator: Any) -> str:
    build, found = table.build, numbers(table, estimator.regressor_)
    transformer = estimator.transformer_
    match type(transformer).__name__:
        case "FunctionTransformer":
            if transformer.inverse_func is None:
                return found
            return apply_function(build, found, transformer.inverse_func.__name__)
        case "StandardScaler":
            scale = np.ones(1) if transformer.scale_ is None else transformer.scale_
            mean = np.zeros(1) if transformer.mean_ is None else transformer.mean_
            scaled = build.node("Mul", found, build.constant([scale]))
            return build.node("Add", scaled, build.constant([mean]))
        case "MinMaxScaler":
            moved = build.node("Sub", found, build.constant([transformer.min_]))
            return build.node("Div", moved, build.constant([transformer.scale_]))
    raise NotImplementedError(f"a target transformed by {type(transformer).__name__} has no exporter")


def _mixture(table: Table, estimator: Any) -> str:
    """Add the responsibilities of a Gaussian mixture's components."""
    if type(estimator).__name__ != "GaussianMixture":
        raise NotImplementedError(f"{type(estimator).__name__} has no exporter")
    build, sums, width = table.build, [], len(table)
    cholesky, kind = np.asarray(estimator.precisions_cholesky_), estimator.covariance_type
    for index, (mean, weight) in enumerate(zip(estimator.means_, estimator.weights_, strict=True)):
        root = {"full": lambda place: cholesky[place], "tied": lambda _: cholesky}.get(kind, lambda _: None)(index)
        if root is None:
            root = np.diag(np.broadcast_to(cholesky[index], (width,)))
        centred = build.node("Sub", table.dense, build.constant([mean]))
        turned = build.node("MatMul", centred, build.constant(root))
        size = build.row_sum(build.node("Mul", turned, turned))
        constant = float(np.log(np.diag(root)).sum() + np.log(weight))
        half = build.node("Mul", size, build.constant([[-0.5]]))
        sums.append(build.node("Add", half, build.constant([[constant]])))
    return _softmax(build, build.join(sums))


PROBABILITIES: dict[str, Predictor] = {
    "LogisticRegression": _logistic,
    "LogisticRegressionCV": _logistic,
    "SGDClassifier": _one_vs_rest_logistic,
    "DecisionTreeClassifier": lambda table, estimator: _forest(table, _one_tree(estimator)),
    "ExtraTreeClassifier": lambda table, estimator: _forest(table, _one_tree(estimator)),
    "RandomForestClassifier": _forest,
    "ExtraTreesClassifier": _forest,
    "HistGradientBoostingClassifier": _hist_classifier,
    "GradientBoostingClassifier": _boosting,
    "MLPClassifier": _network,
    "GaussianNB": _gaussian_bayes,
    "BernoulliNB": _count_bayes,
    "MultinomialNB": _count_bayes,
    "ComplementNB": _count_bayes,
    "CategoricalNB": _category_bayes,
    "LinearDiscriminantAnalysis": _discriminant,
    "QuadraticDiscriminantAnalysis": _quadratic,
    "KNeighborsClassifier": _nearest_classes,
    "BaggingClassifier": _bagged_classes,
    "VotingClassifier": _voted,
    "StackingClassifier": lambda table, estimator: probabilities(
        _stacked(table, estimator), estimator.final_estimator_
    ),
    "CalibratedClassifierCV": _calibrated,
    "AdaBoostClassifier": _boosted_shares,
    "OneVsRestClassifier": _one_vs_rest,
    "DummyClassifier": _prior,
    "GaussianMixture": _mixture,
}
DECISIONS: dict[str, Predictor] = {
    "SVC": _machine,
    "NuSVC": _machine,
    "QuadraticDiscriminantAnalysis": _quadratic_decision,
    "GradientBoostingClassifier": _boosting_raw,
    "HistGradientBoostingClassifier": lambda table, estimator: _hist(table, estimator, raw=True),
    "AdaBoostClassifier": _boosted_classes,
    "OneVsRestClassifier": _one_vs_rest_decisions,
    "OneVsOneClassifier": _one_vs_one,
    "StackingClassifier": lambda table, estimator: decisions(_stacked(table, estimator), estimator.final_estimator_),
    "IsolationForest": _isolated,
    "OneClassSVM": _one_class,
    "SGDOneClassSVM": _linear_one_class,
    "EllipticEnvelope": _elliptic,
}
CHOSEN: dict[str, Predictor] = {
    "SVC": _machine_chosen,
    "NuSVC": _machine_chosen,
    "NearestCentroid": _nearest_centroid,
    "VotingClassifier": _voted_hard,
    "OneVsRestClassifier": _one_vs_rest_chosen,
    "OneVsOneClassifier": lambda table, estimator: one_hot(
        table.build, _one_vs_one(table, estimator), len(estimator.classes_)
    ),
    "StackingClassifier": lambda table, estimator: chosen(_stacked(table, estimator), estimator.final_estimator_),
}
NUMBERS: dict[str, Predictor] = {
    "DecisionTreeRegressor": lambda table, estimator: export_forest_regressor(
        dense_inputs(table), _one_tree(estimator)
    ),
    "ExtraTreeRegressor": lambda table, estimator: export_forest_regressor(dense_inputs(table), _one_tree(estimator)),
    "RandomForestRegressor": lambda table, estimator: export_forest_regressor(dense_inputs(table), estimator),
    "ExtraTreesRegressor": lambda table, estimator: export_forest_regressor(dense_inputs(table), estimator),
    "HistGradientBoostingRegressor": _hist_regressor,
    "GradientBoostingRegressor": _boosting_raw,
    "MLPRegressor": lambda table, estimator: export_network(dense_inputs(table), estimator),
    "SVR": _machine_number,
    "NuSVR": _machine_number,
    "KNeighborsRegressor": _nearest_mean,
    "BaggingRegressor": lambda table, estimator: _bagged(numbers)(table, estimator),
    "VotingRegressor": _voted_number,
    "StackingRegressor": lambda table, estimator: numbers(_stacked(table, estimator), estimator.final_estimator_),
    "AdaBoostRegressor": _boosted_median,
    "DummyRegressor": _constant,
    "PoissonRegressor": _exponential,
    "GammaRegressor": _exponential,
    "TweedieRegressor": _exponential,
    "KernelRidge": _kernel_ridge,
    "GaussianProcessRegressor": _gaussian_process,
    "PLSRegression": _partial_least_squares,
    "PLSCanonical": _partial_least_squares,
    "CCA": _partial_least_squares,
    "TransformedTargetRegressor": _transformed_target,
    "IsotonicRegression": _isotonic,
}
