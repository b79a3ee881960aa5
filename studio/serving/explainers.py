"""What explains the models of this process: prepared when a model's first row is explained, gone with the model."""

import threading
import time
from collections.abc import Callable, Sequence
from weakref import WeakKeyDictionary

import numpy as np

from studio.errors import BadUserArgument, InvalidOperation
from studio.model.explain.columns import explanation_cells, explanation_columns
from studio.model.explain.explainer import Explainer
from studio.model.loaded import LoadedModel
from studio.model.operations import Matrix
from studio.registry.definitions import PREDICTIVE, Definition
from studio.tables.schema import Cell
from studio.wire import read_flag

MAX_ROWS, MAX_SECONDS, ROWS_AT_ONCE = 1000, 30.0, 50
MAX_BYTES = 128 << 20
REMEDY = "Send fewer rows in each request."


class Explainers:
    """The explainers of loaded models; safe to share between threads.

    Parameters
    ----------
    max_bytes
        The memory for all together; those that were used least recently are dropped, the last one always stays.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._kept: WeakKeyDictionary[LoadedModel, Explainer] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def wanted(self, definition: Definition, flag: str) -> "Explainers | None":
        """Return itself if a request's flag `explain` is true, None if it is false.

        Raises
        ------
        BadArgument
            If the flag is neither.
        InvalidOperation
            If scores of the web service cannot be explained.
        """
        if not read_flag(flag, "explain"):
            return None
        check_explained(definition)
        return self

    def get(self, model: LoadedModel) -> Explainer:
        """Return what explains a model."""
        with self._lock:
            found = self._kept.pop(model, None) or Explainer(model)
            self._kept[model] = found
            while len(self._kept) > 1 and sum(item.memory_bytes for item in self._kept.values()) > self._max_bytes:
                del self._kept[next(iter(self._kept.keys()))]
            return found

    def explain(
        self, model: LoadedModel, matrix: Matrix, scores: Matrix, sources: Sequence[str]
    ) -> list[Sequence[Cell]]:
        """Return the cells of `explanation_columns` for these sources.

        Parameters
        ----------
        matrix, scores
            The encoded rows, and what the model's scorer gave them.

        Raises
        ------
        BadUserArgument
            If there are more than MAX_ROWS rows, or they take longer than MAX_SECONDS.
        """
        if len(matrix) > MAX_ROWS:
            message = f"At most {MAX_ROWS:,} rows are explained in a request, got {len(matrix):,}. {REMEDY}"
            raise BadUserArgument("InputParseError", message)
        until = time.monotonic() + MAX_SECONDS

        def check() -> None:
            if time.monotonic() > until:
                message = f"Explaining {len(matrix):,} rows takes longer than {MAX_SECONDS:.0f} s. {REMEDY}"
                raise BadUserArgument("InputParseError", message)

        return self.explain_while(check, model, matrix, scores, sources)

    def explain_while(
        self,
        check: Callable[[], None],
        model: LoadedModel,
        matrix: Matrix,
        scores: Matrix,
        sources: Sequence[str],
    ) -> list[Sequence[Cell]]:
        """Return what `explain` returns for any number of rows; `check`, called every few rows, raises to end it."""
        explainer = self.get(model)
        cells: list[list[Cell]] = [[] for _ in explanation_columns(sources)]
        for start in range(0, len(matrix), ROWS_AT_ONCE):
            check()
            rows = slice(start, start + ROWS_AT_ONCE)
            found = explainer.explain(np.asarray(matrix[rows]), scores[rows])
            for column, part in zip(cells, explanation_cells(found, model.file.manifest, sources), strict=True):
                column += part
        return [*cells]


def is_explained(definition: Definition) -> bool:
    """Return whether scores of a web service can be explained."""
    return definition.kind == PREDICTIVE and not definition.models


def check_explained(definition: Definition) -> None:
    """Raise InvalidOperation if a web service runs modules for its scores, which cannot be explained."""
    if definition.models:
        raise InvalidOperation(
            "DataTypeNotSupported",
            "The web service runs modules for each request, and not a trained model alone: what its columns add to the "
            "scores is not known. Explanations are made by web services that were published from a training "
            "experiment; call this one without explain.",
        )
