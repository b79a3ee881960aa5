"""Terminal output of the command line: tables, progress bars, errors."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from perennial.errors import PerennialError
from perennial.output import Output, Record, chosen, errors, is_text, write_json, write_result
from perennial.output import console as console
from perennial.resources import JobStatus, RunStatus

ID = re.compile(r"[0-9a-f]{32}|[0-9a-f-]{36}")
# The widest cell of a table that shows only the columns that fit.
MAX_CELL = 30
# Cells up to this long stay on one line if their columns take no more than this share of the terminal.
SHORT, SHORT_SHARE = 20, 0.85
# For each header, the property to show, or a function of the record.
Columns = Mapping[str, str | Callable[[Any], Any]]


def show_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print rows as a table; None is shown as a dash. Ids are never broken, and short cells not if there is room."""
    texts = [["-" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [max([cell_len(name), *(cell_len(row[place]) for row in texts)]) for place, name in enumerate(columns)]
    ids = [any(ID.fullmatch(row[place]) for row in texts) for place in range(len(columns))]
    short = sum(width + 3 for width in widths if width <= SHORT)
    taken = short + sum(width + 3 for width, is_id in zip(widths, ids, strict=True) if is_id)
    fits = short <= console.width * SHORT_SHARE and taken < console.width
    whole = [(width <= SHORT and fits) or is_id for width, is_id in zip(widths, ids, strict=True)]
    headers = [Column(escape(name), overflow="fold", no_wrap=keep) for name, keep in zip(columns, whole, strict=True)]
    table = Table(*headers, title=title or None, title_justify="left", header_style="bold")
    for row in texts:
        table.add_row(*map(escape, row))
    console.print(table)


def show_records(records: Sequence[Record], columns: Columns) -> None:
    """Print records: as a table of some columns to people, with all properties to programs."""
    if not is_text():
        write_result([dict(record) for record in records])
        return
    readers = [item if callable(item) else _reader(item) for item in columns.values()]
    show_table("", list(columns), [[read(record) for read in readers] for record in records])


def show_rows(rows: Sequence[Record], names: Sequence[str], *, wide: bool) -> None:
    """Print rows of a table: as many of its first columns as fit the terminal, or one row vertically.

    Parameters
    ----------
    names
        The columns, in the order in which people want them.
    wide
        Whether to print all columns, one line a row, however long the lines get.
    """
    if not is_text():
        write_result([dict(row) for row in rows])
        return
    if len(rows) == 1 and not wide:
        show_table("", ["Column", "Value"], [[name, rows[0].get(name)] for name in names])
        return
    shown = names if wide else _fitting(rows, names)
    table = Table(*(Column(escape(name), no_wrap=wide, overflow="fold") for name in shown), header_style="bold")
    for row in rows:
        table.add_row(*("-" if row.get(name) is None else escape(str(row.get(name))) for name in shown))
    room = sum(_cell_width(rows, name) + 3 for name in shown) + 1
    # A console prints nothing that is wider than itself.
    (Console(file=console.file, width=max(room, console.width)) if wide else console).print(table)
    if len(shown) < len(names):
        say(f"{len(names) - len(shown)} more columns: --wide shows all of them, and so do --csv and --json.")


def short_time(time: str | None) -> str | None:
    """Return a time of a response to the minute, as tables show it."""
    return time[:16].replace("T", " ") if time else None


def say(text: str) -> None:
    """Print a line without wrapping or markup; beside the result, where programs read that."""
    (console if is_text() else errors).print(text, markup=False, soft_wrap=True, highlight=False)


def report(record: Record, text: str) -> None:
    """Print what a command has done: the text to people, the record to programs."""
    if is_text():
        say(text)
    else:
        write_result(dict(record))


def show_json(value: Any) -> None:
    """Print a value as JSON, or as CSV where that was chosen."""
    if chosen.get() is Output.CSV:
        write_result(value)
    else:
        write_json(value)


def show_metrics(title: str, evaluations: Mapping[str, Mapping[str, float]]) -> None:
    """Print evaluations side by side, one column each."""
    names = list(dict.fromkeys(name for metrics in evaluations.values() for name in metrics))
    rows = [[name, *(_metric(name, metrics.get(name)) for metrics in evaluations.values())] for name in names]
    show_table(title, ["", *evaluations], rows)


def show_comparison(comparison: Mapping[str, Any]) -> None:
    """Print the metrics of the model in use and of the new one on the same rows, with their confidence intervals."""
    rows = [
        [item["Name"], *(_with_interval(item[side]) for side in ("InUse", "New", "Difference")), _verdict(item)]
        for item in comparison["Metrics"]
    ]
    title = f"Both models on the same {comparison['Rows']} rows, of {comparison['RowsOf']}"
    show_table(title, ["", "in use", "retrained", "difference", ""], rows)
    say(f"In brackets: the {comparison['Confidence']:.0%} interval. Unclear: the difference may be chance.")
    if comparison["Note"]:
        say(comparison["Note"])


def show_error(error: PerennialError) -> None:
    """Print an error's code, everything that is wrong, and a hint."""
    if not is_text():
        shown = {"status": error.status, "code": error.code, "message": error.message, "hint": error.hint}
        shown |= {"details": list(error.details)}
        errors.file.write(json.dumps({"error": shown}, ensure_ascii=False) + "\n")
        return
    errors.print(f"[bold red]{error.code}[/]")
    if error.others:
        errors.print(f"{len(error.details)} errors:", markup=False, highlight=False)
    for message in (error.message, *error.others):
        errors.print(f"- {message}" if error.others else message, markup=False, highlight=False)
    if error.hint:
        errors.print(error.hint, style="dim", markup=False, highlight=False)


@contextmanager
def progress_bar(label: str) -> Iterator["Bar"]:
    """Show a progress bar during a `with` block; none where no terminal shows it."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[step]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not (console.is_terminal and is_text())) as progress:
        yield Bar(progress, label)


class Bar:
    """A progress bar that follows a job or a run."""

    def __init__(self, progress: Progress, label: str) -> None:
        self._progress = progress
        self._task = progress.add_task(label, total=None, step="")

    def update(self, done: int, total: int, step: str) -> None:
        """Show how many steps are done and which one is next."""
        self._progress.update(self._task, total=total, completed=done, step=step)

    def follow(self, status: JobStatus | RunStatus) -> None:
        """Show the progress of a job or a run."""
        total = status.total or None
        done = total if status.state == "Finished" else status.done
        step = status.state.lower() if status.is_final else status.step
        if not status.is_final and isinstance(status, RunStatus) and status.step in status.curves:
            step = f"{step}: {describe_curve(status.curves[status.step])}"
        self._progress.update(
            self._task, total=total or (1 if status.is_final else None), completed=done or 0, step=step
        )


def describe_curve(curve: Mapping[str, Any]) -> str:
    """Return how a learner gets on, such as `epoch 12 of 100, loss 0.31`."""
    parts = [f"{curve['unit']} {curve['done']} of {curve['total']}"]
    for name in ("loss", "validation"):
        if curve.get(name) and curve[name][-1] is not None:
            parts.append(f"{name} {curve[name][-1]:.4g}")
    return ", ".join(parts)


def _reader(name: str) -> Callable[[Any], Any]:
    return lambda record: record.get(name)


def _fitting(rows: Sequence[Record], names: Sequence[str]) -> list[str]:
    """Return the first columns that fit the terminal side by side, at least one."""
    room, shown = console.width - 1, list[str]()
    for name in names:
        room -= min(_cell_width(rows, name), MAX_CELL) + 3
        if room < 0 and shown:
            break
        shown.append(name)
    return shown


def _cell_width(rows: Sequence[Record], name: str) -> int:
    return max([cell_len(name), *(cell_len(str(row.get(name))) for row in rows)])


def _metric(name: str, value: float | None) -> str | None:
    if value is None:
        return None
    counts_rows = name.endswith(("Positive", "Negative"))
    return f"{value:.0f}" if counts_rows else f"{value:.4f}"


def _verdict(item: Mapping[str, Any]) -> str | None:
    return item["Verdict"] if item["Verdict"] in ("better", "worse", None) else "unclear"


def _with_interval(value: Mapping[str, float | None]) -> str | None:
    if value["Value"] is None or value["Low"] is None or value["High"] is None:
        return None
    return f"{value['Value']:.4f}\n[{_short(value['Low'])}, {_short(value['High'])}]"


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3f}"
