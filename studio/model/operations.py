"""Operations on numeric columns: what transforms learned, stored as data and applied to whole matrices.

Each takes a matrix of shape (n_rows, n_inputs) and returns one of shape (n_rows, n_outputs), float64 with NaN for
missing. export/operations.py writes the same operations as ONNX nodes; a test compares the two.

Sums and transcendental functions differ in the last digits between libraries, and a tree may split exactly there.
Such results are rounded to a quantum: a power of two, about twelve decimal digits below their magnitude.
"""

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]
Numbers = tuple[float, ...]

# The quantum for results between -1 and 1.
QUANTUM = 2.0**-40
QUANTUM_BITS = 40

# Numbers that JSON lacks.
NUMBER_WORDS = ("nan", "inf", "-inf")

# Coefficients of the polynomial in normal_distribution, the constant first.
ERFC = (
    -0.6717940840566909,
    0.6726432239778191,
    0.04734330684145125,
    -0.04689561024553974,
    -0.00987268934424276,
    0.008824938931424135,
    0.0017589331326054779,
    -0.0023458169990780483,
    -0.00014624263378135806,
    0.0006737088063710513,
    -9.37599241818099e-05,
    -0.00017442510448945937,
    7.149428979876162e-05,
    3.206369535466412e-05,
    -3.041963771063912e-05,
    -4.037695742143095e-07,
    8.951457521119128e-06,
    -2.3551270728653734e-06,
    -1.7123260556572352e-06,
    8.55961855299194e-07,
    1.5966966568990095e-07,
    -1.1838475536660632e-07,
    7.892989118214692e-10,
)


class Operation(Protocol):
    """A function on matrices that can be stored as data."""

    def width(self, n_inputs: int) -> int:
        """Return the number of output columns for `n_inputs` input columns."""
        ...

    def apply(self, values: Matrix) -> Matrix:
        """Return the outputs for inputs of shape (n_rows, n_inputs)."""
        ...


class ColumnWise:
    """An operation with one output column per input column."""

    __slots__ = ()

    def width(self, n_inputs: int) -> int:
        """Return the number of inputs."""
        return n_inputs


@dataclass(frozen=True, slots=True)
class Affine(ColumnWise):
    """Subtract `shift` and divide by `scale`, column by column."""

    shift: Numbers
    scale: Numbers

    def apply(self, values: Matrix) -> Matrix:
        """Return (values - shift) / scale."""
        result: Matrix = (values - np.array(self.shift)) / np.array(self.scale)
        return result


@dataclass(frozen=True, slots=True)
class Logistic(ColumnWise):
    """Map every number to 1 / (1 + exp(-x))."""

    def apply(self, values: Matrix) -> Matrix:
        """Return the logistic function of the values."""
        with np.errstate(over="ignore"):
            return round_to(1 / (1 + np.exp(-values)), QUANTUM)


@dataclass(frozen=True, slots=True)
class Tanh(ColumnWise):
    """Map every number to its hyperbolic tangent."""

    def apply(self, values: Matrix) -> Matrix:
        """Return tanh of the values."""
        return round_to(np.tanh(values), QUANTUM)


@dataclass(frozen=True, slots=True)
class LogNormal(ColumnWise):
    """Map positive numbers to the log-normal cumulative distribution function; others become 0.

    `location` and `spread` are the mean and standard deviation of the logarithm, one per column.
    """

    location: Numbers
    spread: Numbers

    def apply(self, values: Matrix) -> Matrix:
        """Return the distribution function at the values."""
        positive = np.where(values <= 0, 1.0, values)
        z = (np.log(positive) - np.array(self.location)) / np.array(self.spread)
        return round_to(np.where(values <= 0, 0.0, normal_distribution(z)), QUANTUM)


@dataclass(frozen=True, slots=True)
class Clip(ColumnWise):
    """Replace numbers below `low` and above `high` by `low_value` and `high_value` (NaN makes them missing)."""

    low: Numbers
    high: Numbers
    low_value: Numbers
    high_value: Numbers

    def apply(self, values: Matrix) -> Matrix:
        """Return the clipped values."""
        result = np.where(values < np.array(self.low), np.array(self.low_value), values)
        return np.where(values > np.array(self.high), np.array(self.high_value), result)


@dataclass(frozen=True, slots=True)
class Outside(ColumnWise):
    """Return 1 where a number is below `low` or above `high`, else 0."""

    low: Numbers
    high: Numbers

    def apply(self, values: Matrix) -> Matrix:
        """Return the indicators."""
        return ((values < np.array(self.low)) | (values > np.array(self.high))).astype(np.float64)


@dataclass(frozen=True, slots=True)
class FillNumbers(ColumnWise):
    """Replace missing numbers."""

    numbers: Numbers

    def apply(self, values: Matrix) -> Matrix:
        """Return the values with missing ones filled."""
        return np.where(np.isnan(values), np.array(self.numbers), values)


@dataclass(frozen=True, slots=True)
class ReplaceNumber(ColumnWise):
    """Replace numbers equal to `old` with `new`."""

    old: float
    new: float

    def apply(self, values: Matrix) -> Matrix:
        """Return the values with the number replaced."""
        return np.where(values == self.old, self.new, values)


@dataclass(frozen=True, slots=True)
class IsMissing(ColumnWise):
    """Return 1 where a number is missing, else 0."""

    def apply(self, values: Matrix) -> Matrix:
        """Return the indicators."""
        return np.isnan(values).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Bins(ColumnWise):
    """Map numbers to the value of their bin: bin i holds numbers above edge i-1, up to and including edge i.

    `edges` are ascending; `values` has one more item. Missing stays missing.
    """

    edges: Numbers
    values: Numbers

    def apply(self, values: Matrix) -> Matrix:
        """Return the bins' values."""
        found = np.array(self.values)[np.searchsorted(np.array(self.edges), values, side="left")]
        result: Matrix = np.where(np.isnan(values), np.nan, found)
        return result


@dataclass(frozen=True, slots=True)
class Codes(ColumnWise):
    """Map numbers to category codes: the position in `values`, then one code for missing and one for unseen."""

    values: Numbers

    def apply(self, values: Matrix) -> Matrix:
        """Return the codes."""
        known = np.array(self.values)
        result = np.full(values.shape, float(len(known) + 1))
        for code, value in enumerate(known):
            result[values == value] = code
        result[np.isnan(values)] = len(known)
        return result


@dataclass(frozen=True, slots=True)
class Indicators:
    """Expand a column of codes into a 0/1 column for each of the codes 0 … n_codes-1."""

    n_codes: int

    def width(self, n_inputs: int) -> int:
        """Return the number of codes."""
        return self.n_codes

    def apply(self, values: Matrix) -> Matrix:
        """Return the indicators, shape (n_rows, n_codes)."""
        result: Matrix = (values == np.arange(self.n_codes)).astype(np.float64)
        return result


@dataclass(frozen=True, slots=True)
class Project:
    """Centre by `mean` and project onto `components`, one row per output; results are rounded to `quantum`."""

    mean: Numbers
    components: tuple[Numbers, ...]
    quantum: float

    def width(self, n_inputs: int) -> int:
        """Return the number of components."""
        return len(self.components)

    def apply(self, values: Matrix) -> Matrix:
        """Return the projections."""
        return round_to((values - np.array(self.mean)) @ np.array(self.components).T, self.quantum)


@dataclass(frozen=True, slots=True)
class Refill(ColumnWise):
    """Impute missing numbers from the other columns by linear maps, repeated `rounds` times.

    Missing numbers start as `start`. A map is (column, weights for all columns, intercept, lowest, highest); a round
    applies all maps in order and changes only missing numbers. Chained equations (MICE) apply one column's map after
    the other; probabilistic PCA computes the maps of all columns before it applies any (`together`). `quanta` are the
    quanta of imputed numbers, one per column.
    """

    start: Numbers
    maps: tuple[tuple[int, Numbers, float, float, float], ...]
    rounds: int
    together: bool
    quanta: Numbers

    def apply(self, values: Matrix) -> Matrix:
        """Return the values with missing ones filled."""
        missing = np.isnan(values)
        filled = np.where(missing, np.array(self.start), values)
        for _ in range(self.rounds if missing.any() else 0):
            before = filled.copy() if self.together else filled
            for column, weights, intercept, low, high in self.maps:
                guess = np.clip(before @ np.array(weights) + intercept, low, high)
                filled[:, column] = np.where(missing[:, column], guess, filled[:, column])
        return np.where(missing, round_to(filled, np.array(self.quanta)), values)


@dataclass(frozen=True, slots=True)
class Formula:
    """Compute a formula of formulas.py from each column: alone, with a constant, or with the last column.

    `constant` is NaN if the last column is the second argument, None if there is none.
    """

    name: str
    constant: float | None

    def width(self, n_inputs: int) -> int:
        """Return the number of inputs, without the second argument."""
        return n_inputs - (self.constant is not None and math.isnan(self.constant))

    def apply(self, values: Matrix) -> Matrix:
        """Return the results."""
        from studio.model.formulas import apply_formula

        return apply_formula(self.name, values, self.constant)


@dataclass(frozen=True, slots=True)
class DateParts:
    """Split one column of POSIX seconds into parts of the date and time, UTC."""

    parts: tuple[str, ...]

    def width(self, n_inputs: int) -> int:
        """Return the number of parts."""
        return len(self.parts)

    def apply(self, values: Matrix) -> Matrix:
        """Return the parts, shape (n_rows, n_parts)."""
        from studio.model.formulas import ArraySteps, date_part

        return np.hstack([date_part(ArraySteps(), part, values) for part in self.parts])


@dataclass(frozen=True, slots=True)
class Lookup:
    """Replace a column of codes with the rows of a table; other numbers get the last row."""

    table: tuple[Numbers, ...]

    def width(self, n_inputs: int) -> int:
        """Return the number of the table's columns."""
        return len(self.table[0])

    def apply(self, values: Matrix) -> Matrix:
        """Return the rows, shape (n_rows, n_columns)."""
        last = len(self.table) - 1
        inside = (values[:, 0] >= 0) & (values[:, 0] <= last)
        result: Matrix = np.array(self.table)[np.where(inside, values[:, 0], last).astype(np.int64)]
        return result


OPERATIONS: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        Affine,
        Logistic,
        Tanh,
        LogNormal,
        Clip,
        Outside,
        FillNumbers,
        ReplaceNumber,
        IsMissing,
        Bins,
        Codes,
        Indicators,
        Project,
        Refill,
        Formula,
        DateParts,
        Lookup,
    )
}


def operation_to_json(operation: Any) -> dict[str, Any]:
    """Return an operation as stored in `encoder.json`; numbers that JSON lacks become text."""
    fields = {item.name: _plain(getattr(operation, item.name)) for item in dataclasses.fields(operation)}
    return {"operation": type(operation).__name__, **fields}


def operation_from_json(value: dict[str, Any]) -> Operation:
    """Read what operation_to_json wrote; KeyError or TypeError if it is not an operation."""
    fields = {name: _tuples(item) for name, item in value.items() if name != "operation"}
    operation: Operation = OPERATIONS[value["operation"]](**fields)
    return operation


def round_to(values: Any, quantum: Any) -> Matrix:
    """Return the values rounded to multiples of a quantum."""
    result: Matrix = np.rint(values / quantum) * quantum
    return result


def quantum_of(values: Any) -> float:
    """Return the quantum for results of this magnitude; the values may contain NaN."""
    largest = float(np.nanmax(np.abs(values), initial=0.0))
    return 2.0 ** (math.frexp(largest or 1.0)[1] - QUANTUM_BITS)


def normal_distribution(z: Matrix) -> Matrix:
    """Return the standard normal distribution function, within 1e-14, using operators that ONNX has for doubles.

    How it works: for x >= 0, erfc(x) = t exp(-x² + p(2t - 1)) with t = 2 / (2 + x), where p is a Chebyshev polynomial
    fitted to the remainder.
    """
    x = np.abs(z) / math.sqrt(2)
    t = 2 / (2 + x)
    exponent = np.full_like(x, ERFC[-1])
    for coefficient in ERFC[-2::-1]:
        exponent = exponent * (2 * t - 1) + coefficient
    tail = 0.5 * t * np.exp(exponent - x * x)
    return np.where(z > 0, 1 - tail, tail)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    return value


def _tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    return float(value) if value in NUMBER_WORDS else value
