"""Watches estimators while they fit: the loss after each epoch of a network or tree of a boosted model, as it comes.

A thread looks at what the fit has written so far, so the fit is the same with and without it, and as fast.
"""

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from studio.graph.contract import Call
from studio.graph.journal import Curve, scored
from studio.model.evaluation import log_loss
from studio.model.profile import sample_places

LOOK_SECONDS = 0.25
MAX_ROWS = 1000
Look = Callable[[], Curve | None]
logger = logging.getLogger(__name__)


@contextmanager
def watched(call: Call, pipeline: Any, inputs: Any, target: Any) -> Iterator[None]:
    """Draw the curve of a pipeline's estimator in the run's journal while it fits, and once more at the end."""
    look = _look_at(pipeline, inputs, target)
    if call.journal is None or look is None:
        yield
        return
    ended, journal = threading.Event(), call.journal

    def draw() -> None:
        # A fit must not fail because nobody could watch it.
        with contextlib.suppress(Exception):
            curve = look()
            if curve is not None:
                journal.draw(call.title, curve)

    def go_on() -> None:
        while not ended.wait(LOOK_SECONDS):
            draw()

    watcher = threading.Thread(target=go_on, daemon=True, name="watch-fit")
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
        draw()


def _look_at(pipeline: Any, inputs: Any, target: Any) -> Look | None:
    estimator = pipeline.named_steps["estimator"]
    if type(estimator).__name__.startswith("HistGradientBoosting"):
        return _Trees(pipeline, inputs, target).look
    network = getattr(estimator, "regressor", estimator)
    if type(network).__name__ in ("MLPClassifier", "MLPRegressor"):
        return lambda: _epochs(getattr(estimator, "regressor_", None) or estimator)
    return None


def _epochs(network: Any) -> Curve | None:
    losses = getattr(network, "loss_curve_", None)
    if losses is None:
        return None
    return Curve("epoch", network.max_iter, scored(losses), scored(network.validation_scores_ or ()))


class _Trees:
    """Adds up the trees of a boosted model as they are grown, on a sample of the training rows."""

    def __init__(self, pipeline: Any, inputs: Any, target: Any) -> None:
        self._pipeline, self._estimator = pipeline, pipeline.named_steps["estimator"]
        rows = sample_places(len(inputs), MAX_ROWS)
        self._inputs, self._truth = inputs[rows], target[rows]
        self._losses: list[float] = []
        self._sums: Any = None

    def look(self) -> Curve | None:
        """Return the loss after each tree that is whole."""
        model = self._estimator
        rounds = getattr(model, "_predictors", None)
        if rounds is None or model._preprocessor is not None:
            return None
        if self._sums is None:
            self._inputs = self._pipeline.named_steps["columns"].transform(self._inputs)
            width = model.n_trees_per_iteration_
            self._sums = np.zeros((len(self._inputs), width)) + model._baseline_prediction
        bitsets, places = model._bin_mapper.make_known_categories_bitsets()
        for trees in rounds[len(self._losses) :]:
            if len(trees) < self._sums.shape[1]:
                break
            for slot, tree in enumerate(trees):
                self._sums[:, slot] += tree.predict(self._inputs, bitsets, places, 1)
            self._losses.append(self._loss())
        # The first score is of no tree at all.
        return Curve("tree", model.max_iter, tuple(self._losses), scored(model.validation_score_[1:]))

    def _loss(self) -> float:
        loss = self._estimator._loss
        if hasattr(self._estimator, "classes_"):
            return log_loss(self._truth, loss.predict_proba(self._sums))
        return float(((loss.link.inverse(self._sums[:, 0]) - self._truth) ** 2).mean())
