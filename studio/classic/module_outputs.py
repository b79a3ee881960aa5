"""What modules delivered in a run: read by clients as intermediate datasets, and promoted to datasets.

References
----------
Section 5 of the original's wire contract. Runs keep results for reuse (experiments/result_cache.py); those of modules
whose data come from outside are not kept.
"""

from typing import Any

from studio.classic.graph_form import find_node, node_id
from studio.datasets.datasets import DataSource, store_data_source
from studio.errors import BadArgument, InvalidOperation, NotFound, TooLarge
from studio.experiments.experiments import SavedExperiment, get_experiment, read_experiment
from studio.experiments.result_cache import ModuleResults
from studio.graph.dataset import Dataset
from studio.graph.document import Experiment, Node
from studio.graph.results import write_dataset
from studio.rollout.publish import get_finished_run
from studio.storage.account import Storage

# One request holds a result and its text in memory.
MAX_BYTES = 64 * 1024 * 1024
PROMOTED_TYPE = "GenericCSV"


def read_module_output(storage: Storage, saved: SavedExperiment, node: str, port: str) -> bytes:
    """Return the dataset at a module's output port in the latest finished run, as CSV.

    Parameters
    ----------
    node
        The module's id in the graph, or its title.

    Raises
    ------
    NotFound
        If there is no such module or port, or the port delivers something else.
    InvalidOperation
        If the experiment's current version has no finished run, or the result was not kept.
    TooLarge
        If the result has more than 64 MiB.
    """
    experiment = read_experiment(storage, saved.document)
    found = _find_node(experiment, node)
    index = _find_port(found, port)
    summary = get_finished_run(storage, saved)
    fingerprint = summary["modules"].get(found.title, {}).get("fingerprint")
    kept = ModuleResults(storage, storage.secret, saved.workspace_id, saved.key)
    values = None
    if fingerprint is not None:
        size = kept.size(found.title)
        if size > MAX_BYTES:
            raise TooLarge(
                "OutOfMemoryLimit",
                f"The result of '{found.title}' has {size} bytes; the limit is {MAX_BYTES}. End the experiment in "
                "Export Data instead.",
            )
        values = kept.find(found.title, fingerprint["digest"])
    if values is None:
        raise InvalidOperation(
            "ExperimentNotRun",
            f"The result of '{found.title}' is not kept: its data come from outside, or it has expired. Run the "
            "experiment again, end it in Export Data, or make the port a web service output.",
        )
    value = values[index]
    if not isinstance(value, Dataset):
        raise NotFound("DatasetNotFound", f"The port '{port}' of '{found.title}' delivers no dataset.")
    return write_dataset(value, ".csv")


def promote_dataset(storage: Storage, workspace_id: str, body: dict[str, Any]) -> DataSource:
    """Make a dataset of what a module delivered.

    Parameters
    ----------
    body
        ExperimentId, ModuleNodeId, OutputName, and DataSource with Name, Description and FamilyId.

    Raises
    ------
    BadArgument
        If the name is invalid.
    Conflict
        If the workspace has another dataset of that name.
    NotFound, InvalidOperation, TooLarge
        As read_module_output.
    """
    described = body.get("DataSource")
    if not isinstance(described, dict):
        raise BadArgument("RequestBodyInvalid", "The body must contain a DataSource with a Name.", "DataSource")
    saved = get_experiment(storage, workspace_id, str(body.get("ExperimentId") or ""))
    content = read_module_output(storage, saved, str(body.get("ModuleNodeId")), str(body.get("OutputName")))
    return store_data_source(storage, workspace_id, described, PROMOTED_TYPE, content)


def _find_node(experiment: Experiment, id_: str) -> Node:
    found = find_node(experiment, id_)
    if found is None:
        known = ", ".join(f"'{node_id(title)}'" for title in experiment.nodes)
        raise NotFound("DatasetNotFound", f"The experiment has no module '{id_}'. It has: {known}.")
    return found


def _find_port(node: Node, name: str) -> int:
    names = [port.name for port in node.module.outputs]
    if name not in names:
        known = ", ".join(map(repr, names)) or "none"
        raise NotFound("DatasetNotFound", f"'{node.title}' has no output port '{name}'. It has: {known}.")
    return names.index(name)
