"""Client library and command line for Perennial, over HTTP only.

>>> from perennial import Workspace
>>> workspace = Workspace("http://127.0.0.1:7071", "<workspace id>", "<workspace token>")
>>> [service.name for service in workspace.list_web_services()]
"""

from importlib.metadata import version

from perennial.client import Admin, Job, Workspace
from perennial.errors import PerennialError
from perennial.publishing import PublishedPipeline, connect
from perennial.resources import BlobLink, Dataset, Endpoint, JobStatus, RunStatus, WebService

__all__ = [
    "Admin",
    "BlobLink",
    "Dataset",
    "Endpoint",
    "Job",
    "JobStatus",
    "PerennialError",
    "PublishedPipeline",
    "RunStatus",
    "WebService",
    "Workspace",
    "__version__",
    "connect",
]

__version__ = version("perennial-ml")
