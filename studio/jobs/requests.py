"""Batch job requests, in current and old forms: read and checked before anything is recorded.

References
----------
Sections 3.1 to 3.3 and 7.4 of the original's wire contract.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from studio.errors import BadArgument, InvalidOperation
from studio.graph.document import parse_experiment
from studio.graph.properties import PropertyError, read_property
from studio.registry.definitions import EXTENSIONS, INPUT_EXTENSIONS, PREDICTIVE, Definition, check_parameters
from studio.serving.explainers import check_explained
from studio.storage.account import Storage
from studio.storage.blob_access import open_blob
from studio.storage.blobs import BlobReference, check_extension, check_host, check_not_expired, parse_blob_reference
from studio.storage.connections import CHECK
from studio.wire import read_flag


@dataclass(frozen=True, slots=True)
class JobRequest:
    """A checked request: blob references by input and output name, and parameter values by name.

    `explain` says whether the outputs tell what each column adds to the scores.
    """

    inputs: dict[str, BlobReference]
    outputs: dict[str, BlobReference]
    parameters: dict[str, Any]
    explain: bool = False

    def to_text(self) -> str:
        """Return the request as JSON; it holds the caller's secrets, so seal it before storing it."""
        return json.dumps(
            {
                "inputs": {name: reference.to_json() for name, reference in self.inputs.items()},
                "outputs": {name: reference.to_json() for name, reference in self.outputs.items()},
                "parameters": self.parameters,
                "explain": self.explain,
            }
        )

    @staticmethod
    def from_text(text: str) -> "JobRequest":
        """Read a request that to_text wrote."""
        value = json.loads(text)
        return JobRequest(
            {name: parse_blob_reference(item, name) for name, item in value["inputs"].items()},
            {name: parse_blob_reference(item, name) for name, item in value["outputs"].items()},
            value["parameters"],
            value.get("explain", False),
        )


def read_job_request(storage: Storage, definition: Definition, body: dict[str, Any], *, now: datetime) -> JobRequest:
    """Read a request and check it against the web service's definition.

    Raises
    ------
    BadArgument, InvalidOperation
        If the request is invalid, with the documented detail code.
    """
    inputs = _read_inputs(definition, body)
    for name, reference in inputs.items():
        check_host(reference, name, storage)
        check_extension(reference, INPUT_EXTENSIONS, name)
        check_not_expired(reference, name, now)
        open_blob(storage, reference, name, CHECK)
    outputs = _read_outputs(definition, body, now)
    for name, reference in outputs.items():
        check_host(reference, name, storage)
    parameters = check_parameters(definition.parameters, body.get("GlobalParameters"))
    _check_values(definition, parameters)
    return JobRequest(inputs, outputs, parameters, _read_explain(definition, body, inputs))


def _read_explain(definition: Definition, body: dict[str, Any], inputs: dict[str, BlobReference]) -> bool:
    given = body.get("Explain")
    if given is None or not read_flag(given, "Explain"):
        return False
    if definition.kind != PREDICTIVE or not inputs:
        raise InvalidOperation(
            "DataTypeNotSupported",
            "Explain is for jobs whose rows a trained model scores, and this one runs an experiment. Leave it out.",
            "Explain",
        )
    check_explained(definition)
    return True


def _read_inputs(definition: Definition, body: dict[str, Any]) -> dict[str, BlobReference]:
    names = [item.name for item in definition.inputs]
    # Classic: the oldest clients send one `Input` instead of a dictionary (reference 3.1).
    single, several = body.get("Input"), body.get("Inputs") or body.get("WebServiceInputs")
    if single is not None and several:
        raise BadArgument("DuplicateInputInBatchCall", "Send either Input or Inputs, not both.", "Input")
    if single is not None:
        if len(names) > 1:
            raise InvalidOperation(
                "MultipleInputsNotAllowed",
                f"The web service has the inputs {', '.join(names)}. Send Inputs with an entry for each.",
                "Input",
            )
        several = {names[0]: single} if names else {"Input": single}
    if several is not None and not isinstance(several, dict):
        raise BadArgument(
            "RequestBodyInvalid", "Inputs must be an object that maps input names to blob references.", "Inputs"
        )
    given = {name: value for name, value in (several or {}).items() if value is not None}
    unknown = [name for name in given if name not in names]
    if unknown:
        known = f"Its inputs are: {', '.join(names)}." if names else "It has no inputs."
        raise BadArgument("InvalidInputNames", f"The web service has no input '{unknown[0]}'. {known}", unknown[0])
    absent = [name for name in names if name not in given]
    required = _required_inputs(definition) if absent else set()
    missing = [name for name in absent if name in required]
    if missing:
        raise BadArgument(
            "BatchJobInputsNotSpecified",
            f"The input '{missing[0]}' is missing. Add a blob reference for it to Inputs.{_other_way(definition)}",
            missing[0],
        )
    return {name: parse_blob_reference(value, name) for name, value in given.items()}


def _other_way(definition: Definition) -> str:
    """Return how to get jobs without inputs from a service that takes its rows from callers only."""
    if definition.kind != PREDICTIVE:
        return ""
    return (
        " This web service scores only what callers send. To score what Import Data reads, draw an experiment of "
        "Import Data, Trained Model (with this service's resource name) and Score Model, with a web service output, "
        "and publish that: its jobs need no input."
    )


def _required_inputs(definition: Definition) -> set[str]:
    """Return the inputs whose ports no module of the experiment feeds."""
    experiment = parse_experiment(definition.experiment)
    return {item.name for item in experiment.inputs if item.at not in experiment.connections}


def _read_outputs(definition: Definition, body: dict[str, Any], now: datetime) -> dict[str, BlobReference]:
    kinds = {item.name: item.kind for item in definition.outputs}
    # Classic: the oldest clients send `Output`, null or one blob reference (reference 3.1).
    single, several = body.get("Output"), body.get("Outputs") or body.get("WebServiceOutputs")
    if single is not None and not several:
        several = {next(iter(kinds)): single}
    if several is not None and not isinstance(several, dict):
        raise BadArgument(
            "RequestBodyInvalid", "Outputs must be an object that maps output names to blob references.", "Outputs"
        )
    outputs = {}
    for name, value in (several or {}).items():
        if name not in kinds:
            raise BadArgument(
                "InvalidOutputOverrideName",
                f"The web service has no output '{name}'. Its outputs are: {', '.join(kinds)}.",
                name,
            )
        if value is None:
            continue
        reference = parse_blob_reference(value, name)
        check_extension(reference, EXTENSIONS[kinds[name]], name)
        check_not_expired(reference, name, now)
        outputs[name] = reference
    return outputs


def _check_values(definition: Definition, parameters: dict[str, Any]) -> None:
    if not definition.parameters:
        return
    experiment = parse_experiment(definition.experiment)
    for parameter in definition.parameters:
        item = experiment.nodes[parameter.module].module.property(parameter.property)
        assert item is not None
        try:
            read_property(item, parameters[parameter.name])
        except PropertyError as error:
            raise BadArgument(
                "UserParameterInvalid", f"The parameter '{parameter.name}': {error.message}", parameter.name
            ) from error
