"""Adds the connections of an exported experiment whose ports exist here, match and are not taken."""

from studio.classic.imports.assets import names_bundle
from studio.classic.imports.draft import Draft
from studio.classic.imports.exported import ExportedEdge
from studio.classic.imports.report import Outcome, Part
from studio.graph.contract import Port


def convert_connections(draft: Draft) -> None:
    """Add each connection, and say why one is left out."""
    for edge in draft.exported.edges:
        # A port that is fed by an asset's id has no connection in the file.
        part, shown = Part.CONNECTION if edge.written else Part.ASSET, _shown(draft, edge)
        source = draft.find_end(edge.source, edge.source_port, is_output=True)
        target = draft.find_end(edge.target, edge.target_port, is_output=False)
        named = names_bundle(draft, edge) if source is None and edge.source in draft.titles else None
        wrong = _why_not(draft, edge, source, target)
        if named is not None and named in draft.modules[draft.titles[edge.target]]["properties"]:
            place = f"{draft.titles[edge.target]} / {named}"
            draft.report.add(part, Outcome.CHANGED, shown, place, "It is a property here, which names the bundle.")
        elif wrong or source is None or target is None:
            draft.report.add(part, Outcome.LEFT_OUT, shown, "", wrong)
        else:
            _connect(draft, edge, part, source, target)


def fill_open_ports(draft: Draft) -> None:
    """Put placeholders at input ports that need something and have nothing."""
    fed = {(item["to"][0], item["to"][1]) for item in draft.inputs}
    for node, module in [*draft.known.items()]:
        for port in module.inputs:
            end = (draft.titles[node], port.name)
            if port.optional or end in draft.sources or end in fed:
                continue
            id_ = f"{node}:{port.name}"
            draft.give_title(id_, f"Missing {port.name} of {draft.titles[node]}")
            reason = f"Nothing that exists here is connected to '{port.name}' of '{draft.titles[node]}'."
            output = port.type.value
            draft.add_placeholder(id_, {}, {"name": "nothing", "id": "", "reason": reason}, {}, {output: output})
            draft.sources[end] = (draft.titles[id_], output)


def _connect(draft: Draft, edge: ExportedEdge, part: Part, source: Port, target: Port) -> None:
    start, end = (draft.titles[edge.source], source.name), (draft.titles[edge.target], target.name)
    draft.sources[end] = start
    renamed = edge.written and (source.name, target.name) != (edge.source_port, edge.target_port)
    note = "Its ports have other names here." if renamed else ""
    outcome = Outcome.CHANGED if renamed else Outcome.CARRIED
    draft.report.add(part, outcome, _shown(draft, edge), f"{' / '.join(start)} → {' / '.join(end)}", note)


def _why_not(draft: Draft, edge: ExportedEdge, source: Port | None, target: Port | None) -> str:
    for node, port, found in ((edge.source, edge.source_port, source), (edge.target, edge.target_port, target)):
        if node not in draft.known:
            known = node in draft.titles
            return f"'{draft.titles[node]}' is not here." if known else f"The file has no module '{node[:100]}'."
        if found is None:
            return f"'{draft.titles[node]}' has no port '{port[:100]}' here."
    assert source is not None
    assert target is not None
    if source.type is not target.type:
        return f"It connects the type '{source.type.value}' to '{target.type.value}'."
    if (draft.titles[edge.target], target.name) in draft.sources:
        return "A port takes one connection; the first one was kept."
    return ""


def _shown(draft: Draft, edge: ExportedEdge) -> str:
    ends = ((edge.source, edge.source_port), (edge.target, edge.target_port))
    return " → ".join(f"{draft.titles.get(node, node)[:100]} / {port[:100]}".removesuffix(" / ") for node, port in ends)
