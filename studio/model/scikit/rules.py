"""What parameters of estimators may hold: most take plain data, a few could read files, run code or take all resources.

Every parameter name of scikit-learn's estimators is in one of these lists or takes data only;
`test_every_parameter_that_takes_code_has_a_rule` holds them against the signatures.
"""

# What a document says of these is not used, but the class's own value: one processor, no cache, no output on the
# console, no text that is evaluated, no data changed in place.
OVERRULED = frozenset(
    [
        "n_jobs",
        "memory",
        "verbose",
        "verbose_interval",
        "pre_dispatch",
        "copy",
        "copy_X",
        "copy_x",
        "copy_X_train",
        "warm_start",
        "error_score",
        "encoding",
    ]
)
# These accept one value only: the others name files, or something that was fitted elsewhere.
ONLY = {
    "input": ("content", "anything else names files for the app to read"),
    "prefit": (False, "estimators travel unfitted, so that a service can be trained again"),
}
# These need a part that is fitted already.
FITTED = frozenset({"sklearn.frozen.FrozenEstimator"})
# Parameters that scikit-learn would also take a function for. A text among scikit-learn's own choices is data.
FUNCTIONS_ALLOWED = frozenset({"func", "inverse_func", "score_func", "pooling_func"})
CODE = frozenset(
    """
    affinity analyzer callback connectivity feature_name_combiner feature_names_out fun importance_getter init
    is_data_valid is_model_valid kernel loss max_features metric oob_score optimizer preprocessor refit scoring strategy
    strip_accents tokenizer verbose_feature_names_out weights
    """.split()  # noqa: SIM905
)
# Attribute paths and regular expressions are texts, but not harmless ones.
PATTERNS = frozenset({"token_pattern", "pattern"})
ATTRIBUTE = r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*_?(\.[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*_?)*"

# Functions by name. None of them reads, writes or calls anything.
FUNCTIONS = frozenset(
    """
    numpy.abs numpy.absolute numpy.arccosh numpy.arcsinh numpy.arctan numpy.cbrt numpy.ceil numpy.cos numpy.cosh
    numpy.exp numpy.exp2 numpy.expm1 numpy.fabs numpy.floor numpy.isfinite numpy.isnan numpy.log numpy.log10 numpy.log1p
    numpy.log2 numpy.max numpy.mean numpy.median numpy.min numpy.negative numpy.reciprocal numpy.rint numpy.round
    numpy.sign numpy.sin numpy.sinh numpy.sqrt numpy.square numpy.tan numpy.tanh numpy.trunc numpy.nan_to_num
    numpy.degrees numpy.radians scipy.special.expit scipy.special.logit
    sklearn.feature_selection.chi2 sklearn.feature_selection.f_classif sklearn.feature_selection.f_regression
    sklearn.feature_selection.mutual_info_classif sklearn.feature_selection.mutual_info_regression
    sklearn.feature_selection.r_regression
    """.split()  # noqa: SIM905
)
DISTRIBUTIONS = frozenset(
    f"scipy.stats.{name}" for name in ("uniform", "loguniform", "randint", "norm", "expon", "lognorm", "beta", "gamma")
)
DTYPES = frozenset(
    [
        "bool",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "float16",
        "float32",
        "float64",
        "object",
        "str",
        "category",
        "number",
        "datetime64",
    ]
)

# Far above what helps a model, and far below what would keep a process busy for days or fill its memory.
BOUNDS = {
    "n_estimators": 10_000,
    "max_iter": 1_000_000,
    "max_fun": 1_000_000,
    "max_trials": 1_000_000,
    "n_components": 10_000,
    "n_clusters": 10_000,
    "n_init": 1_000,
    "n_iter": 10_000,
    "n_restarts_optimizer": 1_000,
    "n_quantiles": 100_000,
    "n_knots": 1_000,
    "n_bins": 10_000,
    "n_features": 1 << 20,
    "n_candidates": 10_000,
    "n_splits": 100,
    "n_repeats": 100,
    "cv": 100,
    "degree": 20,
    "hidden_layer_sizes": 10_000,
    "cache_size": 500,
    "max_leaf_nodes": 131_072,
    "max_depth": 1_000,
    "code_size": 100,
    "max_subpopulation": 1_000_000,
}
