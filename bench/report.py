"""The measurements, as lines of a table."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One measurement.

    `reached` is the paired ratios or the single figure; `holds` says whether it meets the target `mark`, None if there
    is no target.
    """

    what: str
    figure: str
    mark: str = ""
    reached: str = ""
    holds: bool | None = None


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Return median, minimum and maximum."""
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def ratio_line(what: str, figure: str, ratios: Sequence[float], mark: float, *, at_most: bool = False) -> Line:
    """Return the line of paired ratios, whose median is compared with a target."""
    median = statistics.median(ratios)
    sign, holds = ("≤", median <= mark) if at_most else ("≥", median >= mark)
    return Line(what, figure, f"{sign} {mark:g}", spread(ratios), holds)


def figure_line(what: str, figure: str, value: float, mark: float, *, at_most: bool = True) -> Line:
    """Return the line of one figure compared with a target."""
    sign, holds = ("≤", value <= mark) if at_most else ("≥", value >= mark)
    return Line(what, figure, f"{sign} {mark:g}", f"{value:.3g}", holds)


def markdown(title: str, lines: Sequence[Line]) -> str:
    """Return lines as a Markdown table."""
    head = f"## {title}\n\n| what | measured | target | result | met |\n|---|---|---|---|---|\n"
    signs = {True: "yes", False: "**no**", None: ""}
    rows = [f"| {line.what} | {line.figure} | {line.mark} | {line.reached} | {signs[line.holds]} |" for line in lines]
    return head + "\n".join(rows) + "\n"
