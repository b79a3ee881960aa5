"""The function app: one blueprint per file of functions/."""

import importlib
import pkgutil

import azure.functions as func

import functions
from functions.http.memory import share_heaps
from studio.settings import read_exporters
from studio.telemetry import quiet_libraries, start_telemetry

# Before there are threads.
share_heaps()
quiet_libraries()
start_telemetry(read_exporters())
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

for found in pkgutil.iter_modules(functions.__path__):
    if not found.ispkg:
        app.register_functions(importlib.import_module(f"functions.{found.name}").blueprint)
