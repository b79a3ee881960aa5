"""Adds what an exported experiment refers to by an id: datasets, trained models, transformations, script bundles."""

from studio.classic.imports.draft import MAX_REASON, Draft
from studio.classic.imports.exported import AssetKind, ExportedAsset, ExportedEdge
from studio.classic.imports.names import same_name
from studio.classic.imports.report import Outcome, Part
from studio.graph.contract import PortType
from studio.graph.palette import find_module

TYPES = {AssetKind.MODEL: PortType.TRAINED, AssetKind.TRANSFORMATION: PortType.TRANSFORMATION}
OUTPUT = "Results dataset"
# The module that stands for an asset, and the property with its name in the workspace.
MODULES = {
    AssetKind.DATASET: ("Import Data", "Path to container, directory or blob"),
    AssetKind.MODEL: ("Trained Model", "Resource name"),
}
WHAT_TO_DO = {
    AssetKind.DATASET: "Give the dataset with the import, as id=file, or put Import Data in its place.",
    AssetKind.MODEL: "The original's model files cannot be read. Train it again, and give its name with the import.",
    AssetKind.TRANSFORMATION: "Saved transformations cannot be read. Connect the module that learns it.",
    AssetKind.BUNDLE: "Read its Python files, put them into scripts/ and deploy them with the app.",
}


def convert_assets(draft: Draft) -> None:
    """Add each asset: what it is in the workspace, if that was given, else a placeholder."""
    edges: dict[str, list[ExportedEdge]] = {}
    for edge in draft.exported.edges:
        edges.setdefault(edge.source, []).append(edge)
    for asset in draft.exported.assets:
        draft.give_title(asset.node, asset.name or f"{asset.kind.value.capitalize()} {asset.id}")
        given = draft.answers.data.get(asset.id) or draft.answers.data.get(asset.name)
        if given is None and asset.kind is not AssetKind.TRANSFORMATION:
            for edge in edges.get(asset.node, []):
                place = f"{draft.titles.get(edge.target, edge.target)} / {edge.target_port}"
                draft.report.ask(asset.id, asset.kind.value, asset.name, place)
        _convert_asset(draft, asset, given, edges.get(asset.node, []))


def names_bundle(draft: Draft, edge: ExportedEdge) -> str | None:
    """Return the property of a module here that names a script bundle, which was a port of the original."""
    module = draft.known.get(edge.target)
    wanted = same_name(edge.target_port)
    found = (item.name for item in module.properties if same_name(item.name) == wanted) if module is not None else ()
    return next(iter(found), None)


def _convert_asset(draft: Draft, asset: ExportedAsset, given: str | None, edges: list[ExportedEdge]) -> None:
    source, title = f"{asset.kind.value} {asset.name or asset.id}", draft.titles[asset.node]
    if asset.kind is AssetKind.BUNDLE and not any(_has_port(draft, edge) for edge in edges):
        _convert_bundle(draft, given, source, edges)
    elif given is None or asset.kind not in MODULES:
        reason = f"The {asset.kind.value} '{asset.name or asset.id}' is not in the file. {WHAT_TO_DO[asset.kind]}"
        type_ = TYPES.get(asset.kind, PortType.DATASET).value
        outputs = {edge.source_port or OUTPUT: type_ for edge in edges} or {OUTPUT: type_}
        replaces = {"name": (asset.name or asset.id)[:MAX_REASON], "id": asset.id, "reason": reason[:MAX_REASON]}
        draft.add_placeholder(asset.node, {}, replaces, {}, outputs)
        draft.report.add(Part.ASSET, Outcome.CHANGED, source, title, f"It is a placeholder. {reason}")
    else:
        name, property_ = MODULES[asset.kind]
        module = find_module(name)
        assert module is not None
        draft.add_module(asset.node, module, {property_: given})
        draft.report.add(Part.ASSET, Outcome.CHANGED, source, title, f"It is '{given}' of the workspace.")


def _has_port(draft: Draft, edge: ExportedEdge) -> bool:
    return draft.find_end(edge.target, edge.target_port, is_output=False) is not None


def _convert_bundle(draft: Draft, given: str | None, source: str, edges: list[ExportedEdge]) -> None:
    """Name the bundle in the modules that it feeds, if they take its name; its code is never part of a document."""
    if given is None:
        draft.report.add(Part.ASSET, Outcome.LEFT_OUT, source, "", WHAT_TO_DO[AssetKind.BUNDLE])
        return
    for edge in edges:
        name = names_bundle(draft, edge)
        if name is not None:
            draft.modules[draft.titles[edge.target]]["properties"][name] = given
    draft.report.add(Part.ASSET, Outcome.CHANGED, source, f"scripts/{given}", WHAT_TO_DO[AssetKind.BUNDLE])
