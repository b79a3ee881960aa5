"""What notebooks show: tables, states and curves as HTML that is readable on light and dark pages.

Every text is escaped here, and only here: names come from people and files. Colours are the page's own, or in the
middle between light and dark.
"""

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

MAX_ROWS, MAX_CELL, MAX_UNBROKEN = 60, 200, 30
ISO_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
HASH = re.compile("[0-9a-f]{64}")
LINE = "1px solid rgba(128,128,128,.35)"
STATES = {"Finished": "#2e9e5b", "Failed": "#d9534f", "Cancelled": "#b8860b", "Running": "#3b82c4"}
VERDICTS = {"better": "#2e9e5b", "worse": "#d9534f"}
GREY = "#8a8a8a"
BLUE = "#3b82c4"
SIZE, MARGIN = 200, 44


class Html(str):
    """Markup made here, which is not escaped again."""

    __slots__ = ()


def text_html(value: Any) -> Html:
    """Return a value as text that cannot be markup; numbers are short, and a long text is cut."""
    if isinstance(value, Html):
        return value
    if value is None:
        return Html(f'<span style="color:{GREY}">&ndash;</span>')
    if isinstance(value, float):
        return Html(f"{value:.4g}" if abs(value) < 1e6 else f"{value:,.0f}")
    text = _shown(value)
    return Html(html.escape(text if len(text) <= MAX_CELL else f"{text[:MAX_CELL]}…"))


def table_html(records: Sequence[Mapping[str, Any]], title: str = "", note: Any = "") -> str:
    """Return records as a table with a column for each name; of many, the first and the last are shown."""
    names = list(dict.fromkeys(name for record in records for name in record))
    if not records:
        return _block(title, Html("") if note else Html("<i>none</i>"), note)
    half = MAX_ROWS // 2
    shown = records if len(records) <= MAX_ROWS else [*records[:half], *records[-half:]]
    sides = {name: "right" if any(_side(record.get(name)) == "right" for record in shown) else "left" for name in names}
    head = "".join(_cell("th", name, sides[name]) for name in names)
    rows = ["".join(_cell("td", record.get(name), sides[name]) for name in names) for record in shown]
    if len(records) > MAX_ROWS:
        text = f"… {len(records) - MAX_ROWS:,} more …"
        rows.insert(half, f'<td colspan="{len(names)}" style="text-align:center;color:{GREY}">{text}</td>')
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    style = "border-collapse:collapse;font-size:90%;color:inherit;background:none"
    table = f'<table style="{style}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return _block(title, Html(f'<div style="overflow-x:auto">{table}</div>'), note)


def pairs_html(pairs: Mapping[str, Any], title: str = "", note: Any = "") -> str:
    """Return names and values as a table of two columns."""
    rows = "".join(
        f"<tr>{_cell('th', name, 'left')}{_cell('td', value, _side(value))}</tr>" for name, value in pairs.items()
    )
    style = "border-collapse:collapse;font-size:90%;color:inherit;background:none"
    return _block(title, Html(f'<table style="{style}">{rows}</table>'), note)


def state_html(state: str, colours: Mapping[str, str] = STATES) -> Html:
    """Return a state with a dot in its colour."""
    colour = colours.get(state, GREY)
    return Html(f'<span style="color:{colour}">●</span>&nbsp;{text_html(state)}')


def beside_html(*parts: str) -> str:
    """Return parts beside each other, below each other where there is no room."""
    cells = "".join(f"<div>{part}</div>" for part in parts if part)
    return f'<div style="display:flex;flex-wrap:wrap;gap:2em;align-items:flex-start">{cells}</div>'


def curve_svg(across: Sequence[float], up: Sequence[float], names: tuple[str, str], title: str, *, chance: bool) -> str:
    """Return a curve within the unit square as SVG.

    Parameters
    ----------
    names
        What runs to the right and what runs up.
    chance
        Whether to draw the diagonal, which is what guessing reaches.
    """
    points = " ".join(f"{MARGIN + SIZE * x:.1f},{10 + SIZE * (1 - y):.1f}" for x, y in zip(across, up, strict=True))
    middle, bottom = MARGIN + SIZE / 2, SIZE + 10
    words = 'fill="currentColor" font-size="11" font-family="sans-serif"'
    parts = [
        f'<rect x="{MARGIN}" y="10" width="{SIZE}" height="{SIZE}" fill="none" stroke="{GREY}" stroke-opacity=".5"/>',
        f'<line x1="{MARGIN}" y1="{bottom}" x2="{MARGIN + SIZE}" y2="10" stroke="{GREY}" stroke-dasharray="4 4"/>'
        if chance
        else "",
        f'<polyline points="{points}" fill="none" stroke="{BLUE}" stroke-width="2"/>',
        f'<text x="{middle}" y="{bottom + 26}" text-anchor="middle" {words}>{text_html(names[0])}</text>',
        f'<text transform="translate(12,{10 + SIZE / 2}) rotate(-90)" text-anchor="middle" {words}>'
        f"{text_html(names[1])}</text>",
        *(
            f'<text x="{MARGIN + SIZE * at}" y="{bottom + 13}" text-anchor="middle" {words}>{at:g}</text>'
            f'<text x="{MARGIN - 5}" y="{14 + SIZE * (1 - at)}" text-anchor="end" {words}>{at:g}</text>'
            for at in (0, 0.5, 1)
        ),
    ]
    label = f'role="img" aria-label="{html.escape(title, quote=True)}"'
    return f'<svg width="{MARGIN + SIZE + 12}" height="{bottom + 32}" {label}>{"".join(parts)}</svg>'


def matrix_html(counts: Sequence[Sequence[Any]], labels: Sequence[str], title: str) -> str:
    """Return a confusion matrix: a row for each true label, shaded by how much of it each prediction got."""
    head = _cell("th", "true ╲ predicted", "left") + "".join(_cell("th", label, "right") for label in labels)
    rows = []
    for label, row in zip(labels, counts, strict=True):
        total = sum(row) or 1
        cells = "".join(
            f'<td style="text-align:right;padding:2px 8px;border-bottom:{LINE};'
            f'background:rgba(59,130,196,{0.6 * count / total:.2f})">{text_html(count)}</td>'
            for count in row
        )
        rows.append(f"<tr>{_cell('th', label, 'left')}{cells}</tr>")
    style = "border-collapse:collapse;font-size:90%;color:inherit;background:none"
    return _block(title, Html(f'<table style="{style}"><tr>{head}</tr>{"".join(rows)}</table>'), "")


def flat(values: Iterable[Any]) -> str:
    """Return values as one text, separated by commas."""
    return ", ".join(str(value) for value in values)


def _shown(value: Any) -> str:
    """Return a value in words: links without their tokens, hashes by their first digits."""
    if isinstance(value, Mapping):
        if "RelativeLocation" in value:
            return str(value["RelativeLocation"])
        return flat(f"{name}: {_shown(item)}" for name, item in value.items())
    if isinstance(value, (list, tuple)):
        return "; ".join(map(_shown, value))
    if isinstance(value, float):
        return f"{value:.4g}"
    text = str(value)
    if ISO_TIME.match(text):
        return text[:16].replace("T", " ")
    return text[:8] if HASH.fullmatch(text) else text


def _block(title: str, content: Html, note: Any) -> str:
    heading = f'<div style="font-weight:bold;margin:.3em 0">{text_html(title)}</div>' if title else ""
    below = f'<div style="color:{GREY};font-size:90%;margin:.3em 0">{text_html(note)}</div>' if note else ""
    return f"<div>{heading}{content}{below}</div>"


def _cell(tag: str, value: Any, side: str) -> str:
    style = f"text-align:{side};padding:2px 8px;border-bottom:{LINE};vertical-align:top"
    if isinstance(value, str) and len(value) <= MAX_UNBROKEN:
        style += ";white-space:nowrap"
    return f'<{tag} style="{style}">{text_html(value)}</{tag}>'


def _side(value: Any) -> str:
    return "right" if isinstance(value, (int, float)) and not isinstance(value, bool) else "left"
