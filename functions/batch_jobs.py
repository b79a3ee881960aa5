"""Batch jobs: create, start, get and cancel them; also the queue trigger that does all queued work."""

import azure.functions as func

from functions.http.app import current_app
from functions.http.audit import opened
from functions.http.openapi_document import Audit, Auth
from functions.http.operations import API_VERSION, EXPLAIN, PAGE, STATE, operation
from functions.http.replies import empty_reply, host_trace, json_reply
from functions.http.requests import (
    EXECUTION,
    check_api_version,
    next_page,
    now,
    open_workspace,
    read_body,
    read_list_page,
    workspace_id,
)
from studio.automation.dispatch import Ticket, perform_next
from studio.jobs.jobs import cancel_job, get_job, job_status, start_job, submit_job
from studio.jobs.listing import list_jobs
from studio.registry.access import check_endpoint_key
from studio.registry.endpoints import Endpoint, get_endpoint
from studio.storage.account import JOB_QUEUE
from studio.work.queue import read_message

blueprint = func.Blueprint()

JOBS = f"{EXECUTION}/jobs"


def _open(req: func.HttpRequest) -> Endpoint:
    check_api_version(req)
    app, route = current_app(), req.route_params
    endpoint = get_endpoint(app.storage, workspace_id(req), route["endpoint"].lower())
    keys = (endpoint.key(app.storage.secret, 0), endpoint.key(app.storage.secret, 1))
    opened(endpoint.workspace_id, check_endpoint_key(keys, req.headers.get("authorization")))
    return endpoint


@operation(
    blueprint,
    "POST",
    JOBS,
    auth=Auth.ENDPOINT_KEY,
    response="JobId",
    body="JobRequest",
    query=(API_VERSION, EXPLAIN),
    outside=True,
)
def create_job(req: func.HttpRequest) -> func.HttpResponse:
    """Create a job without starting it and return its id as a JSON string."""
    old, asked = "api-version" not in req.params, req.params.get("explain")
    endpoint, body = _open(req), read_body(req) | ({} if asked is None else {"Explain": asked})
    return json_reply(submit_job(current_app().storage, endpoint, body, now=now(), starts_itself=old))


@operation(
    blueprint,
    "POST",
    f"{JOBS}/{{job}}/start",
    auth=Auth.ENDPOINT_KEY,
    status=204,
    query=(API_VERSION,),
    audit=Audit.NOTHING,
)
def begin_job(req: func.HttpRequest) -> func.HttpResponse:
    """Start a job."""
    start_job(current_app().storage, _open(req), req.route_params["job"], now=now())
    return empty_reply()


@operation(blueprint, "GET", f"{JOBS}/{{job}}", auth=Auth.ENDPOINT_KEY, response="JobStatus", query=(API_VERSION,))
def show_job(req: func.HttpRequest) -> func.HttpResponse:
    """Get the status of a job, with fresh links to its results."""
    row = get_job(current_app().storage, _open(req), req.route_params["job"])
    return json_reply(job_status(current_app().storage, row, now=now()))


@operation(blueprint, "DELETE", f"{JOBS}/{{job}}", auth=Auth.ENDPOINT_KEY, status=204, query=(API_VERSION,))
def end_job(req: func.HttpRequest) -> func.HttpResponse:
    """Cancel a job; outputs already written are kept."""
    cancel_job(current_app().storage, _open(req), req.route_params["job"])
    return empty_reply()


@operation(
    blueprint,
    "GET",
    "workspaces/{workspace}/jobs",
    auth=Auth.WORKSPACE_TOKEN,
    response="JobSummary[]",
    query=(STATE, *PAGE),
)
def show_workspace_jobs(req: func.HttpRequest) -> func.HttpResponse:
    """List the jobs of all endpoints of the workspace, newest first."""
    workspace, _ = open_workspace(req)
    found, after = list_jobs(current_app().storage, workspace.id, req.params.get("state"), read_list_page(req))
    return json_reply(found, next_page=next_page(req, after))


@blueprint.queue_trigger(arg_name="message", queue_name=JOB_QUEUE, connection="AzureWebJobsStorage")
def work(message: func.QueueMessage, context: func.Context) -> None:
    """Do a piece of queued work, such as a batch job or an experiment run: the one whose turn it is."""
    ticket = Ticket(read_message(message.get_body().decode()), message.dequeue_count or 0, host_trace(context))
    perform_next(current_app(), ticket, now=now())
