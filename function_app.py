"""The function app: one blueprint per file of functions/."""

import azure.functions as func

from functions import (
    arm,
    batch_jobs,
    datasets,
    datasources,
    endpoints,
    experiments,
    fallback,
    health,
    help_pages,
    maintenance,
    openapi,
    pipelines,
    policies,
    scoring,
    studio_api,
    trained_models,
    uploads,
    webservices,
    workspaces,
)
from studio.memory import share_heaps
from studio.settings import read_receivers
from studio.telemetry import start_telemetry

# Before there are threads.
share_heaps()
start_telemetry(read_receivers())
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

for module in (
    arm,
    batch_jobs,
    datasets,
    datasources,
    endpoints,
    experiments,
    health,
    help_pages,
    maintenance,
    openapi,
    pipelines,
    policies,
    scoring,
    studio_api,
    trained_models,
    uploads,
    webservices,
    workspaces,
    fallback,
):
    app.register_functions(module.blueprint)
