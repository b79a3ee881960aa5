"""Holds a scikit-learn pipeline from outside, in skops format, against a positive list, and checks its tables.

skops knows by itself every estimator of scikit-learn, among them such as read files, and functions. Here only those
types are accepted that this app's learners consist of. scikit-learn does not hold a tree's positions against its table,
so that is done here, after the pipeline is loaded in the process that proves it.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np

from studio.errors import BadArgument
from studio.model.container import UNREADABLE

KINDS = frozenset(
    """
    DTypeNode DictNode JsonNode ListNode LossNode NdArrayNode ObjectNode RandomGeneratorNode RandomStateNode
    SliceNode TreeNode TupleNode TypeNode
    """.split()  # noqa: SIM905
)
TYPES = frozenset(
    """
    builtins.NoneType builtins.bool builtins.dict builtins.float builtins.int builtins.list builtins.slice
    builtins.str builtins.tuple numpy.bool numpy.dtype numpy.float32 numpy.float64 numpy.int32 numpy.int64
    numpy.ndarray numpy.uint32 numpy.uint64 numpy.uint8 numpy.random._generator.Generator
    numpy.random.mtrand.RandomState sklearn._loss._loss.CyHalfBinomialLoss sklearn._loss._loss.CyHalfMultinomialLoss
    sklearn._loss._loss.CyHalfPoissonLoss sklearn._loss._loss.CyHalfSquaredError sklearn._loss.link.IdentityLink
    sklearn._loss.link.Interval sklearn._loss.link.LogLink sklearn._loss.link.LogitLink
    sklearn._loss.link.MultinomialLogit sklearn._loss.loss.HalfBinomialLoss sklearn._loss.loss.HalfMultinomialLoss
    sklearn._loss.loss.HalfPoissonLoss sklearn._loss.loss.HalfSquaredError
    sklearn.calibration.CalibratedClassifierCV sklearn.calibration._CalibratedClassifier
    sklearn.calibration._SigmoidCalibration sklearn.cluster._kmeans.KMeans
    sklearn.compose._column_transformer.ColumnTransformer sklearn.compose._column_transformer._RemainderColsList
    sklearn.compose._target.TransformedTargetRegressor sklearn.ensemble._forest.RandomForestClassifier
    sklearn.ensemble._forest.RandomForestRegressor sklearn.ensemble._hist_gradient_boosting.binning._BinMapper
    sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingClassifier
    sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingRegressor
    sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor sklearn.impute._base.SimpleImputer
    sklearn.linear_model._bayes.BayesianRidge sklearn.linear_model._glm.glm.PoissonRegressor
    sklearn.linear_model._logistic.LogisticRegression sklearn.linear_model._ridge.Ridge
    sklearn.linear_model._sgd_fast.EpsilonInsensitive sklearn.linear_model._sgd_fast.Hinge
    sklearn.linear_model._sgd_fast.Huber sklearn.linear_model._sgd_fast.Log
    sklearn.linear_model._sgd_fast.ModifiedHuber sklearn.linear_model._sgd_fast.SquaredEpsilonInsensitive
    sklearn.linear_model._sgd_fast.SquaredHinge sklearn.linear_model._sgd_fast.SquaredLoss
    sklearn.linear_model._stochastic_gradient.SGDClassifier sklearn.linear_model._stochastic_gradient.SGDRegressor
    sklearn.multiclass.OneVsRestClassifier sklearn.neural_network._multilayer_perceptron.MLPClassifier
    sklearn.neural_network._multilayer_perceptron.MLPRegressor
    sklearn.neural_network._stochastic_optimizers.AdamOptimizer
    sklearn.neural_network._stochastic_optimizers.SGDOptimizer sklearn.pipeline.Pipeline
    sklearn.preprocessing._data.MinMaxScaler sklearn.preprocessing._data.Normalizer
    sklearn.preprocessing._data.StandardScaler sklearn.preprocessing._discretization.KBinsDiscretizer
    sklearn.preprocessing._encoders.OneHotEncoder sklearn.preprocessing._function_transformer.FunctionTransformer
    sklearn.preprocessing._label.LabelBinarizer sklearn.preprocessing._label.LabelEncoder
    sklearn.svm._classes.LinearSVC sklearn.svm._classes.OneClassSVM sklearn.tree._classes.DecisionTreeClassifier
    sklearn.tree._classes.DecisionTreeRegressor sklearn.tree._tree.Tree studio.model.estimators.ElasticNetLogistic
    studio.model.estimators.ElasticNetPoisson studio.model.estimators.ExactKMeans
    studio.model.estimators.OneClassDetector studio.model.estimators.PairwiseClassifier
    studio.model.estimators.PcaAnomalyDetector studio.model.estimators.QuantileForest
    studio.model.factorization.MatrixFactorization studio.model.machines.BayesPointMachine
    studio.model.machines.LocalDeepMachine
    studio.model.machines.OrdinalClassifier
    """.split()  # noqa: SIM905
)
MAX_PARTS = 2_000_000


def open_archive(pipeline: bytes) -> zipfile.ZipFile:
    """Return the archive of a pipeline; BadArgument if it is compressed, since nothing then bounds what comes out."""
    archive = zipfile.ZipFile(io.BytesIO(pipeline))
    infos = archive.infolist()
    if any(info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size for info in infos):
        _refuse("its members are compressed; skops stores them as they are")
    if sum(info.file_size for info in infos) > len(pipeline):
        _refuse("its members overlap")
    return archive


def check_pipeline(pipeline: bytes) -> None:
    """Raise BadArgument if a pipeline holds anything that is not on the list, or cannot be read."""
    try:
        _check(pipeline)
    except UNREADABLE as error:
        _refuse(f"it cannot be read: {error}")


def _check(pipeline: bytes) -> None:
    with open_archive(pipeline) as archive:
        members = {info.filename: info for info in archive.infolist()}
        if len(members) != len(archive.infolist()) or "schema.json" not in members:
            _refuse("it has no schema, or two members of one name")
        for name in members.keys() - {"schema.json"}:
            _check_array(name, archive.read(name))
        todo, seen = [json.loads(archive.read("schema.json"))], 0
    while todo:
        part = todo.pop()
        seen += 1
        if seen > MAX_PARTS:
            _refuse(f"it has more than {MAX_PARTS:,} parts")
        if isinstance(part, list):
            todo += part
        elif isinstance(part, dict):
            _check_part(part, members.keys())
            todo += part.values()


def _check_part(part: dict[str, Any], members: Any) -> None:
    kind = part.get("__loader__")
    if kind is None:
        return
    name = f"{part.get('__module__')}.{part.get('__class__')}"
    if kind not in KINDS or name not in TYPES:
        _refuse(f"it holds a {name[:120]} ({str(kind)[:40]})")
    if "file" in part and part["file"] not in members:
        _refuse("it names a member that it does not have")


def _check_array(name: str, content: bytes) -> None:
    """Check that an array has the bytes that its header says, since memory is taken by the header."""
    try:
        header = io.BytesIO(content)
        version = np.lib.format.read_magic(header)
        read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
        shape, _, dtype = read(header)
        expected = dtype.itemsize
        for length in shape:
            expected *= length
        fits = not dtype.hasobject and expected == len(content) - header.tell()
    except (ValueError, KeyError, TypeError):
        fits = False
    if not name.endswith(".npy") or not fits:
        _refuse(f"its member {name[:80]!r} is no array, or does not have the bytes of its shape")


def check_tables(pipeline: Any, matrix: Any) -> None:
    """Raise BadArgument if a tree or a support vector machine of a loaded pipeline leads outside its tables.

    Parameters
    ----------
    matrix
        The learner's inputs of some rows, shape (n_rows, n_inputs).
    """
    width = pipeline.named_steps["columns"].transform(matrix[:1]).shape[1]
    for part in parts_of(pipeline):
        name = type(part).__name__
        if name == "Tree":
            left, right, inner = part.children_left, part.children_right, part.children_left >= 0
            fits = _is_tree(left, right, inner) and _within(part.feature[inner], width)
        elif name == "TreePredictor":
            nodes = part.nodes
            inner = nodes["is_leaf"] == 0
            fits = _is_tree(nodes["left"].astype(np.int64), nodes["right"].astype(np.int64), inner)
            fits = fits and _within(nodes["feature_idx"][inner], width) and not nodes["is_categorical"].any()
        elif name == "OneClassSVM":
            supports = np.shape(part.support_vectors_)
            fits = supports[1:] == (width,) and np.shape(part._dual_coef_) == (1, supports[0])
            fits = fits and part._n_support[0] == supports[0] and np.shape(part._intercept_) == (1,)
        else:
            continue
        if not fits:
            _refuse(f"the table of a {name} leads outside of it")


def _is_tree(left: Any, right: Any, inner: Any) -> bool:
    """Return whether children follow their parents, as scikit-learn stores them, and lie inside the table."""
    parents = np.flatnonzero(inner)
    return bool(
        len(left)
        and all((side[parents] > parents).all() and (side[parents] < len(left)).all() for side in (left, right))
    )


def _within(features: Any, width: int) -> bool:
    return not len(features) or bool(features.min() >= 0 and features.max() < width)


def parts_of(pipeline: Any) -> Iterator[Any]:
    """Return every object of a pipeline."""
    todo, seen = [pipeline], set()
    while todo:
        part = todo.pop()
        if id(part) in seen or isinstance(part, str | bytes | int | float | None):
            continue
        seen.add(id(part))
        yield part
        if isinstance(part, dict):
            todo += part.values()
        elif isinstance(part, list | tuple | set):
            todo += part
        elif isinstance(part, np.ndarray):
            todo += part.ravel().tolist() if part.dtype == object else []
        else:
            todo += getattr(part, "__dict__", {}).values()


def _refuse(reason: str) -> NoReturn:
    raise BadArgument("InvalidBlob", f"The pipeline of the trained model is not accepted: {reason}. Train it again.")
