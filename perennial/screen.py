"""Terminal output of the command line: tables, progress bars, errors."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from perennial.errors import PerennialError
from perennial.resources import JobStatus, RunStatus

console = Console()
errors = Console(stderr=True)


def show_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print rows as a table; None is shown as a dash."""
    headers = [Column(escape(name), overflow="fold") for name in columns]
    table = Table(*headers, title=title or None, title_justify="left", header_style="bold")
    for row in rows:
        table.add_row(*("-" if cell is None else escape(str(cell)) for cell in row))
    console.print(table)


def say(text: str) -> None:
    """Print a line without wrapping or markup."""
    console.print(text, markup=False, soft_wrap=True, highlight=False)


def show_json(value: Any) -> None:
    """Print a value as JSON."""
    console.print_json(json.dumps(value))


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
    errors.print(f"[bold red]{error.code}[/]")
    if error.others:
        errors.print(f"{len(error.details)} errors:", markup=False, highlight=False)
    for message in (error.message, *error.others):
        errors.print(f"- {message}" if error.others else message, markup=False, highlight=False)
    if error.hint:
        errors.print(error.hint, style="dim", markup=False, highlight=False)


@contextmanager
def progress_bar(label: str) -> Iterator["Bar"]:
    """Show a progress bar during a `with` block."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[step]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
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
        self._progress.update(
            self._task, total=total or (1 if status.is_final else None), completed=done or 0, step=step
        )


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
