"""Draws the month as an SVG: drift, metric by model, shares, and events, on one line of days."""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape
from pathlib import Path

from examples.month.callers import DRIFT_DAY
from examples.month.days import Day, event_words

WIDTH, LEFT, RIGHT = 960, 70, 150
PANEL, GAP, TOP = 120, 46, 64
COLOURS = ("#0f6cbd", "#0e7a0d", "#c50f1f", "#8764b8")
INK, SOFT, LINE = "#242424", "#616161", "#d6d6d6"
FONT = "Segoe UI, Helvetica, Arial, sans-serif"
PSI_THRESHOLD, PSI_TOP = 0.2, 4.0


def write_picture(
    file: Path, days: Sequence[Day], shares: Sequence[tuple[datetime, dict[int, int]]], start: datetime
) -> None:
    """Write the picture of a month.

    Parameters
    ----------
    shares
        Since when which version answered which percent of the rows; 0 in the shadow.
    """
    count = len(days)
    events, lines = _events(days)
    height = _y(2, 0) + 44 + 18 * lines + 26
    parts = [
        _text(LEFT, 26, "A month of an endpoint", size=17, weight=600),
        _text(LEFT, 46, "Simulated on made-up census rows. Truths come a day late. Models by version:", fill=SOFT),
        *_legend(days),
        *_panel(0, "Largest PSI of a column", count, (0.0, 1.0, 4.0), ("0", "1", "4")),
        *_drift(days),
        *_panel(1, "AUC by truths", count, (0.4, 0.6, 0.8), ("0.4", "0.6", "0.8")),
        *_metrics(days),
        *_panel(2, "Share of the rows", count, (0.0, 0.5, 1.0), ("0 %", "50 %", "100 %")),
        *_shares(shares, start, count),
        *events,
        *_axis(count, height - 8),
    ]
    body = "\n".join(parts)
    file.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" font-family="{FONT}" '
        f'font-size="12" role="img" aria-label="Drift, metric, shares and events of a month">\n'
        f'<rect width="{WIDTH}" height="{height:.0f}" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def _x(day: float, count: int) -> float:
    """Return where a moment is, in days since the beginning."""
    return LEFT + day / count * (WIDTH - LEFT - RIGHT)


def _y(panel: int, part: float) -> float:
    """Return where a value is in a panel, from 0 at its foot to 1 at its top."""
    return TOP + 22 + panel * (PANEL + GAP) + (1 - min(1.0, max(0.0, part))) * PANEL


def _drift_part(value: float) -> float:
    """Return how high a PSI stands: small ones are to be seen beside large ones."""
    return math.log1p(10 * max(0.0, value)) / math.log1p(10 * PSI_TOP)


def _metric_part(value: float) -> float:
    return (value - 0.4) / 0.5


def _text(
    x: float, y: float, text: str, *, fill: str = INK, size: int = 12, weight: int = 400, anchor: str = "start"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{fill}" font-size="{size}" font-weight="{weight}" '
        f'text-anchor="{anchor}">{escape(text)}</text>'
    )


def _line(x: float, y: float, to_x: float, to_y: float, stroke: str = LINE, more: str = "") -> str:
    return f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" stroke="{stroke}" {more}/>'


def _colour(version: int) -> str:
    return COLOURS[(version - 1) % len(COLOURS)]


def _legend(days: Sequence[Day]) -> Iterator[str]:
    for place, version in enumerate(sorted({version for day in days for version in day.auc})):
        x = LEFT + 470 + place * 62
        yield f'<rect x="{x}" y="37" width="12" height="10" rx="2" fill="{_colour(version)}"/>'
        yield _text(x + 17, 46, f"v{version}")


def _panel(panel: int, title: str, count: int, marks: Sequence[float], names: Sequence[str]) -> Iterator[str]:
    part = (_drift_part, _metric_part, float)[panel]
    yield _text(LEFT, _y(panel, 1) - 8, title, weight=600)
    for mark, name in zip(marks, names, strict=True):
        y = _y(panel, part(mark))
        yield _line(LEFT, y, _x(count, count), y)
        yield _text(LEFT - 8, y + 4, name, fill=SOFT, anchor="end")
    x = _x(DRIFT_DAY, count)
    yield _line(x, _y(panel, 1), x, _y(panel, 0), SOFT, 'stroke-dasharray="2 3"')
    if panel == 0:
        yield _text(x, _y(panel, 1) - 8, "callers change", fill=SOFT)


def _drift(days: Sequence[Day]) -> Iterator[str]:
    count, y = len(days), _y(0, _drift_part(PSI_THRESHOLD))
    yield _line(LEFT, y, _x(count, count), y, "#8a5300", 'stroke-dasharray="5 3"')
    yield _text(_x(count, count) + 6, y + 4, "threshold 0.2", fill="#8a5300")
    for day in days:
        version = day.version
        if version not in day.drift:
            continue
        value, column = day.drift[version]
        x, top = _x(day.number - 1, count), _y(0, _drift_part(value))
        width = _x(1, count) - _x(0, count)
        fill = _colour(version)
        yield (
            f'<rect x="{x + 3:.1f}" y="{top:.1f}" width="{width - 6:.1f}" height="{max(1.0, _y(0, 0) - top):.1f}" '
            f'fill="{fill}" fill-opacity="{1 if day.fired[version] else 0.45}">'
            f"<title>day {day.number}, v{version}: {escape(column)} {value:.2f}</title></rect>"
        )


def _metrics(days: Sequence[Day]) -> Iterator[str]:
    count = len(days)
    for version in sorted({version for day in days for version in day.auc}):
        points = [
            (_x(day.number - 0.5, count), _y(1, _metric_part(day.auc[version][0])), day.auc[version])
            for day in days
            if version in day.auc
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points)
        yield f'<polyline points="{path}" fill="none" stroke="{_colour(version)}" stroke-width="2"/>'
        for x, y, (value, truths) in points:
            title = f"<title>v{version}: {value:.3f} on {truths:,} truths</title>"
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{_colour(version)}">{title}</circle>'
        x, y, _ = points[-1]
        yield _text(x + 7, y + 4, f"v{version}", fill=_colour(version), weight=600)


def _shares(shares: Sequence[tuple[datetime, dict[int, int]]], start: datetime, count: int) -> Iterator[str]:
    """Yield the shares one above the other, the oldest version at the foot, and who is in the shadow below."""
    moments = [max(0.0, (at - start).total_seconds() / 86400) for at, _ in shares]
    for (_, split), begins, ends in zip(shares, moments, [*moments[1:], float(count)], strict=True):
        x, width, foot = _x(begins, count), _x(min(ends, count), count) - _x(min(begins, count), count), 0.0
        for version in sorted(split):
            share = split[version] / 100
            if share:
                yield (
                    f'<rect x="{x:.1f}" y="{_y(2, foot + share):.1f}" width="{max(0.0, width):.1f}" '
                    f'height="{share * PANEL:.1f}" fill="{_colour(version)}" '
                    'fill-opacity="0.85" shape-rendering="crispEdges"/>'
                )
            else:
                y = _y(2, 0) + 6
                yield _line(x, y, x + max(3.0, width), y, _colour(version), 'stroke-width="4"')
                yield _text(x - 6, y + 5, f"v{version} in the shadow", fill=SOFT, anchor="end")
            foot += share


def _events(days: Sequence[Day]) -> tuple[list[str], int]:
    """Return the events below the days, and how many lines they take: as few as they fit into."""
    count, foot, ends = len(days), _y(2, 0) + 44, list[float]()
    parts = [_text(LEFT, foot - 14, "Events", weight=600)]
    for day in days:
        for words in dict.fromkeys(event_words(event) for event in day.events):
            x, width = _x(day.number - 1, count), 7.0 * len(words) + 16
            line = next((place for place, end in enumerate(ends) if end <= x), len(ends))
            ends[line : line + 1] = [x + width]
            y = foot + 8 + line * 18
            parts += [f'<circle cx="{x + 3:.1f}" cy="{y - 4:.1f}" r="3" fill="{INK}"/>', _text(x + 9, y, words)]
    return parts, len(ends)


def _axis(count: int, y: float) -> Iterator[str]:
    for number in (1, *range(5, count + 1, 5)):
        yield _text(_x(number - 0.5, count), y, f"day {number}", fill=SOFT, anchor="middle")
