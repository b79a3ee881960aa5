"""Apply Math Operation: compute with the numbers of one or two columns."""

import math
from typing import Any

from studio.graph.column_selection import pick_column, pick_numbers
from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset
from studio.graph.transformations import free_name, replace_columns
from studio.model.formulas import TESTS
from studio.model.operations import Formula
from studio.tables.schema import Column, ColumnType

CATEGORY, COLUMNS, MODE = "Category", "Column Set", "Output mode"
APPEND, IN_PLACE, ONLY = "Append", "Inplace", "ResultOnly"
CONSTANT, COLUMN = "Constant", "ColumnSet"
# For each category: the property that chooses the function, the functions of one and of two arguments, the properties
# that give the second argument (its type, the constant, the column), and the constant's default.
SECOND = ("Second argument type", "Constant second argument", "Second argument")
PRECISION = ("Precision Type", "Constant Precision", "Precision column")
DIGITS = ("RoundDigits", "RoundDown", "RoundUp", "Truncate")
CATEGORIES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "Basic": (
        "Basic Math Function",
        (
            *("Abs", "Conj", "CubeRoot", "Exp", "ExpMinus1", "Ln", "LnPlus1", "Log10", "Log2"),
            *("Sqrt", "SqrtPi", "Square"),
        ),
        ("Atan2", "Exp2", "Hypotenuse", "Log", "NthRoot", "Pow"),
    ),
    "Compare": (
        "Comparison Function",
        (),
        (
            *("EqualTo", "GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo", "NotEqualTo"),
            *("PairMax", "PairMin"),
        ),
    ),
    "Operations": ("Arithmetic Operation", (), ("Add", "Divide", "Multiply", "Subtract")),
    "Rounding": (
        "Rounding Operation",
        ("Ceiling", "CeilingPower2", "Floor", "ToEven", "ToOdd"),
        ("Mod", "Quotient", "Remainder", *DIGITS),
    ),
    "Special": ("Special Function", ("Erf", "Erfc"), ()),
    "Trigonometric": (
        "Trigonometric Function",
        (
            *("Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Cos", "Cosh", "Cot", "Csc", "DegreesToRadians"),
            *("RadiansToDegrees", "Sec", "Sin", "Sinh", "Tan", "Tanh"),
        ),
        (),
    ),
}
# Functions that column headings name differently.
HEADINGS = {"EqualTo": "Equals", "Multiply": "Multiple"}


def run(call: Call) -> tuple[Any, ...]:
    """Return the dataset with the results after its columns, in place of the selected ones, or the results alone."""
    dataset: Dataset = call.inputs["Dataset"]
    names = pick_numbers(call, dataset, call.properties[COLUMNS])
    if not names:
        raise call.error("0020", "no numeric column is selected.")
    category, mode = call.properties[CATEGORY], call.properties[MODE]
    chooser, alone, _ = CATEGORIES[category]
    function = call.properties[chooser]
    constant, second = (None, None) if function in alone else _second(call, dataset, category)
    type_ = ColumnType.BOOLEAN if function in TESTS else ColumnType.DOUBLE
    taken = set(dataset.names)
    made: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for name in names:
        heading = name if mode == IN_PLACE else free_name(_heading(function, name, constant, second), taken)
        taken.add(heading)
        given = [name] if second is None else [name, second]
        made[name], arrays = dataset.computed(Formula(function, constant), given, [Column(heading, type_)])
        values |= arrays
    if mode == IN_PLACE:
        return (replace_columns(dataset, made, values),)
    new = [column for columns in made.values() for column in columns]
    return (dataset.with_columns(new if mode == ONLY else [*dataset.columns, *new], values),)


def _second(call: Call, dataset: Dataset, category: str) -> tuple[float, str | None]:
    """Return the second argument: a constant, or NaN and the column that holds it."""
    kind, constant, column = PRECISION if category == "Rounding" else SECOND
    if call.properties[kind] == CONSTANT:
        return float(call.properties[constant]), None
    if not call.properties[column]:
        raise call.error("0003", f"'{column}' must name the column of the second argument.")
    name = pick_column(call, dataset, call.properties[column])
    return math.nan, pick_numbers(call, dataset, [name])[0]


def _heading(function: str, name: str, constant: float | None, second: str | None) -> str:
    other = "" if constant is None else f"_{second}" if second is not None else f"_${constant:.12g}"
    return f"{HEADINGS.get(function, function)}({name}{other})"


def _choosers() -> tuple[Property, ...]:
    return tuple(
        Property(
            name,
            Kind.CHOICE,
            (*alone, *paired)[0],
            choices=tuple(sorted((*alone, *paired))),
            when=(CATEGORY, (category,)),
        )
        for category, (name, alone, paired) in CATEGORIES.items()
    )


def _arguments(names: tuple[str, str, str], categories: tuple[str, ...], constant: float) -> tuple[Property, ...]:
    kind, fixed, column = names
    return (
        Property(kind, Kind.CHOICE, CONSTANT, choices=(CONSTANT, COLUMN), when=(CATEGORY, categories)),
        Property(fixed, Kind.NUMBER, constant, when=(kind, (CONSTANT,))),
        Property(column, Kind.COLUMNS, optional=True, when=(kind, (COLUMN,))),
    )


MODULES = (
    Module(
        name="Apply Math Operation",
        family="6bd12c13d9c3452294d34aa44513af57",
        inputs=(Port("Dataset", PortType.DATASET),),
        outputs=(Port("Results dataset", PortType.DATASET),),
        properties=(
            Property(CATEGORY, Kind.CHOICE, "Basic", choices=tuple(CATEGORIES)),
            *_choosers(),
            *_arguments(SECOND, ("Basic", "Compare", "Operations"), 1.0),
            *_arguments(PRECISION, ("Rounding",), 1.0),
            Property(COLUMNS, Kind.COLUMNS, {"select": "numeric"}),
            Property(MODE, Kind.CHOICE, APPEND, choices=(APPEND, IN_PLACE, ONLY)),
        ),
        run=run,
        effect=Effect.COLUMNS,
        notes=(
            "New columns are named after the function and its arguments, such as `Add(a_b)` or `Equals(a_$10)`.",
            "A result that is no finite number, such as the logarithm of 0 or a division by 0, is missing; the "
            "original returned Infinity.",
            "The second argument is used only by functions that take one: Atan2, Exp2, Hypotenuse, Log, NthRoot, Pow, "
            "comparisons and arithmetic; the precision by Mod, Quotient and Remainder (the divisor) and by "
            "RoundDigits, RoundDown, RoundUp and Truncate (decimal digits).",
            "Of the Special category only the error functions are there, and of Basic not DoubleFactorial, Eps and "
            "Factorial: ONNX Runtime has no such functions for doubles. Use Execute Python Script before the web "
            "service input.",
        ),
    ),
)
