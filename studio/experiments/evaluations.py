"""The evaluations of a run, as the API shows them; output_files.py writes them while the run goes on."""

from typing import Any

from studio.errors import NotFound
from studio.experiments.experiments import SavedExperiment, read_experiment
from studio.experiments.output_files import EVALUATION, output_path
from studio.experiments.outputs import find_key, find_title, read_part
from studio.experiments.runs import Run
from studio.graph.document import Experiment, PortRef
from studio.graph.predictive import DATASET, TRAINED
from studio.storage.account import Storage
from studio.storage.documents import get_document


def get_evaluation(storage: Storage, experiment: SavedExperiment, run: Run, given: str) -> dict[str, Any]:
    """Return the evaluation that a module of a run made.

    Raises
    ------
    NotFound
        If there is no such module, it evaluates nothing or has not ended, or the evaluation is not kept any more.
    """
    document = read_experiment(storage, run.document)
    title = find_title(document, given)
    node = document.nodes[title]
    if node.module.name != "Evaluate Model":
        text = f"'{title}' is a module of the kind {node.module.name}. Evaluations are made by Evaluate Model."
        raise NotFound("OutputNotFound", text)
    key = find_key(storage, document, run, title)
    found = read_part(storage, f"{output_path(experiment.workspace_id, experiment.key, key, EVALUATION)}.json", title)
    models = get_document(storage, run.summary).get("models", {}) if run.summary else {}
    ports = [port.name for port in node.module.inputs if PortRef(title, port.name) in document.connections]
    evaluated = []
    for port, item in zip(ports, found["models"], strict=False):
        scorer, trainer = _origin(document, title, port)
        importances = models.get(trainer, {}).get("importances", {})
        evaluated.append({"scorer": scorer, "trainer": trainer, **item, "importances": importances})
    return {"module": title, "models": evaluated}


def _origin(document: Experiment, title: str, port: str) -> tuple[str, str]:
    """Return the titles of the module that scored the rows at a port, and of the one that the model came from."""
    scorer = document.connections[PortRef(title, port)].node
    rows = document.connections.get(PortRef(scorer, TRAINED)) or document.connections.get(PortRef(scorer, DATASET))
    return scorer, rows.node if rows else ""
