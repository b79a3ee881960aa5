"""Adds the web service inputs, outputs and parameters of an exported experiment."""

from typing import Any

from studio.classic.imports.draft import Draft
from studio.classic.imports.names import same_name
from studio.classic.imports.properties import convert_value, find_target
from studio.classic.imports.report import Outcome, Part
from studio.graph.contract import Port, PortType
from studio.graph.placeholder import PLACEHOLDER

MAX_NAME = 400


def convert_inputs(draft: Draft) -> None:
    """Add the web service inputs; the caller's rows replace what is connected to their ports."""
    taken: set[tuple[str, str]] = set()
    for item in draft.exported.inputs:
        port = draft.find_end(item.node, item.port, is_output=False)
        wrong = _why_no_port(draft, item.node, item.port, port)
        if port is not None and port.type is not PortType.DATASET:
            wrong = f"A web service input feeds a dataset, not a {port.type.value}."
        if port is not None and (draft.titles[item.node], port.name) in taken:
            wrong = "Another web service input feeds this port."
        source = f"web service input {item.name}"
        if wrong or port is None:
            draft.report.add(Part.INPUT, Outcome.LEFT_OUT, source, "", wrong)
            continue
        taken.add((draft.titles[item.node], port.name))
        draft.inputs.append({"name": _name(item.name, "input1"), "to": [draft.titles[item.node], port.name]})
        draft.report.add(Part.INPUT, Outcome.CARRIED, source, f"{draft.titles[item.node]} / {port.name}")


def convert_outputs(draft: Draft) -> None:
    """Add the web service outputs."""
    taken: set[str] = set()
    for item in draft.exported.outputs:
        port, name = draft.find_end(item.node, item.port, is_output=True), _name(item.name, "output1")
        wrong = _why_no_port(draft, item.node, item.port, port)
        if port is not None and port.type is PortType.UNTRAINED:
            wrong = "A web service output is a dataset or a trained model."
        if name in taken:
            wrong = "Another web service output has this name."
        source = f"web service output {item.name}"
        if wrong or port is None:
            draft.report.add(Part.OUTPUT, Outcome.LEFT_OUT, source, "", wrong)
            continue
        taken.add(name)
        draft.outputs.append({"name": name, "from": [draft.titles[item.node], port.name]})
        draft.report.add(Part.OUTPUT, Outcome.CARRIED, source, f"{draft.titles[item.node]} / {port.name}")


def convert_parameters(draft: Draft) -> None:
    """Add the web service parameters, one for each property that they set."""
    given = {same_name(item.name): item for item in draft.exported.parameters}
    used: set[str] = set()
    taken = {(item["module"], item["property"]) for item in draft.parameters}
    for link in draft.exported.links:
        used.add(same_name(link.parameter))
        item, node = given.get(same_name(link.parameter)), draft.node_id(link.node)
        title = draft.titles.get(node, link.node[:100])
        source = f"web service parameter {link.parameter} → {title} / {link.property}"
        target, wrong = _target(draft, node, link.property)
        if not wrong and (title, target) in taken:
            wrong = "Another web service parameter sets this property."
        if wrong:
            draft.report.add(Part.PARAMETER, Outcome.LEFT_OUT, source, "", wrong)
            continue
        taken.add((title, target))
        name = _name(item.name if item else link.parameter, "parameter")
        parameter = {"name": name, "module": title, "property": target}
        default, note = _default(draft, node, link.property, item.default if item else None)
        draft.parameters.append(parameter if default is None else parameter | {"default": default})
        outcome = Outcome.CHANGED if note else Outcome.CARRIED
        draft.report.add(Part.PARAMETER, outcome, source, f"{title} / {target}", note)
    for item in draft.exported.parameters:
        if same_name(item.name) not in used:
            source = f"web service parameter {item.name}"
            draft.report.add(Part.PARAMETER, Outcome.LEFT_OUT, source, "", "It sets no property.")


def _name(text: str, otherwise: str) -> str:
    """Return the name that clients send; it is not changed, since they know it."""
    return text[:MAX_NAME] if text.strip() else otherwise


def _why_no_port(draft: Draft, node: str, name: str, port: Port | None) -> str:
    if port is not None:
        return ""
    if node in draft.known:
        return f"'{draft.titles[node]}' has no port '{name[:100]}' here."
    return f"The file has no module '{node[:100]}'." if node else "It is connected to nothing."


def _target(draft: Draft, node: str, name: str) -> tuple[str, str]:
    """Return the property that a parameter sets here, and why there is none."""
    module = draft.known.get(node)
    if module is None:
        return "", "The file has no such module."
    if module.name == PLACEHOLDER:
        found = next((item.name for item in module.properties if same_name(item.name) == same_name(name)), "")
        return found, "" if found else "The placeholder does not keep this property."
    row, target = find_target(module, name)
    if row.script:
        return "", "Code is never taken from a request."
    if target is None:
        return "", row.lost or row.how or "The module has no such property here."
    return target.name, ""


def _default(draft: Draft, node: str, name: str, text: str | None) -> tuple[Any, str]:
    """Return the default of a parameter here, and how it differs; None if it must be given in each request."""
    module = draft.known[node]
    if text is None or module.name == PLACEHOLDER:
        return text, ""
    row, target = find_target(module, name)
    assert target is not None
    value, how, wrong = convert_value(row, target, text)
    if wrong:
        return None, f"Each request must give it, because its default is not accepted here: {wrong}"
    return value, how
