"""What the modules of a run delivered: summaries, rows in pages, columns, and evaluations."""

import azure.functions as func

from functions.http.app import current_app
from functions.http.openapi_document import CSV, Auth
from functions.http.operations import CHOICE, TABLE_FORMAT, WINDOW, operation
from functions.http.replies import json_reply, rows_reply
from functions.http.requests import open_experiment, read_rows_choice, read_rows_window
from studio.experiments.evaluations import get_evaluation
from studio.experiments.experiments import SavedExperiment
from studio.experiments.outputs import get_output, list_output_columns, list_output_rows, write_output_rows
from studio.experiments.runs import Run, get_run
from studio.storage.account import Storage
from studio.tables.row_downloads import FORMATS, read_format

blueprint = func.Blueprint()

OUTPUT = "workspaces/{workspace}/experiments/{experiment}/runs/{run}/outputs/{module}/{port}"


@operation(blueprint, "GET", OUTPUT, auth=Auth.WORKSPACE_TOKEN, response="Output")
def show_output(req: func.HttpRequest) -> func.HttpResponse:
    """Get what there is to show of an output port: columns, statistics and first rows, or what the model is."""
    return json_reply(get_output(*_place(req)))


@operation(blueprint, "GET", f"{OUTPUT}/rows", auth=Auth.WORKSPACE_TOKEN, response="OutputRows", query=WINDOW)
def show_output_rows(req: func.HttpRequest) -> func.HttpResponse:
    """List rows of the dataset at an output port."""
    return json_reply(list_output_rows(*_place(req), read_rows_window(req)))


@operation(
    blueprint,
    "GET",
    f"{OUTPUT}/table",
    auth=Auth.WORKSPACE_TOKEN,
    media=CSV,
    query=(TABLE_FORMAT, *CHOICE),
    errors=(413,),
)
def download_output_rows(req: func.HttpRequest) -> func.HttpResponse:
    """Get rows of the dataset at an output port as a file: CSV, Parquet or Arrow."""
    format_ = read_format(req.params.get("format"))
    storage, experiment, run, title, port = _place(req)
    choice = read_rows_choice(req)
    content, left_out = write_output_rows(storage, experiment, run, title, port, choice, format_)
    return rows_reply(content, FORMATS[format_], f"{title} {port}.{format_}", left_out)


@operation(blueprint, "GET", f"{OUTPUT}/columns", auth=Auth.WORKSPACE_TOKEN, response="OutputColumns")
def show_output_columns(req: func.HttpRequest) -> func.HttpResponse:
    """List the columns at an output port, with their types."""
    return json_reply(list_output_columns(*_place(req)))


@operation(
    blueprint,
    "GET",
    "workspaces/{workspace}/experiments/{experiment}/runs/{run}/evaluations/{module}",
    auth=Auth.WORKSPACE_TOKEN,
    response="RunEvaluation",
)
def show_run_evaluation(req: func.HttpRequest) -> func.HttpResponse:
    """Get the evaluation of one or two models that a module of a run made, with what its charts need."""
    saved, _ = open_experiment(req)
    storage, route = current_app().storage, req.route_params
    return json_reply(get_evaluation(storage, saved, get_run(storage, saved, route["run"]), route["module"]))


def _place(req: func.HttpRequest) -> tuple[Storage, SavedExperiment, Run, str, str]:
    saved, _ = open_experiment(req)
    storage, route = current_app().storage, req.route_params
    return storage, saved, get_run(storage, saved, route["run"]), route["module"], route["port"]
