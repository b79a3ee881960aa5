"""Experiment runs: executions of a whole experiment, each started by a queue message.

Table `runs`: partition key is `{workspace id}-{experiment key}`, row key the run id; the columns of
studio/work/state.py, WorkspaceId, Experiment, Document (hash of the document that is run), Summary (hash of the
document with the results), Journal (JSON: warnings and curves while it runs; missing in rows of earlier versions),
Modules (module_states.py; missing in rows of earlier versions), Metric (run_history.py; missing in rows of earlier
versions) and Parameters (values of web service parameters for this run, JSON, encrypted; missing if there are none).
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from typing import Any

from studio.datasets.workspace_data import WorkspaceData
from studio.errors import BadArgument, InvalidOperation, NotFound
from studio.experiments.drafts import delete_draft
from studio.experiments.experiments import SavedExperiment, get_experiment_by_key, read_experiment
from studio.experiments.keys import list_names
from studio.experiments.module_states import StateWriter
from studio.experiments.output_files import OutputWriter
from studio.experiments.result_cache import ModuleResults
from studio.experiments.run_history import main_metric, metric_text
from studio.graph.contract import PortType
from studio.graph.dataset import Dataset
from studio.graph.document import Experiment, PortRef
from studio.graph.journal import Journal
from studio.graph.placeholder import find_placeholders
from studio.graph.predictive import find_predictors, saved_models, trained_ports
from studio.graph.results import evaluation_of, evaluation_rows, package_trained
from studio.graph.runner import Reuse, RunResult, run_experiment
from studio.graph.scoring_scripts import scoring_scripts
from studio.graph.scripts import INPUTS, RESULT
from studio.graph.time_budget import TimeBudget, run_in_time
from studio.model.container import write_model_file
from studio.model.loaded import LoadedModel
from studio.model.saved import ModelSource, SavedModel
from studio.registry.definitions import ServiceParameter, check_parameters
from studio.registry.models import find_latest_model, put_evaluation_rows, put_model
from studio.storage.account import Storage
from studio.storage.documents import get_document, put_document
from studio.storage.keys import name_key, new_id, seal, unseal
from studio.storage.pages import Page, newest_first
from studio.storage.rows import Row, delete_partition, delete_row, find_row, insert_row, list_rows, query_rows
from studio.work.leases import Claim, WorkLost
from studio.work.queue import cancel_work, enqueue_work, record_outbox
from studio.work.state import Progress, State, Work, WorkKey, new_work_row, read_work, state_filter
from studio.work.stuck import end_process

TABLE = "runs"
# A property of a row holds 32,768 characters.
MAX_PARAMETERS = 32_000


@dataclass(frozen=True, slots=True)
class Run:
    """A recorded run; `document` is the hash of what is run, `summary` that of its results, empty until it finishes.

    `parameters` are those of this run only, encrypted: a run that has some is not what a service is published from.
    """

    work: Work
    workspace_id: str
    experiment: str
    document: str
    summary: str
    journal: str = ""
    parameters: str = ""
    modules: bytes = b""

    @property
    def id(self) -> str:
        """The run's id."""
        return self.work.key.key

    @property
    def experiment_key(self) -> str:
        """The key of its experiment, which stays when that is renamed; `experiment` is what it was called then."""
        return self.work.key.partition.removeprefix(f"{self.workspace_id}-")


def _read_run(row: Row) -> Run:
    return Run(
        read_work(TABLE, row),
        row["WorkspaceId"],
        row["Experiment"],
        row["Document"],
        row["Summary"],
        row.get("Journal", ""),
        row.get("Parameters", ""),
        row.get("Modules", b""),
    )


def submit_run(storage: Storage, experiment: SavedExperiment, parameters: Any = None, *, now: datetime) -> str:
    """Record and enqueue a run of the experiment's current document, and return the run's id.

    Parameters
    ----------
    parameters
        Values for some of the experiment's web service parameters, by name, for this run only.

    Raises
    ------
    BadArgument
        If the experiment has no such parameter, or the values are too long.
    InvalidOperation
        If the experiment holds placeholders: a run would fail at the first one, after all that comes before it.
    """
    current = read_experiment(storage, experiment.document)
    _refuse_placeholders(experiment.name, current)
    key = WorkKey(TABLE, experiment.runs_partition, new_id())
    row = new_work_row(key.partition, key.key, State.QUEUED, now=now)
    row |= {
        "WorkspaceId": experiment.workspace_id,
        "Experiment": experiment.name,
        "Document": experiment.document,
        "Summary": "",
    }
    if given := _read_parameters(storage, current, parameters):
        row["Parameters"] = given
    record_outbox(storage, key)
    insert_row(storage.table(TABLE), row)
    enqueue_work(storage, key)
    return key.key


def _read_parameters(storage: Storage, experiment: Experiment, given: Any) -> str:
    """Return the values of a run's parameters encrypted, since they may be keys; an empty text for none."""
    known = [ServiceParameter(item.name, item.node, item.property, required=False) for item in experiment.parameters]
    check_parameters(known, given)
    text = seal(storage.secret, json.dumps(given)) if given else ""
    if len(text) > MAX_PARAMETERS:
        raise BadArgument("UserParameterInvalid", "The values of the parameters are too long for a run.", "Parameters")
    return text


def _refuse_placeholders(name: str, experiment: Experiment) -> None:
    warnings = [*find_placeholders(experiment.document).values()]
    if warnings:
        more = f" {len(warnings) - 1} more modules are placeholders." if len(warnings) > 1 else ""
        raise InvalidOperation(
            "ExperimentNotComplete",
            f"The experiment '{name}' cannot be run. {warnings[0]}{more} Replace what cannot run.",
        )


def perform_run(storage: Storage, claim: Claim, open_model: Callable[[str], LoadedModel]) -> None:
    """Run every module, store the trained models and record the results.

    Parameters
    ----------
    open_model
        Returns a stored model by its hash, for Trained Model modules.
    """
    run = _read_run(claim.row)
    experiment = read_experiment(storage, run.document)
    saved = get_experiment_by_key(storage, run.workspace_id, run.experiment_key, run.experiment)
    kept = ModuleResults(storage, storage.secret, saved.workspace_id, saved.key)
    before = _fingerprints_before(storage, saved)
    given = json.loads(unseal(storage.secret, run.parameters)) if run.parameters else {}

    models = ModelSource(partial(find_latest_model, storage, run.workspace_id), open_model)

    def work(budget: TimeBudget) -> dict[str, Any]:
        claim.when_lost(lambda: budget.stop(WorkLost()))
        with OutputWriter(storage, saved.workspace_id, saved.key, run.id) as outputs:
            result = run_experiment(
                experiment,
                WorkspaceData(storage, run.workspace_id, models),
                wanted=set(experiment.nodes),
                fed={},
                parameters={
                    (item.node, item.property): given[item.name] for item in experiment.parameters if item.name in given
                },
                progress=lambda done, total, step: claim.report(Progress(done, total, step)),
                reuse=Reuse(kept, before),
                budget=budget,
                journal=Journal(lambda journal: claim.note(Journal=journal.to_text())),
                watcher=StateWriter(storage.clock, outputs.write, lambda states: claim.note(Modules=states.to_bytes)),
            )
        return _summarise(storage, experiment, saved, result)

    summary = run_in_time(work, storage.settings.run_seconds, lambda error: end_process(claim, error.message))
    metric = metric_text(main_metric(summary["metrics"]))
    claim.finish(State.FINISHED, None, Summary=put_document(storage, summary), Journal="", Modules=b"", Metric=metric)


def cancel_run(storage: Storage, experiment: SavedExperiment, run_id: str) -> None:
    """Cancel a run unless it has ended; results of finished modules are kept for the next run. May be repeated.

    The worker, in whatever process, sees it within a second, and stops between two steps of a learner.

    Raises
    ------
    NotFound
        If the experiment has no run with that id.
    """
    cancel_work(storage, get_run(storage, experiment, run_id).work.key)


def delete_experiment(storage: Storage, experiment: SavedExperiment) -> None:
    """Cancel an experiment's runs and delete it with its draft, but keep the web services published from it."""
    for run in list_runs(storage, experiment):
        if not run.work.state.is_final:
            cancel_work(storage, run.work.key)
    # The experiment's own row goes last, so that deleting it again finishes what was interrupted.
    delete_draft(storage, experiment.workspace_id, experiment.name)
    delete_partition(storage.table("experiments"), experiment.runs_partition)
    delete_row(storage.table("experiments"), experiment.workspace_id, name_key(experiment.name))


def get_run(storage: Storage, experiment: SavedExperiment, run_id: str) -> Run:
    """Return a run; NotFound if the experiment has no run with that id."""
    row = find_row(storage.table(TABLE), experiment.runs_partition, run_id)
    if row is None:
        raise NotFound("RunNotFound", f"The experiment '{experiment.name}' has no run '{run_id}'.")
    return _read_run(row | {"Experiment": experiment.name})


def list_runs(storage: Storage, experiment: SavedExperiment) -> list[Run]:
    """Return the experiment's runs, newest first."""
    found = [_read_run(row) for row in list_rows(storage.table(TABLE), experiment.runs_partition)]
    return sorted(found, key=lambda run: run.work.created_at, reverse=True)


def page_runs(storage: Storage, experiment: SavedExperiment, page: Page) -> tuple[list[Run], str | None]:
    """Return a page of the experiment's runs, newest first, and where the next page starts."""
    rows, after = newest_first(list_rows(storage.table(TABLE), experiment.runs_partition), page)
    return [_read_run(row | {"Experiment": experiment.name}) for row in rows], after


def page_workspace_runs(
    storage: Storage, workspace_id: str, page: Page, *, search: str = "", state: str | None = None
) -> tuple[list[Run], str | None]:
    """Return a page of the runs of all experiments of a workspace, newest first, and where the next page starts.

    Parameters
    ----------
    search
        A part of the experiment's name, in lower case; empty for all.
    state
        A status, such as `Failed`; None for runs of every status.

    Raises
    ------
    BadArgument
        If there is no such status.
    """
    # A partition's key is the workspace's id, a dash, and the experiment's key.
    within = f"PartitionKey ge '{workspace_id}-' and PartitionKey lt '{workspace_id}.'"
    wanted, names = state_filter(state), list_names(storage, workspace_id)
    found = query_rows(storage.table(TABLE), f"{within} and ({wanted})" if wanted else within)
    today = (
        row | {"Experiment": names.get(row["PartitionKey"][len(workspace_id) + 1 :], row["Experiment"])}
        for row in found
    )
    rows, after = newest_first((row for row in today if search in str(row["Experiment"]).lower()), page)
    return [_read_run(row) for row in rows], after


def find_finished_run(storage: Storage, experiment: SavedExperiment) -> dict[str, Any] | None:
    """Return the summary of the latest finished run of the experiment's current document, as it is saved, or None."""
    for run in list_runs(storage, experiment):
        if run.work.state is State.FINISHED and run.document == experiment.document and not run.parameters:
            return get_document(storage, run.summary) | {"run": run.id}
    return None


def _fingerprints_before(storage: Storage, experiment: SavedExperiment) -> dict[str, Any] | None:
    """Return each module's fingerprint in the latest finished run, or None if there is none."""
    for run in list_runs(storage, experiment):
        if run.work.state is State.FINISHED:
            return {
                title: record["fingerprint"]
                for title, record in get_document(storage, run.summary).get("modules", {}).items()
            }
    return None


def _summarise(storage: Storage, experiment: Experiment, saved: SavedExperiment, result: RunResult) -> dict[str, Any]:
    models = {}
    for predictor in find_predictors(experiment, saved.model_name) if trained_ports(experiment) else ():
        model = result.values[predictor.port]
        file = package_trained(result, model, predictor.resource, lineage={"experiment": saved.name})
        digest = put_model(storage, write_model_file(file))
        put_evaluation_rows(storage, digest, evaluation_rows(experiment, result, model))
        models[predictor.trainer] = {
            "name": predictor.resource,
            "model": digest,
            "runtime": file.manifest.runtime,
            "runtimeReason": file.manifest.runtime_reason,
            "summary": file.manifest.lineage.get("summary", {}),
            "metrics": file.manifest.metrics,
            "importances": file.evaluation.get("importances", {}),
            "inputs": [column.to_json() for column in file.manifest.inputs],
            "columns": [column.to_json() for column in file.encoder.columns],
            "outputs": [column.to_json() for column in file.manifest.outputs],
        }
    metrics = {
        port.node: evaluation.metrics
        for port, value in result.values.items()
        if (evaluation := evaluation_of(value)) is not None
    }
    return {
        "inputs": {item: [column.to_json() for column in value.input_schema] for item, value in result.inputs.items()},
        "outputs": {item.name: _output_summary(experiment, item.at, result) for item in experiment.outputs},
        "models": models,
        "saved": {
            port.node: _saved_summary(experiment, port.node, value)
            for port, value in result.values.items()
            if isinstance(value, SavedModel)
        },
        "scripts": _scripts_summary(experiment, result),
        "metrics": metrics,
        "warnings": result.journal.warnings(),
        "curves": result.journal.curves(),
        "modules": {title: asdict(record) for title, record in result.modules.items()},
    }


def _scripts_summary(experiment: Experiment, result: RunResult) -> dict[str, Any]:
    """Return the columns that each script that is to run when scoring took, as they are sent, and those it made."""
    found = {}
    for title in scoring_scripts(experiment):
        taken = result.values.get(experiment.connections.get(PortRef(title, INPUTS[0]), PortRef(title, "")))
        made = result.values[PortRef(title, RESULT)]
        found[title] = {
            "inputs": [column.to_json() for column in taken.input_schema] if taken is not None else [],
            "outputs": [column.to_json() for column in made.schema],
        }
    return found


def _saved_summary(experiment: Experiment, title: str, model: SavedModel) -> dict[str, Any]:
    """Return what publishing needs to know of a Trained Model module: its name, and the model that the run took."""
    manifest = model.manifest
    return {
        "name": saved_models(experiment)[title],
        "model": model.facts.id,
        "metrics": manifest.metrics,
        "inputs": [column.to_json() for column in manifest.inputs],
        "columns": [column.to_json() for column in model.loaded.file.encoder.columns],
        "outputs": [column.to_json() for column in manifest.outputs],
    }


def _output_summary(experiment: Experiment, port: PortRef, result: RunResult) -> dict[str, Any]:
    module = experiment.nodes[port.node].module
    type_ = next(item.type for item in module.outputs if item.name == port.port)
    value = result.values[port]
    columns = [column.to_json() for column in value.schema] if isinstance(value, Dataset) else []
    return {"kind": "model" if type_ is PortType.TRAINED else "dataset", "columns": columns}
