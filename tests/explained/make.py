"""Write what the package shap says of small models: `python -m tests.explained.make` makes `tests/explained/*.json`.

shap is no dependency of the project. Run this with shap, numba, slicer, cloudpickle and tqdm on PYTHONPATH, installed
into a folder of their own (`pip install --no-deps --target`). Each file has the model file beside it: rows as a caller
sends them, what each source column adds to the margin of the explained score (its one-hot columns together), the base,
and which score it is.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from studio.model.container import write_model_file
from studio.model.explain.explainer import explained_output
from studio.model.explain.sources import sources_of_columns
from studio.model.packaging import package_model
from tests.builders import clean_people, load_packed, train_on

FOLDER = Path(__file__).parent
ROWS = [
    ["30", "Oslo", "12.5", "true", "yes"],
    ["", "Lima", "", "false", "no"],
    ["?", "?", "?", "", "no"],
    ["71", "Atlantis", "3.25", "true", "yes"],
    ["44", "", "59.9", "false", "yes"],
    ["18", "Cairo", "0", "true", "no"],
]
NAMES = ("age", "city", "hours", "smoker", "bought")
FEW = {"Total number of trees constructed": 15}
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "boosted": ("Two-Class Boosted Decision Tree", FEW),
    "boosted-classes": ("MultiClass Boosted Decision Tree", {"Total number of trees constructed": 5}),
    "boosted-regression": ("Boosted Decision Tree Regression", FEW),
    "forest": ("Two-Class Decision Forest", {"Maximum depth of the decision trees": 6}),
    "forest-classes": ("Multiclass Decision Forest", {"Maximum depth of the decision trees": 6}),
    "forest-regression": ("Decision Forest Regression", {"Maximum depth of the decision trees": 6}),
    "logistic": ("Two-Class Logistic Regression", {}),
    "linear": ("Linear Regression", {}),
}


def main() -> None:
    """Train each model and write its file and what shap says."""
    data = clean_people(300, seed=5)
    for name, (learner, properties) in CASES.items():
        model = train_on(learner, data, **properties)
        file = package_model(model, name, evaluated=[], evaluation=None, lineage={})
        (FOLDER / f"{name}.ilearner").write_bytes(write_model_file(file))
        loaded = load_packed(model)
        rows = [[row[NAMES.index(column.name)] for column in model.encoder.sources] for row in ROWS]
        matrix, _ = loaded.encoder.encode(rows)
        output = explained_output(file.manifest, loaded.scorer.score(matrix))
        values, bases = _explain(model, matrix)
        made = sources_of_columns(model.encoder)
        of_dense = [
            next(iter(made[item.position]))
            for item in model.encoder.inputs
            for _ in (item.feature.known_codes if item.feature.categories is not None else range(1))
        ]
        added = np.zeros((len(rows), len(model.encoder.sources)))
        for place, source in enumerate(of_dense):
            added[:, source] += values[np.arange(len(rows)), place, output]
        found = {"rows": rows, "added": added.tolist(), "base": bases[output].tolist(), "output": output.tolist()}
        (FOLDER / f"{name}.json").write_text(json.dumps(found, indent=1) + "\n")


def _explain(model: Any, matrix: Any) -> tuple[Any, Any]:
    """Return shap's values, shape (n_rows, n_dense_columns, n_margins), and bases, shape (n_margins,)."""
    import shap

    columns, estimator = model.pipeline.named_steps["columns"], model.pipeline.named_steps["estimator"]
    trained = _dense(columns.transform(model.encoder.learner_matrix(model.matrix)))
    rows = _dense(columns.transform(model.encoder.learner_matrix(matrix)))
    estimator = getattr(estimator, "regressor_", estimator)
    if hasattr(estimator, "coef_"):
        explainer = shap.LinearExplainer(estimator, shap.maskers.Independent(trained, max_samples=len(trained)))
    else:
        explainer = shap.TreeExplainer(estimator, feature_perturbation="tree_path_dependent")
    values, bases = np.asarray(explainer.shap_values(rows)), np.atleast_1d(explainer.expected_value)
    if values.ndim == 2:
        return values[:, :, None], bases
    # Of two classes, the model's score is the second one.
    return (values[:, :, 1:], bases[1:]) if values.shape[2] == 2 else (values, bases)


def _dense(values: Any) -> Any:
    return np.asarray(values.toarray() if hasattr(values, "toarray") else values, dtype=np.float64)


if __name__ == "__main__":
    main()
