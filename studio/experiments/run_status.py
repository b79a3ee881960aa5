"""Runs as the API shows them: state, times, the status of each module, metrics, warnings and curves."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from studio.experiments.experiments import read_experiment
from studio.experiments.module_states import EndedModule, ModuleStates, read_states
from studio.experiments.runs import Run
from studio.graph.document import Experiment
from studio.storage.account import Storage
from studio.storage.documents import get_document
from studio.wire import classic_time, optional_classic_time
from studio.work.state import State


def run_summary(run: Run) -> dict[str, Any]:
    """Return a run as the API lists it with those of other experiments: without its modules and metrics."""
    work = run.work
    return {
        "RunId": run.id,
        "Experiment": run.experiment,
        "Status": {
            "StatusCode": work.state.value,
            "StatusDetail": work.details or None,
            "CreationTime": classic_time(work.created_at),
            "StartTime": optional_classic_time(work.started_at),
            "EndTime": optional_classic_time(work.ended_at),
        },
        "Progress": asdict(work.progress),
    }


def run_object(storage: Storage, run: Run) -> dict[str, Any]:
    """Return a run as the API shows it: its state, the status of each module, and metrics."""
    experiment = read_experiment(storage, run.document)
    summary = get_document(storage, run.summary) if run.summary else {}
    journal = json.loads(run.journal) if run.journal else summary
    return run_summary(run) | {
        "Modules": _module_statuses(storage, run, experiment, summary),
        "Metrics": summary.get("metrics", {}),
        "Models": {
            title: {
                "Runtime": item["runtime"],
                "RuntimeReason": item["runtimeReason"],
                "Summary": item.get("summary", {}),
            }
            for title, item in summary.get("models", {}).items()
        },
        "Warnings": [{"Title": item["title"], "Message": item["message"]} for item in journal.get("warnings", [])],
        "Curves": journal.get("curves", {}),
    }


def _module_statuses(
    storage: Storage, run: Run, experiment: Experiment, summary: dict[str, Any]
) -> list[dict[str, Any]]:
    records, states = summary.get("modules", {}), read_states(run.modules) or ModuleStates()
    ended: list[EndedModule | None] = [*states.ended]
    if records:
        ended = [_ended_module(records[title]) if title in records else None for title in experiment.order]
    # Rows of earlier versions say only how many modules have ended.
    done = len(experiment.order) if run.work.state is State.FINISHED else max(run.work.progress.done, len(ended))
    ended += [None] * (len(experiment.order) - len(ended))
    return [
        {"Title": title, "Module": experiment.nodes[title].module.name}
        | (_ended_status(ended[place]) if place < done else _open_status(storage, run, states, place - done))
        for place, title in enumerate(experiment.order)
    ]


def _ended_module(record: dict[str, Any]) -> EndedModule:
    return EndedModule(*(record[name] for name in ("seconds", "rows_in", "rows_out", "reused", "reason")))


def _ended_status(ended: EndedModule | None) -> dict[str, Any]:
    return {
        "StatusCode": State.FINISHED.value,
        "Seconds": ended and ended.seconds,
        "RowsIn": ended.rows_in if ended else {},
        "RowsOut": ended.rows_out if ended else {},
        "Reused": bool(ended and ended.reused),
        "Reason": ended and ended.reason,
        "Error": None,
    }


def _open_status(storage: Storage, run: Run, states: ModuleStates, ahead: int) -> dict[str, Any]:
    """Return the status of a module that has not ended; the first of them is the one that the run is or was at."""
    work = run.work
    is_at = ahead == 0 and bool(work.progress.step) and work.state in (State.RUNNING, State.FAILED, State.CANCELLED)
    return {
        "StatusCode": (work.state if is_at else State.NOT_STARTED).value,
        "Seconds": _seconds_since(states.begun_at, work.ended_at, storage.clock()) if is_at else None,
        "RowsIn": states.rows_in if is_at else {},
        "RowsOut": {},
        "Reused": False,
        "Reason": None,
        "Error": (work.details or None) if is_at and work.state is State.FAILED else None,
    }


def _seconds_since(begun_at: str, ended_at: str, now: datetime) -> float | None:
    if not begun_at:
        return None
    until = datetime.fromisoformat(ended_at) if ended_at else now
    return round(max(0.0, (until - datetime.fromisoformat(begun_at)).total_seconds()), 3)
