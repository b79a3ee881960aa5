"""Client library and command line for Perennial, over HTTP only.

>>> from perennial import Workspace
>>> workspace = Workspace("http://127.0.0.1:7071", "<workspace id>", "<workspace token>")
>>> [service.name for service in workspace.list_web_services()]
"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from perennial.any_frame import Frame
from perennial.client import Admin, Job, Workspace
from perennial.errors import PerennialError
from perennial.evaluation import Comparison, Evaluation
from perennial.experiment_parts import Parameter
from perennial.model_publishing import PublishedModel
from perennial.publishing import PublishedPipeline
from perennial.records import Records
from perennial.resources import BlobLink, Dataset, Endpoint, JobStatus, RunStatus, WebService

if TYPE_CHECKING:
    from perennial.async_client import AsyncAdmin as AsyncAdmin
    from perennial.async_client import AsyncJob as AsyncJob
    from perennial.async_client import AsyncWorkspace as AsyncWorkspace
    from perennial.connecting import connect as connect
    from perennial.connecting import connect_async as connect_async
    from perennial.document_code import experiment_code as experiment_code
    from perennial.experiment import Experiment as Experiment

__all__ = [
    "Admin",
    "AsyncAdmin",
    "AsyncJob",
    "AsyncWorkspace",
    "BlobLink",
    "Comparison",
    "Dataset",
    "Endpoint",
    "Evaluation",
    "Experiment",
    "Frame",
    "Job",
    "JobStatus",
    "Parameter",
    "PerennialError",
    "PublishedModel",
    "PublishedPipeline",
    "Records",
    "RunStatus",
    "WebService",
    "Workspace",
    "__version__",
    "connect",
    "connect_async",
    "experiment_code",
]

__version__ = version("perennial-ml")


# Loaded when they are used: the palette is large, and the command line needs none of these.
LATER = {
    "AsyncAdmin": "async_client",
    "AsyncJob": "async_client",
    "AsyncWorkspace": "async_client",
    "Experiment": "experiment",
    "connect": "connecting",
    "connect_async": "connecting",
    "experiment_code": "document_code",
}


def __getattr__(name: str) -> Any:
    if name in LATER:
        return getattr(import_module(f"perennial.{LATER[name]}"), name)
    raise AttributeError(f"module 'perennial' has no attribute '{name}'")
