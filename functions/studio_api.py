"""The rest of the Studio API: workspaces, users, experiments, publishing and trained models."""

from typing import Any

import azure.functions as func

from functions.http.app import current_app
from functions.http.openapi_document import CSV, Audit, Auth
from functions.http.operations import KIND, UPDATE_EXISTING, operation
from functions.http.replies import csv_reply, empty_reply, json_reply
from functions.http.requests import now, open_experiment, open_workspace, read_body, read_publication
from studio.classic.imports.report import Report
from studio.classic.module_outputs import read_module_output
from studio.classic.service_definition import service_definition
from studio.classic.studio_api import (
    promote_model,
    studio_experiment_object,
    submit_experiment,
    trained_model_object,
)
from studio.experiments.experiments import SavedExperiment, list_experiments
from studio.experiments.runs import delete_experiment
from studio.registry.endpoints import get_endpoint
from studio.registry.models import list_latest_models
from studio.registry.workspaces import refuse_invitation, studio_workspace_object
from studio.rollout.publish import publication_object, publish_experiment

blueprint = func.Blueprint()

WORKSPACE = "api/workspaces/{workspace}"
EXPERIMENT = f"{WORKSPACE}/experiments/{{experiment}}"


@operation(blueprint, "GET", WORKSPACE, auth=Auth.WORKSPACE_TOKEN, response="StudioWorkspace", audit=Audit.HOURLY)
def show_studio_workspace(req: func.HttpRequest) -> func.HttpResponse:
    """Get a workspace with its tokens."""
    workspace, _ = open_workspace(req)
    return json_reply(
        studio_workspace_object(workspace, current_app().storage.secret, current_app().storage.account_name)
    )


@operation(blueprint, "GET", f"{WORKSPACE}/users", auth=Auth.WORKSPACE_TOKEN, response="NoUsers")
def show_users(req: func.HttpRequest) -> func.HttpResponse:
    """List the workspace's users, of which there are none: access is by token."""
    open_workspace(req)
    return json_reply([])


@operation(
    blueprint, "POST", f"{WORKSPACE}/invitations", auth=Auth.WORKSPACE_TOKEN, status=400, response="Error", body="Bytes"
)
def invite_user(req: func.HttpRequest) -> func.HttpResponse:
    """Reject an invitation of users with an error that says what to do instead."""
    open_workspace(req)
    refuse_invitation()


@operation(blueprint, "GET", f"{WORKSPACE}/experiments", auth=Auth.WORKSPACE_TOKEN, response="StudioExperiment[]")
def show_studio_experiments(req: func.HttpRequest) -> func.HttpResponse:
    """List the workspace's experiments with the status of their runs."""
    workspace, _ = open_workspace(req)
    storage = current_app().storage
    found = list_experiments(storage, workspace.id)
    return json_reply([studio_experiment_object(storage, saved, with_graph=False) for saved in found])


@operation(blueprint, "GET", EXPERIMENT, auth=Auth.WORKSPACE_TOKEN, response="StudioExperimentWithGraph")
def show_studio_experiment(req: func.HttpRequest) -> func.HttpResponse:
    """Get an experiment with its graph."""
    saved, _ = open_experiment(req)
    return json_reply(studio_experiment_object(current_app().storage, saved, with_graph=True))


@operation(
    blueprint,
    "POST",
    f"{WORKSPACE}/experiments",
    auth=Auth.WORKSPACE_TOKEN,
    response="SavedStudioExperiment",
    body="StudioSubmission",
    errors=(409,),
)
def copy_studio_experiment(req: func.HttpRequest) -> func.HttpResponse:
    """Save an experiment under a new name and run it, unless it is a draft."""
    workspace, _ = open_workspace(req)
    storage = current_app().storage
    saved, report = submit_experiment(storage, workspace.id, read_body(req), copy=True, now=now())
    return json_reply(_saved_object(saved, report))


@operation(
    blueprint,
    "POST",
    EXPERIMENT,
    auth=Auth.WORKSPACE_TOKEN,
    response="SavedStudioExperiment",
    body="StudioSubmission",
    errors=(409,),
)
def submit_studio_experiment(req: func.HttpRequest) -> func.HttpResponse:
    """Save a changed experiment and run it, unless it is a draft."""
    before, _ = open_experiment(req)
    storage = current_app().storage
    saved, report = submit_experiment(storage, before.workspace_id, read_body(req), copy=False, now=now())
    return json_reply(_saved_object(saved, report))


def _saved_object(saved: SavedExperiment, report: Report | None) -> dict[str, Any]:
    shown = studio_experiment_object(current_app().storage, saved, with_graph=False)
    return shown | {"ImportReport": report.to_json() if report else None}


@operation(
    blueprint,
    "GET",
    f"{EXPERIMENT}/outputdata/{{node}}/{{port}}",
    auth=Auth.WORKSPACE_TOKEN,
    errors=(413,),
    media=CSV,
)
def show_module_output(req: func.HttpRequest) -> func.HttpResponse:
    """Get the dataset that a module delivered in the latest finished run, as CSV."""
    saved, _ = open_experiment(req)
    route = req.route_params
    content = read_module_output(current_app().storage, saved, route["node"], route["port"])
    return csv_reply(content)


@operation(blueprint, "GET", f"{EXPERIMENT}/webservicedefinition", auth=Auth.WORKSPACE_TOKEN, response="Document")
def show_web_service_definition(req: func.HttpRequest) -> func.HttpResponse:
    """Get the definition of the predictive web service that publishing an experiment makes."""
    saved, _ = open_experiment(req)
    return json_reply(service_definition(current_app().storage, saved, now=now()))


@operation(blueprint, "DELETE", EXPERIMENT, auth=Auth.WORKSPACE_TOKEN, status=204)
def remove_studio_experiment(req: func.HttpRequest) -> func.HttpResponse:
    """Delete an experiment; its web services are kept."""
    saved, _ = open_experiment(req)
    delete_experiment(current_app().storage, saved)
    return empty_reply()


@operation(
    blueprint,
    "POST",
    f"{EXPERIMENT}/webservice",
    auth=Auth.WORKSPACE_TOKEN,
    response="Publication",
    query=(KIND, UPDATE_EXISTING),
    errors=(409,),
)
def deploy_studio_experiment(req: func.HttpRequest) -> func.HttpResponse:
    """Publish an experiment; poll for the result with the ActivityId from the response."""
    saved, by = open_experiment(req)
    return json_reply(publish_experiment(current_app(), saved, **read_publication(req), by=by, now=now()))


@operation(blueprint, "GET", f"{EXPERIMENT}/webservice", auth=Auth.WORKSPACE_TOKEN, response="Publication")
def show_deployment(req: func.HttpRequest) -> func.HttpResponse:
    """Get the status of a publication, with the ActivityId in place of the experiment."""
    workspace, _ = open_workspace(req)
    endpoint = get_endpoint(current_app().storage, workspace.id, req.route_params["experiment"].lower())
    return json_reply(publication_object(endpoint))


@operation(blueprint, "GET", f"{WORKSPACE}/trainedmodels", auth=Auth.WORKSPACE_TOKEN, response="TrainedModel[]")
def show_trained_models(req: func.HttpRequest) -> func.HttpResponse:
    """List the workspace's trained models, the latest version of each."""
    workspace, _ = open_workspace(req)
    storage, moment = current_app().storage, now()
    found = list_latest_models(storage, workspace.id)
    return json_reply([trained_model_object(storage, workspace.id, item, now=moment) for item in found])


@operation(
    blueprint,
    "POST",
    f"{WORKSPACE}/trainedmodels",
    auth=Auth.WORKSPACE_TOKEN,
    response="TrainedModel",
    body="Promotion",
    errors=(409,),
)
def promote_trained_model(req: func.HttpRequest) -> func.HttpResponse:
    """Register a trained model from a finished run under a name."""
    workspace, _ = open_workspace(req)
    storage, moment = current_app().storage, now()
    item = promote_model(storage, workspace.id, read_body(req), now=moment)
    return json_reply(trained_model_object(storage, workspace.id, item, now=moment))
