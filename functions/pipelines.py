"""Data Factory documents, pipeline runs and triggers."""

import azure.functions as func

from functions.http.app import current_app
from functions.http.openapi_document import Audit, Auth
from functions.http.operations import PAGE, SEARCH, operation, query
from functions.http.replies import empty_reply, json_reply
from functions.http.requests import (
    base_url,
    next_page,
    now,
    open_document,
    open_workspace,
    read_body,
    read_list_page,
)
from studio.pipelines.documents import DocumentName, delete_factory_document, document_object, list_factory_documents
from studio.pipelines.runs import (
    Origin,
    activity_run_object,
    create_run,
    get_run,
    list_activity_runs,
    list_pipeline_runs,
    new_run_id,
    page_pipeline_runs,
    rerun,
    run_object,
)
from studio.pipelines.steps import cancel_run
from studio.pipelines.triggers import (
    forget_trigger,
    put_watched_document,
    run_trigger_now,
    schedule_state,
    start_trigger,
    stop_trigger,
)
from studio.storage.pages import read_search
from studio.wire import read_flag

blueprint = func.Blueprint()

WORKSPACE = "workspaces/{workspace}"
KIND = f"{WORKSPACE}/{{kind:regex(^(pipelines|linkedservices|datasets|triggers)$)}}"
DOCUMENT = f"{KIND}/{{name}}"
PIPELINE, TRIGGER = f"{WORKSPACE}/pipelines/{{name}}", f"{WORKSPACE}/triggers/{{name}}"
RUN = f"{WORKSPACE}/pipelineruns/{{run}}"
REFERENCE = query(
    "referencePipelineRunId", {"type": "string", "description": "The id of a run whose parameters to use again."}
)
FROM_FAILURE = query("startFromFailure", {"enum": ["true", "false"]})


@operation(blueprint, "GET", KIND, auth=Auth.WORKSPACE_TOKEN, response="FactoryDocument[]")
def show_documents(req: func.HttpRequest) -> func.HttpResponse:
    """List the workspace's documents of a kind, with secrets hidden."""
    workspace, _ = open_workspace(req)
    found = list_factory_documents(current_app().storage, workspace.id, req.route_params["kind"].lower())
    return json_reply(
        [
            document_object(current_app().storage, saved) | schedule_state(current_app().storage, saved)
            for saved in found
        ]
    )


@operation(
    blueprint,
    "PUT",
    DOCUMENT,
    auth=Auth.WORKSPACE_TOKEN,
    response="FactoryDocument",
    body="FactoryDocumentRequest",
    outside=True,
)
def save_document(req: func.HttpRequest) -> func.HttpResponse:
    """Check a document and save it; does not start a run."""
    workspace, _ = open_workspace(req)
    place = DocumentName(workspace.id, req.route_params["kind"].lower(), req.route_params["name"])
    saved = put_watched_document(current_app().storage, place, read_body(req), base_url(req), now=now())
    return json_reply(document_object(current_app().storage, saved) | schedule_state(current_app().storage, saved))


@operation(blueprint, "GET", DOCUMENT, auth=Auth.WORKSPACE_TOKEN, response="FactoryDocument")
def show_document(req: func.HttpRequest) -> func.HttpResponse:
    """Get a document, with secrets hidden; for triggers and version 1 pipelines also when they run next."""
    saved = open_document(req)
    return json_reply(document_object(current_app().storage, saved) | schedule_state(current_app().storage, saved))


@operation(blueprint, "DELETE", DOCUMENT, auth=Auth.WORKSPACE_TOKEN, status=204)
def remove_document(req: func.HttpRequest) -> func.HttpResponse:
    """Delete a document; runs that have started continue."""
    saved = open_document(req)
    forget_trigger(current_app().storage, saved)
    delete_factory_document(current_app().storage, saved)
    return empty_reply()


@operation(
    blueprint,
    "POST",
    f"{PIPELINE}/createRun",
    auth=Auth.WORKSPACE_TOKEN,
    response="PipelineRunStarted",
    body="PipelineParameters",
    query=(REFERENCE, FROM_FAILURE),
)
def run_pipeline(req: func.HttpRequest) -> func.HttpResponse:
    """Start a run of a pipeline with the parameters in the body."""
    saved, before = open_document(req, "pipelines"), req.params.get("referencePipelineRunId")
    if before:
        from_failure = read_flag(req.params.get("startFromFailure", "false"), "startFromFailure")
        return json_reply({"runId": rerun(current_app().storage, saved, before, from_failure=from_failure, now=now())})
    return json_reply(
        {"runId": create_run(current_app().storage, saved, read_body(req), Origin(new_run_id()), now=now())}
    )


@operation(
    blueprint,
    "POST",
    f"{WORKSPACE}/queryPipelineRuns",
    auth=Auth.WORKSPACE_TOKEN,
    response="PipelineRuns",
    body="RunFilter",
    query=(query("pipeline", {"type": "string"}),),
    audit=Audit.NOTHING,
)
def query_pipeline_runs(req: func.HttpRequest) -> func.HttpResponse:
    """List the workspace's pipeline runs, newest first."""
    workspace, _ = open_workspace(req)
    storage, moment = current_app().storage, now()
    found = list_pipeline_runs(storage, workspace.id, read_body(req), req.params.get("pipeline"))
    return json_reply({"value": [run_object(run, now=moment) for run in found]})


@operation(
    blueprint,
    "GET",
    f"{WORKSPACE}/pipelineruns",
    auth=Auth.WORKSPACE_TOKEN,
    response="PipelineRun[]",
    query=(SEARCH, *PAGE),
)
def show_pipeline_runs(req: func.HttpRequest) -> func.HttpResponse:
    """List the workspace's pipeline runs in pages, newest first."""
    workspace, _ = open_workspace(req)
    storage, moment = current_app().storage, now()
    search, page = read_search(req.params.get("q")), read_list_page(req)
    found, after = page_pipeline_runs(storage, workspace.id, search, page)
    return json_reply([run_object(run, now=moment) for run in found], next_page=next_page(req, after))


@operation(blueprint, "GET", RUN, auth=Auth.WORKSPACE_TOKEN, response="PipelineRun")
def show_pipeline_run(req: func.HttpRequest) -> func.HttpResponse:
    """Get a pipeline run."""
    workspace, _ = open_workspace(req)
    run = get_run(current_app().storage, workspace.id, req.route_params["run"])
    return json_reply(run_object(run, now=now()))


@operation(
    blueprint,
    "POST",
    f"{RUN}/queryActivityruns",
    auth=Auth.WORKSPACE_TOKEN,
    response="ActivityRuns",
    body="RunFilter",
    audit=Audit.NOTHING,
)
def query_activity_runs(req: func.HttpRequest) -> func.HttpResponse:
    """List the activities of a pipeline run, in the order of its document."""
    workspace, _ = open_workspace(req)
    storage, moment = current_app().storage, now()
    run = get_run(storage, workspace.id, req.route_params["run"])
    activities = list_activity_runs(storage, run.id)
    return json_reply({"value": [activity_run_object(run, activity, now=moment) for activity in activities]})


@operation(blueprint, "POST", f"{RUN}/cancel", auth=Auth.WORKSPACE_TOKEN, status=204)
def cancel_pipeline_run(req: func.HttpRequest) -> func.HttpResponse:
    """Cancel a pipeline run and the jobs it is waiting for."""
    workspace, _ = open_workspace(req)
    cancel_run(current_app(), workspace.id, req.route_params["run"], now=now())
    return empty_reply()


@operation(blueprint, "POST", f"{TRIGGER}/start", auth=Auth.WORKSPACE_TOKEN, status=204, outside=True)
def start_named_trigger(req: func.HttpRequest) -> func.HttpResponse:
    """Start a trigger."""
    start_trigger(current_app().storage, open_document(req, "triggers"), now=now())
    return empty_reply()


@operation(blueprint, "POST", f"{TRIGGER}/stop", auth=Auth.WORKSPACE_TOKEN, status=204)
def stop_named_trigger(req: func.HttpRequest) -> func.HttpResponse:
    """Stop a trigger."""
    stop_trigger(current_app().storage, open_document(req, "triggers"))
    return empty_reply()


@operation(blueprint, "POST", f"{TRIGGER}/run", auth=Auth.WORKSPACE_TOKEN, response="RunsStarted")
def run_named_trigger(req: func.HttpRequest) -> func.HttpResponse:
    """Start a trigger's pipelines as if it fired now."""
    return json_reply({"runIds": run_trigger_now(current_app().storage, open_document(req, "triggers"), now=now())})
