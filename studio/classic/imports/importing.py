"""Imports an experiment that was exported from the original, in either of its formats."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from studio.classic.imports.arm_definition import find_service, read_arm_definition
from studio.classic.imports.convert import convert
from studio.classic.imports.draft import Answers
from studio.classic.imports.exported import Exported, Keys, refuse
from studio.classic.imports.names import MAX_EXPERIMENT, safe_name
from studio.classic.imports.report import Report
from studio.classic.imports.studio_graph import read_studio_graph
from studio.classic.imports.template import find_expression
from studio.errors import BadArgument
from studio.experiments.experiments import SavedExperiment, put_experiment
from studio.storage.account import Storage

UNNAMED = "Imported experiment"
MAX_ANSWERS, MAX_ANSWER = 1000, 200_000


def import_experiment(
    storage: Storage, workspace_id: str, body: Mapping[str, Any], name: str, *, now: datetime
) -> tuple[SavedExperiment, Report]:
    """Save an exported experiment, with placeholders for what does not exist here.

    Parameters
    ----------
    body
        The exported file, or an object with it as `Export` and with `Name`, `Resource`, `Data` and `Values`.
    name
        The experiment's name here, if the body has none; the title in the file if both are empty.

    Raises
    ------
    BadArgument
        If the file is no export that can be read, or its modules form a cycle. Nothing is saved.
    """
    keys = Keys(body, "the body")
    wrapped = "Export" in keys
    exported = read_exported(keys.get("Export") if wrapped else body, keys.text("Resource") if wrapped else "")
    answers = Answers(_texts(keys, "Data"), _texts(keys, "Values")) if wrapped else Answers()
    wanted = (keys.text("Name") if wrapped else "") or name
    document, report, name = convert_exported(exported, wanted, answers)
    return put_experiment(storage, workspace_id, name, document, now=now), report


def convert_exported(exported: Exported, name: str, answers: Answers) -> tuple[dict[str, Any], Report, str]:
    """Return the document, the report, and the experiment's name."""
    name = name or safe_name(_title(exported, answers), UNNAMED, MAX_EXPERIMENT)
    if not exported.modules and not exported.assets:
        refuse("it has no modules.")
    return *convert(exported, name, answers), name


def read_exported(body: Any, resource: str = "") -> Exported:
    """Return what an exported file holds; BadArgument if it is in neither format."""
    top = Keys(body, "the file")
    if "Graph" in top:
        exported = read_studio_graph(body)
    elif "resources" in top or "properties" in top or "package" in top:
        exported = read_arm_definition(find_service(body, resource))
    else:
        refuse(
            "it is neither the graph of an experiment (with 'Graph', as Export-AmlExperimentGraph writes it) nor the "
            "definition of a web service (with 'properties' and 'package', as Export-AzMlWebService writes it)."
        )
    _check_ids(exported)
    return exported


def _check_ids(exported: Exported) -> None:
    ids = [*(module.id for module in exported.modules), *(asset.node for asset in exported.assets)]
    if "" in ids or len(set(ids)) < len(ids):
        refuse("each module must have an id of its own.")


def _title(exported: Exported, answers: Answers) -> str:
    expression = find_expression(exported.title) if exported.template else None
    if expression is None:
        return exported.title
    return expression.work_out(answers.values) or " ".join(expression.names)


def _texts(keys: Keys, name: str) -> dict[str, str]:
    given = keys.named(name, MAX_ANSWERS)
    if any(not isinstance(value, str) or len(value) > MAX_ANSWER for value in given.values()):
        raise BadArgument(
            "BadParameterValue", f"{name} must map names to texts of at most {MAX_ANSWER:,} characters.", name
        )
    return given
