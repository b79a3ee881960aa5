"""The learner's inputs inside the graph: computed columns, the matrix, and its scaled, one-hot encoded form."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from onnx import TensorProto

from studio.model.encoder import Encoder
from studio.model.export.nodes import GraphBuilder
from studio.model.export.operations import export_operation
from studio.model.session import INPUT


class LearnerInputs:
    """The names of values that exporters can use; each is added to the graph on first use.

    Parameters
    ----------
    columns
        The fitted ColumnTransformer of the pipeline.
    """

    def __init__(self, build: GraphBuilder, encoder: Encoder, columns: Any) -> None:
        self.build = build
        self.encoder = encoder
        self.n_numbers = len(encoder.numbers)
        self._columns = columns

    @cached_property
    def expanded(self) -> str:
        """The encoded matrix with computed columns appended."""
        parts = [INPUT]
        whole = INPUT
        for stage in self.encoder.stages:
            taken = self.build.gather(whole, list(stage.inputs))
            parts.append(export_operation(self.build, stage.operation, taken))
            whole = self.build.join([whole, parts[-1]])
        return whole

    @cached_property
    def matrix(self) -> str:
        """The learner's inputs: numbers, then codes."""
        if self.encoder.is_plain:
            return INPUT
        return self.build.gather(self.expanded, [item.position for item in self.encoder.inputs])

    @cached_property
    def numbers(self) -> str:
        """The numbers, imputed and scaled as in the pipeline; only if there are any."""
        values = self._numbers_and_codes[0]
        transformer = self._columns.named_transformers_["numbers"]
        for name, step in getattr(transformer, "named_steps", {}).items():
            values = self._number_step(name, step, values)
        return values

    @cached_property
    def codes(self) -> str:
        """The codes as integers; only if there are any."""
        return self.build.node("Cast", self._numbers_and_codes[1], to=TensorProto.INT64)

    @cached_property
    def _numbers_and_codes(self) -> list[str]:
        """The learner's raw numbers and its codes; if there is only one kind, it is the whole matrix."""
        widths = [self.n_numbers, len(self.encoder.inputs) - self.n_numbers]
        if 0 in widths:
            return [self.matrix, self.matrix]
        sizes = self.build.constant(widths, np.int64)
        return self.build.nodes_of("Split", self.matrix, sizes, outputs=2, axis=1)

    @cached_property
    def dense(self) -> str:
        """All columns as the pipeline passes them to the estimator, shape (n_rows, n_columns)."""
        parts = [self.numbers] if self.n_numbers else []
        for index, feature in enumerate(self.encoder.categories):
            known = len(feature.known_codes)
            table = np.vstack([np.eye(known), np.zeros((feature.unseen_code + 1 - known, known))])
            row = self.build.node("Gather", self.codes, self.build.constant(index, np.int64), axis=1)
            parts.append(self.build.node("Gather", self.build.constant(table), row, axis=0))
        return self.build.join(parts)

    def _number_step(self, name: str, step: Any, values: str) -> str:
        build = self.build
        if name == "impute":
            missing = build.node("IsNaN", values)
            return build.node("Where", missing, build.constant(step.statistics_.reshape(1, -1)), values)
        if name == "bin":
            return self._binned(step, values)
        if hasattr(step, "mean_"):
            centred = build.node("Sub", values, build.constant(step.mean_.reshape(1, -1)))
            return build.node("Div", centred, build.constant(step.scale_.reshape(1, -1)))
        scaled = build.node("Mul", values, build.constant(step.scale_.reshape(1, -1)))
        return build.node("Add", scaled, build.constant(step.min_.reshape(1, -1)))

    def _binned(self, step: Any, values: str) -> str:
        inner = [edges[1:-1] for edges in step.bin_edges_]
        width = max(1, *(len(edges) for edges in inner))
        table = np.full((1, len(inner), width), np.inf)
        for index, edges in enumerate(inner):
            table[0, index, : len(edges)] = edges
        deep = self.build.node("Unsqueeze", values, self.build.constant([2], np.int64))
        reached = self.build.number(self.build.node("GreaterOrEqual", deep, self.build.constant(table)))
        return self.build.row_sum(reached, 2, keep=False)


# Adds a fitted estimator's scores to the graph and returns their name.
Exporter = Callable[[LearnerInputs, Any], str]
