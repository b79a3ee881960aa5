"""The same learners with scikit-learn alone: the estimator on plain arrays, without experiment, encoder or graph."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from studio.graph.contract import Call
from studio.graph.palette import find_module
from studio.graph.properties import read_properties
from studio.model.manifest import ANOMALY, CLUSTERING, MULTICLASS, TWO_CLASS
from studio.model.pipeline import Scaling
from studio.model.trained import TrainingShape, UntrainedModel

BASE = "Two-Class Logistic Regression"
SCALERS = {Scaling.STANDARD: StandardScaler, Scaling.MIN_MAX: MinMaxScaler}


@dataclass(frozen=True)
class DirectModel:
    """A fitted scikit-learn pipeline and its task."""

    pipeline: Pipeline
    task: str

    @staticmethod
    def base(learner: str) -> str:
        """Return the two-class learner inside One-vs-All, One-vs-One and Ordinal Regression."""
        return BASE

    @staticmethod
    def is_built_from_another(learner: str) -> bool:
        """Return whether a learner needs a two-class learner."""
        module = find_module(learner)
        return module is not None and bool(module.inputs)

    @staticmethod
    def untrained(learner: str) -> UntrainedModel:
        """Return a learner with default properties."""
        module = find_module(learner)
        assert module is not None
        inputs = {port.name: DirectModel.untrained(BASE) for port in module.inputs}
        call = Call(learner, module, inputs, read_properties(module, {}), None)  # type: ignore[arg-type]
        made: UntrainedModel = module.run(call)[0]
        return made

    def score(self, numbers: Any) -> Any:
        """Return the scores in the service's column order, shape (n_rows, n_scores)."""
        if self.task == TWO_CLASS:
            return self.pipeline.predict_proba(numbers)[:, 1:]
        if self.task == MULTICLASS:
            return self.pipeline.predict_proba(numbers)
        found = self.pipeline.transform(numbers) if self.task == CLUSTERING else self.pipeline.predict(numbers)
        return np.asarray(found).reshape(len(numbers), -1)


def train_directly(learner: str, numbers: Any, truth: Any) -> DirectModel:
    """Fit a learner's estimator to arrays of shape (n_rows, n_columns) and (n_rows,)."""
    untrained = DirectModel.untrained(learner)
    labels, counts = np.unique(truth, return_counts=True)
    classes = untrained.task in (TWO_CLASS, MULTICLASS)
    target = np.searchsorted(labels, truth) if classes else truth.astype(np.float64)
    shape = TrainingShape(len(truth), numbers.shape[1], int(counts.min()) if classes else 0)
    steps: list[Any] = [] if untrained.scaling is Scaling.NONE else [SimpleImputer()]
    steps += [SCALERS[untrained.scaling]()] if untrained.scaling in SCALERS else []
    pipeline = make_pipeline(*steps, untrained.build(untrained.properties, shape))
    return DirectModel(
        pipeline.fit(numbers, None if untrained.task in (CLUSTERING, ANOMALY) else target), untrained.task
    )
