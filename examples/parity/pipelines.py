"""The pipelines of composed.py: where each is from, the pipeline, and its data."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn import datasets
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor, make_column_selector, make_column_transformer
from sklearn.decomposition import NMF, PCA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingRegressor,
    VotingClassifier,
)
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.feature_selection import RFE, SelectFromModel, SelectKBest, SelectPercentile, VarianceThreshold, f_classif
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import (
    ElasticNet,
    Lasso,
    LassoCV,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    QuantileRegressor,
    Ridge,
    RidgeClassifier,
    RidgeCV,
    SGDClassifier,
)
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import ComplementNB, GaussianNB
from sklearn.neighbors import KNeighborsClassifier, NeighborhoodComponentsAnalysis
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline, make_union
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)
from sklearn.svm import SVC, LinearSVC

Data = tuple[Any, Any]


def _frame(numbers: Any) -> Any:
    return pd.DataFrame(numbers, columns=[f"f{index}" for index in range(numbers.shape[1])])


def cancer() -> Data:
    """Two classes, ten numbers."""
    bunch = datasets.load_breast_cancer()
    return _frame(bunch.data[:, :10]), np.array(["malignant", "benign"])[bunch.target]


def wine() -> Data:
    """Three classes, thirteen numbers."""
    bunch = datasets.load_wine()
    return _frame(bunch.data), bunch.target


def digits() -> Data:
    """Ten classes, 64 numbers, 600 rows."""
    bunch = datasets.load_digits()
    return _frame(bunch.data[:600]), bunch.target[:600]


def diabetes() -> Data:
    """A number to predict, ten numbers."""
    bunch = datasets.load_diabetes()
    return _frame(bunch.data), bunch.target


def gaps() -> Data:
    """Diabetes, with a tenth of the cells missing."""
    frame, target = diabetes()
    return frame.mask(np.random.default_rng(0).random(frame.shape) < 0.1), target


def curve() -> Data:
    """A curve: one number, its sine."""
    x = np.linspace(0, 10, 120)
    return pd.DataFrame({"x": x}), x * np.sin(x)


def passengers() -> Data:
    """Two classes; numbers with gaps, and categories, as in the examples with the Titanic's passengers."""
    random = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "age": np.where(random.random(400) < 0.2, np.nan, random.normal(30, 12, 400).round(1)),
            "fare": random.lognormal(3, 1, 400).round(2),
            "embarked": random.choice(["S", "C", "Q"], 400),
            "sex": random.choice(["female", "male"], 400),
            "pclass": random.choice([1, 2, 3], 400),
        }
    )
    odds = (frame.sex == "female") * 2 + (frame.pclass == 1) - frame.age.fillna(30) / 40 + random.normal(0, 0.7, 400)
    return frame, np.where(odds > 0.8, "survived", "died")


def houses() -> Data:
    """A price to predict; numbers, and categories as pandas has them."""
    random = np.random.default_rng(2)
    frame = pd.DataFrame(
        {
            "area": random.uniform(30, 250, 400).round(1),
            "rooms": random.integers(1, 8, 400),
            "district": pd.Categorical(random.choice(list("abcdefgh"), 400)),
            "heating": pd.Categorical(random.choice(["gas", "oil", "heat pump"], 400)),
        }
    )
    return frame, (frame.area * 2 + frame.district.cat.codes * 20 + random.normal(0, 5, 400) + 20).to_numpy()


WORDS = (
    "image render pixel colour screen light",
    "god church faith belief bible soul",
    "orbit moon launch rocket nasa",
)


def posts() -> Data:
    """Three classes; a subject and a body of words, as in the examples with newsgroups."""
    random = np.random.default_rng(3)
    plain = ["the", "of", "and", "to", "is", "in", "that", "it", "for", "on", "with", "as", "this", "be", "are", "not"]
    topics = random.integers(0, 3, 240)

    def text(topic: int, length: int) -> str:
        return " ".join(random.choice([*plain, *WORDS[topic].split()], length))

    frame = pd.DataFrame(
        {"subject": [text(topic, 4) for topic in topics], "body": [text(topic, 25) for topic in topics]}
    )
    return frame, np.array(["graphics", "religion", "space"])[topics]


def bodies() -> Data:
    """The bodies of posts alone."""
    frame, target = posts()
    return frame[["body"]], target


def counts() -> Data:
    """A count to predict, as claims are; numbers and categories."""
    random = np.random.default_rng(4)
    frame = pd.DataFrame({"power": random.uniform(4, 15, 300), "area": random.choice(list("ABCDEF"), 300)})
    return frame, random.poisson(np.exp(frame.power / 10) * (1 + (frame.area == "F"))).astype(float)


def inliers() -> Data:
    """Rows without a label."""
    return cancer()[0], None


def _mixed() -> Any:
    numbers = Pipeline([("imputer", SimpleImputer(strategy="median")), ("scaler", StandardScaler())])
    texts = Pipeline(
        [
            ("encoder", OneHotEncoder(handle_unknown="ignore")),
            ("selector", SelectPercentile(f_classif, percentile=50)),
        ]
    )
    columns = ColumnTransformer([("num", numbers, ["age", "fare"]), ("cat", texts, ["embarked", "sex", "pclass"])])
    return Pipeline([("preprocessor", columns), ("classifier", LogisticRegression())])


def _topics() -> Any:
    body = Pipeline([("tfidf", TfidfVectorizer()), ("best", TruncatedSVD(10, random_state=0))])
    return Pipeline(
        [
            ("union", ColumnTransformer([("subject", TfidfVectorizer(min_df=2), "subject"), ("body", body, "body")])),
            ("svc", LinearSVC(dual=False)),
        ]
    )


def _stack() -> Any:
    trees = make_column_transformer(
        (OrdinalEncoder(), make_column_selector(dtype_include="category")), remainder="passthrough"
    )
    linear = make_column_transformer(
        (OneHotEncoder(), make_column_selector(dtype_include="category")), remainder=StandardScaler()
    )
    return StackingRegressor(
        [
            ("forest", make_pipeline(trees, RandomForestRegressor(20, random_state=0))),
            ("lasso", make_pipeline(linear, LassoCV())),
            ("boosting", make_pipeline(trees, HistGradientBoostingRegressor(max_iter=20, random_state=0))),
        ],
        final_estimator=RidgeCV(),
    )


def _text_grid() -> Any:
    steps = Pipeline([("vect", TfidfVectorizer()), ("clf", ComplementNB())])
    return GridSearchCV(steps, {"vect__norm": ["l1", "l2"], "clf__alpha": [0.1, 1.0]}, cv=3)


NATIVE = HistGradientBoostingRegressor(categorical_features="from_dtype", max_iter=30, random_state=0)
CASES: tuple[tuple[str, Any, Any], ...] = (
    ("Column Transformer with Mixed Types", _mixed, passengers),
    ("Column Transformer with Heterogeneous Data Sources", _topics, posts),
    (
        "Sample pipeline for text feature extraction and evaluation",
        _text_grid,
        bodies,
    ),
    (
        "Classification of text documents using sparse features",
        lambda: make_pipeline(
            TfidfVectorizer(sublinear_tf=True, max_df=0.5, min_df=5, stop_words="english"),
            RidgeClassifier(solver="sparse_cg"),
        ),
        bodies,
    ),
    (
        "Working with text data (tutorial): bag of words, tf-idf, SGD",
        lambda: Pipeline(
            [
                ("vect", CountVectorizer()),
                ("tfidf", TfidfTransformer()),
                ("clf", SGDClassifier(loss="hinge", alpha=1e-3, random_state=42, max_iter=5, tol=None)),
            ]
        ),
        bodies,
    ),
    (
        "Out-of-core classification of text documents",
        lambda: make_pipeline(HashingVectorizer(n_features=2**10, alternate_sign=False), SGDClassifier(random_state=0)),
        bodies,
    ),
    (
        "Pipelining: chaining a PCA and a logistic regression",
        lambda: GridSearchCV(
            Pipeline(
                [
                    ("scaler", StandardScaler()),
                    ("pca", PCA()),
                    ("logistic", LogisticRegression(max_iter=10000, tol=0.1)),
                ]
            ),
            {"pca__n_components": [5, 15], "logistic__C": [0.1, 1.0]},
            cv=3,
        ),
        digits,
    ),
    (
        "Concatenating multiple feature extraction methods",
        lambda: Pipeline(
            [
                ("features", FeatureUnion([("pca", PCA(2)), ("univ_select", SelectKBest(k=1))])),
                ("svm", SVC(kernel="linear")),
            ]
        ),
        wine,
    ),
    (
        "Selecting dimensionality reduction with Pipeline and GridSearchCV",
        lambda: GridSearchCV(
            Pipeline([("scaling", MinMaxScaler()), ("reduce_dim", "passthrough"), ("classify", LinearSVC(dual=False))]),
            [{"reduce_dim": [PCA(random_state=0), NMF(random_state=0)], "reduce_dim__n_components": [4]}],
            cv=3,
        ),
        wine,
    ),
    (
        "Pipeline ANOVA SVM",
        lambda: make_pipeline(SelectKBest(f_classif, k=3), LinearSVC(dual=False)),
        cancer,
    ),
    ("Combine predictors using stacking", _stack, houses),
    (
        "Comparing Target Encoder with Other Encoders",
        lambda: make_pipeline(
            make_column_transformer(
                (TargetEncoder(target_type="continuous", random_state=0), ["district", "heating"]),
                remainder="passthrough",
            ),
            HistGradientBoostingRegressor(random_state=0, max_iter=30),
        ),
        houses,
    ),
    ("Categorical Feature Support in Gradient Boosting", lambda: NATIVE, houses),
    (
        "Categorical Feature Support in Gradient Boosting: one-hot",
        lambda: make_pipeline(
            make_column_transformer(
                (OneHotEncoder(sparse_output=False), make_column_selector(dtype_include="category")),
                remainder="passthrough",
            ),
            HistGradientBoostingRegressor(random_state=0, max_iter=30),
        ),
        houses,
    ),
    (
        "Effect of transforming the targets in regression model",
        lambda: TransformedTargetRegressor(RidgeCV(), func=np.log1p, inverse_func=np.expm1),
        lambda: (diabetes()[0], diabetes()[1]),
    ),
    (
        "Transforming target in regression (user guide): quantiles",
        lambda: TransformedTargetRegressor(
            LinearRegression(), transformer=QuantileTransformer(n_quantiles=100, output_distribution="normal")
        ),
        diabetes,
    ),
    (
        "Polynomial and Spline interpolation: polynomial",
        lambda: make_pipeline(PolynomialFeatures(5), StandardScaler(), Ridge(alpha=1e-3)),
        curve,
    ),
    (
        "Polynomial and Spline interpolation: B-spline",
        lambda: make_pipeline(SplineTransformer(n_knots=6, degree=3), Ridge(alpha=1e-3)),
        curve,
    ),
    (
        "Polynomial and Spline interpolation: periodic splines",
        lambda: make_pipeline(SplineTransformer(n_knots=6, extrapolation="periodic"), Ridge(alpha=1e-3)),
        curve,
    ),
    (
        "Time-related feature engineering: straight lines",
        lambda: make_pipeline(SplineTransformer(n_knots=5, degree=1, extrapolation="linear"), RidgeCV()),
        diabetes,
    ),
    (
        "Time-related feature engineering: splines, linear",
        lambda: make_pipeline(SplineTransformer(n_knots=5, degree=3, extrapolation="linear"), RidgeCV()),
        diabetes,
    ),
    (
        "Time-related feature engineering: splines, continue",
        lambda: make_pipeline(SplineTransformer(n_knots=5, degree=2, extrapolation="continue"), RidgeCV()),
        diabetes,
    ),
    (
        "Lasso, Lasso-LARS, Elastic-Net: polynomial features and the lasso",
        lambda: make_pipeline(PolynomialFeatures(2, include_bias=False), StandardScaler(), Lasso(alpha=1.0)),
        diabetes,
    ),
    (
        "Imputing missing values before building an estimator: KNN",
        lambda: make_pipeline(KNNImputer(n_neighbors=5), RandomForestRegressor(20, random_state=0)),
        gaps,
    ),
    (
        "Imputing missing values before building an estimator: indicator",
        lambda: make_pipeline(SimpleImputer(add_indicator=True), RandomForestRegressor(20, random_state=0)),
        gaps,
    ),
    (
        "Imputing missing values with variants of IterativeImputer",
        lambda: make_pipeline(RobustScaler(), IterativeImputer(max_iter=5, random_state=0), LinearRegression()),
        gaps,
    ),
    (
        "Map data to a normal distribution: quantiles",
        lambda: make_pipeline(
            QuantileTransformer(n_quantiles=100, output_distribution="normal"), LinearDiscriminantAnalysis()
        ),
        wine,
    ),
    (
        "Map data to a normal distribution: Yeo-Johnson",
        lambda: make_pipeline(PowerTransformer(), GaussianNB()),
        wine,
    ),
    (
        "Using KBinsDiscretizer to discretize continuous features",
        lambda: make_pipeline(KBinsDiscretizer(8, quantile_method="averaged_inverted_cdf"), LinearRegression()),
        curve,
    ),
    (
        "Probability Calibration curves",
        lambda: CalibratedClassifierCV(make_pipeline(StandardScaler(), GaussianNB()), cv=3, method="isotonic"),
        cancer,
    ),
    (
        "Visualizing the probabilities calculated by a VotingClassifier",
        lambda: VotingClassifier(
            [
                ("lr", make_pipeline(StandardScaler(), LogisticRegression())),
                ("rf", RandomForestClassifier(10, random_state=0)),
                ("nb", GaussianNB()),
            ],
            voting="soft",
            weights=[1, 1, 5],
        ),
        wine,
    ),
    (
        "IsolationForest example",
        lambda: make_pipeline(StandardScaler(), IsolationForest(n_estimators=30, random_state=0)),
        inliers,
    ),
    (
        "Poisson regression and non-normal loss",
        lambda: make_pipeline(
            make_column_transformer(
                (OneHotEncoder(), ["area"]), (KBinsDiscretizer(5, quantile_method="linear"), ["power"])
            ),
            PoissonRegressor(alpha=1e-3, max_iter=300),
        ),
        counts,
    ),
    (
        "Advanced plotting with partial dependence: network",
        lambda: make_pipeline(
            QuantileTransformer(n_quantiles=50), MLPRegressor(hidden_layer_sizes=(20, 10), max_iter=300, random_state=0)
        ),
        diabetes,
    ),
    (
        "Comparing Nearest Neighbors with and without NCA",
        lambda: make_pipeline(
            StandardScaler(), NeighborhoodComponentsAnalysis(random_state=0), KNeighborsClassifier(3)
        ),
        wine,
    ),
    (
        "Scalable learning with polynomial kernel approximation: Nystroem",
        lambda: make_pipeline(StandardScaler(), Nystroem(n_components=40, random_state=0), LogisticRegression()),
        cancer,
    ),
    (
        "Feature selection as part of a pipeline (user guide)",
        lambda: Pipeline(
            [
                ("rare", VarianceThreshold()),
                ("select", SelectFromModel(LinearSVC(dual=False, penalty="l1", C=0.1))),
                ("classify", RandomForestClassifier(10, random_state=0)),
            ]
        ),
        wine,
    ),
    (
        "Recursive feature elimination",
        lambda: make_pipeline(MinMaxScaler(), RFE(LogisticRegression(), n_features_to_select=4)),
        cancer,
    ),
    (
        "Two-class AdaBoost, bagged, over rows of length one",
        lambda: make_pipeline(
            make_union(Normalizer(), MaxAbsScaler()),
            BaggingClassifier(AdaBoostClassifier(n_estimators=5, random_state=0), 3, random_state=0),
        ),
        cancer,
    ),
    (
        "Prediction Intervals for Gradient Boosting Regression",
        lambda: GradientBoostingRegressor(loss="quantile", alpha=0.95, n_estimators=30, random_state=0),
        diabetes,
    ),
    ("Quantile regression", lambda: make_pipeline(StandardScaler(), QuantileRegressor(alpha=0.01)), diabetes),
    (
        "Custom functions of columns (user guide)",
        lambda: make_pipeline(
            make_column_transformer((FunctionTransformer(np.sqrt), ["fare"]), (SimpleImputer(), ["age"])),
            HistGradientBoostingClassifier(max_iter=20, random_state=0),
        ),
        passengers,
    ),
    (
        "Elastic net on imputed numbers",
        lambda: make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), ElasticNet(alpha=0.5)),
        gaps,
    ),
)
