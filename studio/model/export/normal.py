"""The quantile function of the normal distribution in the graph.

References
----------
M. J. Wichura, Algorithm AS 241: The Percentage Points of the Normal Distribution, Applied Statistics 37 (1988).
"""

from studio.model.export.nodes import GraphBuilder

# Numerators and denominators, the highest power first: near the median, and towards the ends.
NEAR = (
    (
        *(2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457),
        *(13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    ),
    (
        *(5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867),
        *(5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0),
    ),
)
FAR = (
    (
        *(7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258),
        *(3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734),
    ),
    (
        *(1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459),
        *(0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0),
    ),
)
MIDDLE, NEAREST, FURTHER = 0.425, 0.180625, 1.6


def normal_quantiles(build: GraphBuilder, shares: str, smallest: float) -> str:
    """Add the number below which each share of a normal distribution is; shares are held at `smallest` from the ends.

    `smallest` is 1e-10 or more, for which two of the algorithm's three formulas are enough.
    """
    held = build.node("Clip", shares, build.constant(smallest), build.constant(1 - smallest))
    away = build.node("Sub", held, build.constant([[0.5]]))
    near = build.node("Sub", build.constant([[NEAREST]]), build.node("Mul", away, away))
    inner = build.node("Mul", _ratio(build, near, NEAR), away)
    tail = build.node("Min", held, build.node("Sub", build.constant([[1.0]]), held))
    root = build.node("Sqrt", build.node("Neg", build.node("Log", tail)))
    far = _ratio(build, build.node("Sub", root, build.constant([[FURTHER]])), FAR)
    outer = build.node("Mul", far, build.node("Sign", away))
    is_inner = build.node("LessOrEqual", build.node("Abs", away), build.constant([[MIDDLE]]))
    return build.node("Where", is_inner, inner, outer)


def _ratio(build: GraphBuilder, values: str, parts: tuple[tuple[float, ...], tuple[float, ...]]) -> str:
    return build.node("Div", *(_polynomial(build, values, coefficients) for coefficients in parts))


def _polynomial(build: GraphBuilder, values: str, coefficients: tuple[float, ...]) -> str:
    found = build.constant([[coefficients[0]]])
    for coefficient in coefficients[1:]:
        found = build.node("Add", build.node("Mul", found, values), build.constant([[coefficient]]))
    return found
