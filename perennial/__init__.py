"""Client library and command line for Perennial, over HTTP only.

>>> from perennial import Workspace
>>> workspace = Workspace("http://127.0.0.1:7071", "<workspace id>", "<workspace token>")
>>> [service.name for service in workspace.list_web_services()]
"""

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from perennial.any_frame import Frame
from perennial.client import Admin, Job, Workspace
from perennial.errors import PerennialError
from perennial.evaluation import Comparison, Evaluation
from perennial.experiment_parts import Parameter
from perennial.publishing import PublishedPipeline, connect
from perennial.records import Records
from perennial.resources import BlobLink, Dataset, Endpoint, JobStatus, RunStatus, WebService

if TYPE_CHECKING:
    from perennial.document_code import experiment_code as experiment_code
    from perennial.experiment import Experiment as Experiment

__all__ = [
    "Admin",
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
    "PublishedPipeline",
    "Records",
    "RunStatus",
    "WebService",
    "Workspace",
    "__version__",
    "connect",
    "experiment_code",
]

__version__ = version("perennial-ml")


def __getattr__(name: str) -> Any:
    # The palette is large, and the command line does not need it.
    if name == "Experiment":
        from perennial.experiment import Experiment

        return Experiment
    if name == "experiment_code":
        from perennial.document_code import experiment_code

        return experiment_code
    raise AttributeError(f"module 'perennial' has no attribute '{name}'")
