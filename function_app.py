"""The function app: one blueprint per file of functions/."""

import azure.functions as func

from functions import (
    batch_jobs,
    datasets,
    endpoints,
    experiments,
    fallback,
    health,
    help_pages,
    maintenance,
    scoring,
    trained_models,
    uploads,
    webservices,
    workspaces,
)

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

for module in (
    batch_jobs,
    datasets,
    endpoints,
    experiments,
    health,
    help_pages,
    maintenance,
    scoring,
    trained_models,
    uploads,
    webservices,
    workspaces,
    fallback,
):
    app.register_functions(module.blueprint)
