"""Training curves: the loss after each tree or each pass over the rows."""

from typing import Any

from studio.model.evaluation import log_loss
from studio.model.manifest import MULTICLASS, TWO_CLASS
from studio.model.profile import sample_places
from studio.model.scikit.fitted import FittedElsewhere
from studio.model.trained import TrainedModel

MAX_ROWS = 5000


def training_curve(model: TrainedModel) -> dict[str, Any] | None:
    """Return the loss by iteration for boosted trees and neural networks, None for other learners.

    Trees: log loss or mean squared error on up to 5,000 training rows. Networks: the loss being minimized.
    """
    if isinstance(model.pipeline, FittedElsewhere):
        return model.pipeline.curve()
    estimator = model.pipeline.named_steps["estimator"]
    network = getattr(estimator, "regressor_", estimator)
    if hasattr(network, "loss_curve_"):
        return {"unit": "epoch", "loss": [float(loss) for loss in network.loss_curve_]}
    if not hasattr(estimator, "staged_predict"):
        return None
    rows = sample_places(len(model.matrix), MAX_ROWS)
    inputs = model.pipeline.named_steps["columns"].transform(model.encoder.learner_matrix(model.matrix[rows]))
    truth = model.target[rows]
    if model.task in (TWO_CLASS, MULTICLASS):
        losses = [log_loss(truth, stage) for stage in estimator.staged_predict_proba(inputs)]
    else:
        losses = [float(((stage - truth) ** 2).mean()) for stage in estimator.staged_predict(inputs)]
    return {"unit": "tree", "loss": losses}
