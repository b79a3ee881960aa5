"""Estimators as data: what travels, what is refused, and the lists that say so."""

import inspect
import json
import subprocess
import time

import numpy as np
import pandas as pd
import pytest
import skops.io
from joblib import Memory
from scipy import stats
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier, VotingClassifier
from sklearn.experimental import enable_halving_search_cv, enable_iterative_imputer  # noqa: F401
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LassoCV, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.utils import all_estimators

from perennial import PerennialError
from perennial.estimators import write_estimator
from studio.model.manifest import ANOMALY, CLASSES, CLUSTERING, REGRESSION
from studio.model.scikit.codec import EstimatorError, make_estimator, read_estimator
from studio.model.scikit.fitting import load_pipeline
from studio.model.scikit.frame import FrameModel
from studio.model.scikit.overrides import read_grid, with_parameters
from studio.model.scikit.public import estimator_paths, parameters_of
from studio.model.scikit.rules import BOUNDS, CODE, FITTED, FUNCTIONS, FUNCTIONS_ALLOWED, ONLY, OVERRULED
from studio.model.scikit.tasks import task_of

PIPELINE = Pipeline(
    [
        (
            "columns",
            ColumnTransformer(
                [
                    ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), slice("age", "hours")),
                    ("texts", OneHotEncoder(handle_unknown="ignore", dtype=np.float64), ["city"]),
                    ("rest", FunctionTransformer(np.log1p), make_column_selector(pattern="^n_")),
                ]
            ),
        ),
        ("model", LogisticRegression(C=3, class_weight={"no": 1.0, "yes": 2.0})),
    ]
)
ESTIMATORS = [
    PIPELINE,
    HistGradientBoostingClassifier(categorical_features=np.array([True, False]), random_state=np.int64(3)),
    make_pipeline(SelectKBest(f_classif, k=2), SimpleImputer(missing_values=np.nan, fill_value=float("inf")), Ridge()),
    GridSearchCV(LogisticRegression(), {"C": [0.1, np.float64(1)]}, cv=StratifiedKFold(3)),
    RandomizedSearchCV(LogisticRegression(), {"C": stats.loguniform(1e-3, 10)}, n_iter=3),
    GaussianProcessRegressor(RBF(2.0) * 3 + WhiteKernel()),
    VotingClassifier([("one", LogisticRegression()), ("two", RandomForestClassifier())], weights=(1, 2)),
    make_pipeline(StandardScaler().set_output(transform="pandas"), Ridge()),
]


def refusal(document, others=()):
    with pytest.raises(EstimatorError) as error:
        read_estimator(document, others)
    return str(error.value)


def of(name, **parameters):
    return {"estimator": f"sklearn.{name}", "parameters": parameters}


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda estimator: type(estimator).__name__)
def test_an_estimator_comes_back_as_it_was(estimator):
    made = make_estimator(json.loads(json.dumps(write_estimator(estimator))))
    assert write_estimator(made) == write_estimator(estimator)
    assert type(made) is type(estimator)


def test_values_that_json_lacks_come_back_with_their_types():
    made = make_estimator(write_estimator(PIPELINE))
    numbers, texts, rest = made.named_steps["columns"].transformers
    assert numbers[2] == slice("age", "hours")
    assert texts[1].dtype == np.float64
    assert rest[1].func is np.log1p
    assert made.named_steps["model"].class_weight == {"no": 1.0, "yes": 2.0}
    fitted = make_estimator(write_estimator(ESTIMATORS[2]))
    assert np.isnan(fitted.named_steps["simpleimputer"].missing_values)
    assert fitted.named_steps["simpleimputer"].fill_value == float("inf")


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_every_estimator_of_scikit_learn_travels_with_its_defaults():
    lost = []
    for name, kind in all_estimators():
        if any(path.endswith(f".{name}") for path in FITTED):
            continue
        needed = [item.name for item in inspect.signature(kind).parameters.values() if item.default is item.empty]
        given = {
            item: {"estimators": [("a", Ridge())], "steps": [("a", Ridge())]}.get(item, [("a", StandardScaler(), [0])])
            if item in ("estimators", "steps", "transformers", "transformer_list")
            else {"alpha": [1.0]}
            if item.startswith("param_")
            else Ridge()
            for item in needed
            if item not in ("patch_size", "dictionary")
        }
        if len(given) < len(needed):
            continue
        estimator = kind(**given)
        if write_estimator(make_estimator(write_estimator(estimator))) != write_estimator(estimator):
            lost.append(name)
    assert lost == []


def test_the_list_is_that_of_the_installed_scikit_learn():
    found = {}
    for name, kind in all_estimators():
        room = ".".join(part for part in kind.__module__.split(".") if not part.startswith("_"))
        path = next(path for path in estimator_paths() if path.rpartition(".")[2] == name)
        assert room.startswith(path.rpartition(".")[0])
        found[path] = tuple(inspect.signature(kind).parameters)
    assert found == {path: names for path, names in parameters_of().items() if path in estimator_paths()}


@pytest.mark.attack("Estimators as data")
def test_every_parameter_that_takes_code_has_a_rule():
    """scikit-learn's own constraints say which parameters may be callable; those take named functions or none."""
    takes_code = set()
    for _, kind in all_estimators():
        constraints = getattr(kind, "_parameter_constraints", {})
        for name, accepted in constraints.items() if isinstance(constraints, dict) else ():
            if isinstance(accepted, list) and callable in accepted:
                takes_code.add(name)
    assert takes_code <= CODE | FUNCTIONS_ALLOWED
    function = {"function": "numpy.log1p"}
    for path in estimator_paths():
        for name in parameters_of()[path]:
            if name in OVERRULED | FUNCTIONS_ALLOWED:
                continue
            assert refusal({"estimator": path, "parameters": {name: function}}), (path, name)


@pytest.mark.attack("Estimators as data")
@pytest.mark.parametrize(
    "path",
    [
        "os.system",
        "builtins.eval",
        "subprocess.Popen",
        "sklearn.datasets.load_files",
        "sklearn.utils._testing.assert_run_python_script_without_output",
        "sklearn.externals.joblib.load",
        "sklearn.pipeline.os.system",
        "sklearn.compose.make_column_selector",
        "studio.settings.read_settings",
    ],
)
def test_a_class_outside_the_lists_is_refused(path):
    assert "not among the estimators of this app" in refusal({"estimator": path, "parameters": {}})


@pytest.mark.attack("Estimators as data")
@pytest.mark.parametrize(
    "name", ["numpy.load", "numpy.fromfile", "os.system", "numpy.savetxt", "builtins.exec", "x", 3]
)
def test_a_function_outside_the_list_is_refused(name):
    assert "function" in refusal(of("preprocessing.FunctionTransformer", func={"function": name}))


def test_what_must_be_fitted_before_says_what_to_do():
    message = refusal(of("calibration.CalibratedClassifierCV", estimator=of("frozen.FrozenEstimator")))
    assert message.startswith("estimator is a FrozenEstimator, which needs a fitted estimator")
    assert "Put the estimator itself there" in message


@pytest.mark.attack("Estimators as data")
def test_a_vectorizer_that_would_read_files_is_refused(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("the master secret")
    # The attack works on an estimator that is made without the rules.
    assert "secret" in CountVectorizer(input="filename").fit([str(secret)]).vocabulary_
    for kind in ("CountVectorizer", "TfidfVectorizer", "HashingVectorizer"):
        for way in ("filename", "file"):
            assert "input must be 'content'" in refusal(of(f"feature_extraction.text.{kind}", input=way))


@pytest.mark.attack("Estimators as data")
def test_a_cache_folder_and_processors_are_not_taken_from_a_document(tmp_path):
    document = of("pipeline.Pipeline", steps=[["a", of("linear_model.Ridge")]], memory=str(tmp_path), verbose=True)
    made = make_estimator(document)
    assert made.memory is None
    assert made.verbose is False
    forest = make_estimator(of("ensemble.RandomForestClassifier", n_jobs=-1, verbose=9, warm_start=True))
    assert (forest.n_jobs, forest.verbose, forest.warm_start) == (None, 0, False)
    search = make_estimator(
        of("model_selection.GridSearchCV", estimator=of("linear_model.Ridge"), param_grid=[], pre_dispatch="exit()")
    )
    assert search.pre_dispatch == "2*n_jobs"


@pytest.mark.attack("Patterns and expressions")
def test_patterns_that_never_end_are_refused():
    # A second for 25 letters, twice as long for each further one.
    slow = "import re; re.match('(a+)+$', 'a' * 40 + 'b')"
    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run(["python3", "-c", slow], timeout=0.3, check=False)
    slow = (
        "(a+)+$",
        "(a|a)*b",
        "(?=x)x",
        "(a*)*",
        "(\\w+\\s?)+$",
        "a" * 2000,
        "([a-z]+)*\\d",
        "((a+))+$",
        "(((a*)))*b",
    )
    for pattern in (*slow, "((a|b)c)*", "(?i:(a+))+", "(?P<x>(a|a))+", "((a?)b?){20}", "([)]+)+"):
        assert refusal(of("feature_extraction.text.CountVectorizer", token_pattern=pattern))
    for pattern in (r"(?u)\b\w\w+\b", "[(+]+", r"\(+x\)+", "(a|b)c+", "(ab)+", r"\w+(?:'\w+)?", "[]+]+"):
        read_estimator(of("feature_extraction.text.CountVectorizer", token_pattern=pattern))


@pytest.mark.attack("Patterns and expressions")
def test_checking_a_pattern_takes_time_that_grows_with_its_length_only():
    pattern = "(" * 250 + "a|" * 150 + "a" + ")" * 250
    started = time.process_time()
    read_estimator(of("feature_extraction.text.CountVectorizer", token_pattern=pattern))
    assert time.process_time() - started < 0.2


@pytest.mark.attack("Size and time")
def test_documents_that_are_too_large_or_deep_are_refused():
    deep = of("linear_model.Ridge")
    for _ in range(70):
        deep = of("pipeline.Pipeline", steps=[["a", deep]])
    assert "nested" in refusal(deep)
    assert "values" in refusal(of("linear_model.Ridge", alpha=[0] * 300_000))
    assert "characters" in refusal("[" * 1_000_001)
    assert "not JSON" in refusal("[" * 100_000)
    for name, most in BOUNDS.items():
        path = next(path for path, names in parameters_of().items() if name in names)
        part = {"estimator": path, "parameters": {name: most + 1}}
        assert f"{most:,} or less" in refusal(
            part if path in estimator_paths() else of("linear_model.RidgeCV", cv=part)
        )


@pytest.mark.attack("Estimators as data")
def test_a_grid_reaches_no_parameter_that_a_document_may_not_set():
    def search(**grid):
        pairs = {"dict": [[name, values] for name, values in grid.items()]}
        return of("model_selection.GridSearchCV", estimator=of("linear_model.Ridge"), param_grid=pairs)

    assert "set by the app" in refusal(search(n_jobs=[-1]))
    assert "must be 'content'" in refusal(search(text__input=["filename"]))
    for many in (
        [10**9],
        {"tuple": [10**9]},
        {"array": [10**9], "dtype": "int64"},
        {"distribution": "scipy.stats.randint", "arguments": [10**9, 10**9 + 1]},
    ):
        assert "or less" in refusal(search(model__n_estimators=many))
    assert "function" in refusal(search(model__metric=[{"function": "numpy.log1p"}]))
    assert "importance_getter" in refusal(of("feature_selection.RFE", importance_getter="__init__.__globals__"))


def stored(function):
    model = FrameModel(FunctionTransformer(function), [{"name": "a", "slot": 0, "kind": "number", "values": None}])
    return skops.io.dumps(model)


@pytest.mark.attack("Estimators as data")
@pytest.mark.parametrize("function", [eval, exec, __import__, np.load, np.fromfile, np.memmap, Memory])
def test_a_stored_pipeline_that_holds_code_is_not_opened(function):
    with pytest.raises(NotImplementedError, match="it holds a"):
        load_pipeline(stored(function))


def test_a_stored_pipeline_may_hold_every_function_of_the_list():
    for name in FUNCTIONS:
        given = make_estimator(of("preprocessing.FunctionTransformer", func={"function": name})).func
        assert load_pipeline(stored(given)).estimator.func is given


@pytest.mark.parametrize(
    "document, problem",
    [
        ("{", "not JSON"),
        ('{"estimator": "sklearn.linear_model.Ridge", "parameters": {"alpha": NaN}}', '"number": "nan"'),
        ([], "must be"),
        ({"estimator": "sklearn.linear_model.Rigde"}, "Did you mean 'sklearn.linear_model.Ridge'"),
        (of("linear_model.Ridge", alhpa=1), "Did you mean 'alpha'?"),
        (of("linear_model.Ridge", alpha={"pickle": "gASV"}), "alpha must be JSON or"),
        (of("calibration.CalibratedClassifierCV", cv="prefit"), "unfitted"),
        (of("pipeline.Pipeline", steps=[["a", of("x.Y")]]), "steps[0][1] is a 'sklearn.x.Y'"),
    ],
)
def test_what_is_wrong_is_said_with_its_path(document, problem):
    assert problem in refusal(document)


def test_a_parameter_may_be_a_series():
    made = make_estimator(write_estimator(LassoCV(alphas=pd.Series([0.1, 1.0]))))
    assert np.array_equal(made.alphas, [0.1, 1.0])


def double(values):
    return 2 * values


class OwnScaler(StandardScaler):
    pass


@pytest.mark.parametrize(
    "estimator, path",
    [
        (make_pipeline(FunctionTransformer(lambda values: values), Ridge()), "steps[0][1].func is <function <lambda>"),
        (FunctionTransformer(double), "Functions of your own cannot travel"),
        (Ridge(random_state=np.random.RandomState(0)), "random_state"),
        (Ridge, "unfitted scikit-learn estimator"),
        (3, "unfitted scikit-learn estimator"),
    ],
)
def test_the_client_refuses_code_with_its_path_and_a_remedy(estimator, path):
    with pytest.raises(PerennialError, match=r"scripts/|integer|estimator|numbers") as error:
        write_estimator(estimator)
    assert path in str(error.value)


def test_an_own_class_is_refused_by_the_app_unless_its_operator_lists_it():
    document = write_estimator(OwnScaler())
    assert "PERENNIAL_ESTIMATORS" in refusal(document)
    assert read_estimator(document, (document["estimator"],))


def test_parameters_are_set_under_scikit_learns_names():
    document = write_estimator(PIPELINE)
    changed = make_estimator(
        with_parameters(document, {"model__C": "0.5", "columns__texts__drop": "first", "model__l1_ratio": "None"})
    )
    assert changed.named_steps["model"].C == 0.5
    assert changed.named_steps["columns"].transformers[1][1].drop == "first"
    assert changed.named_steps["model"].l1_ratio is None
    assert make_estimator(document).named_steps["model"].C == 3
    with pytest.raises(EstimatorError, match=r"no parameter 'model__D'.*LogisticRegression has"):
        with_parameters(document, {"model__D": 1})
    seeded = make_estimator(with_parameters(write_estimator(RandomForestClassifier()), {}, seed=7))
    assert seeded.random_state == 7


@pytest.mark.parametrize("text", ["", "3", "[]", "{}", '{"C": 1}', '{"C": []}', "{" * 5000])
def test_a_grid_that_is_none_is_refused(text):
    with pytest.raises(EstimatorError, match="Parameter grid"):
        read_grid(text)


@pytest.mark.parametrize(
    "estimator, task",
    [
        (PIPELINE, CLASSES),
        (ESTIMATORS[3], CLASSES),
        (Ridge(), REGRESSION),
        (GridSearchCV(Ridge(), {"alpha": [1]}), REGRESSION),
    ],
)
def test_the_task_is_told_by_the_document(estimator, task):
    assert task_of(write_estimator(estimator)) == task


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_the_task_of_every_predictor_is_known():
    from sklearn.utils import get_tags

    kinds = {"classifier": CLASSES, "regressor": REGRESSION, "outlier_detector": ANOMALY, "clusterer": CLUSTERING}
    wrong = []
    for name, kind in all_estimators():
        if any(item.default is item.empty for item in inspect.signature(kind).parameters.values()):
            continue
        try:
            expected = kinds.get(get_tags(kind()).estimator_type)
        except AttributeError:
            # An estimator without its parts, whose tags are those of its parts.
            continue
        path = next(path for path in estimator_paths() if path.rpartition(".")[2] == name)
        if expected is not None and hasattr(kind, "predict") and task_of({"estimator": path}) != expected:
            wrong.append(name)
    assert wrong == []


def test_the_only_values_are_what_the_rules_say():
    assert ONLY["input"][0] == "content"
    assert all(not name.startswith(("os.", "builtins.", "sys.")) for name in FUNCTIONS)
