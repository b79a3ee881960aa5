"""Comparing values that flow between modules: equal to the bit, in type, memory layout and sharing."""

import dataclasses
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from studio.model.trained import TrainedModel


def assert_same(one: Any, other: Any) -> None:
    """Fail unless a value is like the other, the original, in everything that a module could see."""
    assert type(one) is type(other)
    if isinstance(one, TrainedModel):
        assert one.score(one.matrix).tobytes() == other.score(other.matrix).tobytes()
    if dataclasses.is_dataclass(one):
        for field in dataclasses.fields(one):
            if field.name != "pipeline":
                assert_same(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, np.ndarray):
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        assert one.flags.f_contiguous == other.flags.f_contiguous or not other.flags.forc
        assert one.tolist() == other.tolist() if one.dtype == object else one.tobytes() == other.tobytes()
    elif isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other, check_exact=True, check_index_type="exact")
    elif isinstance(one, dict):
        assert list(one) == list(other)
        for name in one:
            assert_same(one[name], other[name])
    elif isinstance(one, (tuple, list)):
        assert len(one) == len(other)
        for left, right in zip(one, other, strict=True):
            assert_same(left, right)
    elif isinstance(one, partial):
        assert_same((one.func, *one.args), (other.func, *other.args))
    else:
        assert one == other or (one != one and other != other)
