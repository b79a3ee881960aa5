"""Experiments: list, save, get, run and publish them."""

import azure.functions as func

from functions.http.app import current_app
from functions.http.openapi_document import Audit, Auth
from functions.http.operations import KIND, PAGE, SEARCH, STATE, UPDATE_EXISTING, operation, query
from functions.http.replies import empty_reply, json_reply
from functions.http.requests import (
    next_page,
    now,
    open_experiment,
    open_workspace,
    read_body,
    read_list_page,
    read_marked_body,
    read_publication,
)
from studio.classic.imports.importing import import_experiment
from studio.experiments.experiments import (
    experiment_object,
    find_experiment,
    list_findings,
    put_experiment,
    saving_object,
)
from studio.experiments.known_columns import list_known_columns
from studio.experiments.renaming import copy_experiment, rename_experiment
from studio.experiments.run_history import page_experiments
from studio.experiments.run_status import run_object, run_summary
from studio.experiments.runs import (
    cancel_run,
    delete_experiment,
    get_run,
    page_runs,
    page_workspace_runs,
    submit_run,
)
from studio.experiments.versions import get_version, page_versions, version_object
from studio.graph.json_schema import experiment_schema
from studio.graph.palette_json import palette_list
from studio.rollout.preview import preview_publication
from studio.rollout.publish import publish_experiment
from studio.storage.pages import ALL, read_search

blueprint = func.Blueprint()

EXPERIMENTS = "workspaces/{workspace}/experiments"
MODULE = query("module", {"type": "string", "description": "The title of a module of the document."})
PORT = query("port", {"type": "string", "description": "An input or output port of that module."})
NAME = query("name", {"type": "string", "description": "The experiment's name; its title in the file if omitted."})


@operation(blueprint, "GET", EXPERIMENTS, auth=Auth.WORKSPACE_TOKEN, response="ExperimentSummary[]", query=PAGE)
def show_experiments(req: func.HttpRequest) -> func.HttpResponse:
    """List the workspace's experiments; in pages, with their latest runs and metrics."""
    workspace, _ = open_workspace(req)
    found, after = page_experiments(current_app().storage, workspace.id, read_list_page(req, ALL))
    return json_reply(found, next_page=next_page(req, after))


@operation(
    blueprint,
    "PUT",
    f"{EXPERIMENTS}/{{experiment}}",
    auth=Auth.WORKSPACE_TOKEN,
    response="SavedExperiment",
    body="ExperimentDocument",
    errors=(409,),
)
def save_experiment(req: func.HttpRequest) -> func.HttpResponse:
    """Check an experiment's document and save it."""
    workspace, _ = open_workspace(req)
    storage, name = current_app().storage, req.route_params["experiment"]
    saved = put_experiment(storage, workspace.id, name, read_marked_body(req), now=now())
    return json_reply(saving_object(storage, saved))


@operation(
    blueprint,
    "POST",
    f"{EXPERIMENTS}/{{experiment}}/validate",
    auth=Auth.WORKSPACE_TOKEN,
    response="Finding[]",
    body="ExperimentDocument",
    audit=Audit.NOTHING,
)
def validate_experiment(req: func.HttpRequest) -> func.HttpResponse:
    """Check an experiment's document without saving it."""
    workspace, _ = open_workspace(req)
    storage, name = current_app().storage, req.route_params["experiment"]
    return json_reply(list_findings(storage, workspace.id, name, read_marked_body(req)))


@operation(
    blueprint,
    "POST",
    f"{EXPERIMENTS}/{{experiment}}/columns",
    auth=Auth.WORKSPACE_TOKEN,
    response="KnownColumns",
    body="ExperimentDocument",
    query=(MODULE, PORT),
    audit=Audit.NOTHING,
)
def find_columns(req: func.HttpRequest) -> func.HttpResponse:
    """Find out which columns there will be at a port of a document, as far as that is known without running it."""
    workspace, _ = open_workspace(req)
    storage, asked = current_app().storage, (req.params.get("module", ""), req.params.get("port", ""))
    saved = find_experiment(storage, workspace.id, req.route_params["experiment"])
    return json_reply(list_known_columns(storage, workspace.id, saved, read_body(req), *asked))


@operation(
    blueprint,
    "POST",
    f"{EXPERIMENTS}/import",
    auth=Auth.WORKSPACE_TOKEN,
    response="ImportedExperiment",
    body="ExportedExperiment",
    query=(NAME,),
    errors=(409,),
)
def import_exported_experiment(req: func.HttpRequest) -> func.HttpResponse:
    """Save an experiment that was exported from the original, and report what became of every part of it."""
    workspace, _ = open_workspace(req)
    storage, name = current_app().storage, req.params.get("name", "")
    saved, report = import_experiment(storage, workspace.id, read_body(req), name, now=now())
    return json_reply(experiment_object(storage, saved, with_document=True) | {"Report": report.to_json()})


@operation(blueprint, "GET", f"{EXPERIMENTS}/{{experiment}}", auth=Auth.WORKSPACE_TOKEN, response="Experiment")
def show_experiment(req: func.HttpRequest) -> func.HttpResponse:
    """Get an experiment with its document."""
    saved, _ = open_experiment(req)
    return json_reply(experiment_object(current_app().storage, saved, with_document=True))


@operation(
    blueprint,
    "GET",
    f"{EXPERIMENTS}/{{experiment}}/versions",
    auth=Auth.WORKSPACE_TOKEN,
    response="ExperimentVersionSummary[]",
    query=PAGE,
)
def show_versions(req: func.HttpRequest) -> func.HttpResponse:
    """List the versions of an experiment, newest first."""
    saved, _ = open_experiment(req)
    found, after = page_versions(current_app().storage, saved, read_list_page(req))
    return json_reply(found, next_page=next_page(req, after))


@operation(
    blueprint,
    "GET",
    f"{EXPERIMENTS}/{{experiment}}/versions/{{version}}",
    auth=Auth.WORKSPACE_TOKEN,
    response="ExperimentVersion",
)
def show_version(req: func.HttpRequest) -> func.HttpResponse:
    """Get a version of an experiment with its document and the metrics of its run."""
    saved, _ = open_experiment(req)
    storage = current_app().storage
    return json_reply(version_object(storage, get_version(storage, saved, req.route_params["version"])))


@operation(blueprint, "DELETE", f"{EXPERIMENTS}/{{experiment}}", auth=Auth.WORKSPACE_TOKEN, status=204)
def remove_experiment(req: func.HttpRequest) -> func.HttpResponse:
    """Delete an experiment."""
    saved, _ = open_experiment(req)
    delete_experiment(current_app().storage, saved)
    return empty_reply()


@operation(
    blueprint,
    "POST",
    f"{EXPERIMENTS}/{{experiment}}/rename",
    auth=Auth.WORKSPACE_TOKEN,
    response="Named",
    body="NewName",
    errors=(409,),
)
def rename(req: func.HttpRequest) -> func.HttpResponse:
    """Give an experiment another name; its versions, runs, draft and web services stay its own."""
    workspace, _ = open_workspace(req)
    storage, name, given = current_app().storage, req.route_params["experiment"], read_body(req).get("Name")
    return json_reply({"Name": rename_experiment(storage, workspace.id, name, given)})


@operation(
    blueprint,
    "POST",
    f"{EXPERIMENTS}/{{experiment}}/copy",
    auth=Auth.WORKSPACE_TOKEN,
    response="Named",
    status=201,
    body="NewName",
    errors=(409,),
)
def copy(req: func.HttpRequest) -> func.HttpResponse:
    """Copy an experiment with its secrets and its draft under a new name."""
    workspace, _ = open_workspace(req)
    storage, name, given = current_app().storage, req.route_params["experiment"], read_body(req).get("Name")
    return json_reply({"Name": copy_experiment(storage, workspace.id, name, given, now=now())}, 201)


@operation(
    blueprint,
    "POST",
    f"{EXPERIMENTS}/{{experiment}}/run",
    auth=Auth.WORKSPACE_TOKEN,
    response="RunStarted",
    status=202,
    body="RunRequest",
)
def start_run(req: func.HttpRequest) -> func.HttpResponse:
    """Start a run of an experiment, perhaps with other parameters, and return the run's id."""
    saved, _ = open_experiment(req)
    parameters = read_body(req).get("GlobalParameters")
    return json_reply({"RunId": submit_run(current_app().storage, saved, parameters, now=now())}, 202)


@operation(
    blueprint, "GET", f"{EXPERIMENTS}/{{experiment}}/runs", auth=Auth.WORKSPACE_TOKEN, response="Run[]", query=PAGE
)
def show_runs(req: func.HttpRequest) -> func.HttpResponse:
    """List the runs of an experiment, newest first."""
    saved, _ = open_experiment(req)
    storage = current_app().storage
    found, after = page_runs(storage, saved, read_list_page(req, ALL))
    return json_reply([run_object(storage, run) for run in found], next_page=next_page(req, after))


@operation(
    blueprint,
    "GET",
    "workspaces/{workspace}/runs",
    auth=Auth.WORKSPACE_TOKEN,
    response="RunSummary[]",
    query=(STATE, SEARCH, *PAGE),
)
def show_workspace_runs(req: func.HttpRequest) -> func.HttpResponse:
    """List the runs of all experiments of the workspace, newest first."""
    workspace, _ = open_workspace(req)
    search, state = read_search(req.params.get("q")), req.params.get("state")
    page = read_list_page(req)
    found, after = page_workspace_runs(current_app().storage, workspace.id, page, search=search, state=state)
    return json_reply([run_summary(run) for run in found], next_page=next_page(req, after))


@operation(blueprint, "GET", f"{EXPERIMENTS}/{{experiment}}/runs/{{run}}", auth=Auth.WORKSPACE_TOKEN, response="Run")
def show_run(req: func.HttpRequest) -> func.HttpResponse:
    """Get a run: its state, the status of each module, and metrics."""
    saved, _ = open_experiment(req)
    storage = current_app().storage
    return json_reply(run_object(storage, get_run(storage, saved, req.route_params["run"])))


@operation(
    blueprint, "POST", f"{EXPERIMENTS}/{{experiment}}/runs/{{run}}/cancel", auth=Auth.WORKSPACE_TOKEN, status=204
)
def stop_run(req: func.HttpRequest) -> func.HttpResponse:
    """Cancel a run; results of finished modules are kept for the next run."""
    saved, _ = open_experiment(req)
    cancel_run(current_app().storage, saved, req.route_params["run"])
    return empty_reply()


@operation(
    blueprint,
    "POST",
    f"{EXPERIMENTS}/{{experiment}}/webservice",
    auth=Auth.WORKSPACE_TOKEN,
    response="Publication",
    query=(KIND, UPDATE_EXISTING),
    errors=(409,),
)
def publish(req: func.HttpRequest) -> func.HttpResponse:
    """Publish an experiment as a training or predictive web service."""
    saved, by = open_experiment(req)
    return json_reply(publish_experiment(current_app(), saved, **read_publication(req), by=by, now=now()))


@operation(
    blueprint,
    "POST",
    f"{EXPERIMENTS}/{{experiment}}/webservice/preview",
    auth=Auth.WORKSPACE_TOKEN,
    response="PublicationPreview",
    query=(KIND,),
    audit=Audit.NOTHING,
)
def preview_web_service(req: func.HttpRequest) -> func.HttpResponse:
    """Say what publishing an experiment would do, without doing it."""
    saved, _ = open_experiment(req)
    return json_reply(preview_publication(current_app().storage, saved, read_publication(req)["kind"]))


@operation(blueprint, "GET", "schemas/experiment.json", auth=Auth.NOTHING, response="Document")
def show_experiment_schema(req: func.HttpRequest) -> func.HttpResponse:
    """Get the JSON Schema of experiment documents."""
    return json_reply(experiment_schema())


@operation(blueprint, "GET", "schemas/palette.json", auth=Auth.NOTHING, response="PaletteModule[]")
def show_palette(req: func.HttpRequest) -> func.HttpResponse:
    """Get the modules that experiments are made of, with their ports and properties."""
    return json_reply(palette_list())
