"""Makes an experiment document of an exported experiment, with a report on every part of it.

Nothing is dropped in silence: modules, assets, web service ports, connections, parameters, positions and settings are
walked in turn, and each step notes what became of every part. What does not exist here becomes a placeholder.
"""

from typing import Any

from studio.classic.imports.assets import convert_assets
from studio.classic.imports.connections import convert_connections, fill_open_ports
from studio.classic.imports.draft import Answers, Draft
from studio.classic.imports.exported import Exported
from studio.classic.imports.modules import convert_modules
from studio.classic.imports.report import Outcome, Part, Report
from studio.classic.imports.samples import add_samples
from studio.classic.imports.service_ports import convert_inputs, convert_outputs, convert_parameters
from studio.graph.document import MAX_DESCRIPTION
from studio.graph.layout import FARTHEST


def convert(exported: Exported, name: str, answers: Answers) -> tuple[dict[str, Any], Report]:
    """Return the document of an experiment, and the report on what became of the file's parts.

    Parameters
    ----------
    name
        The experiment's name here, which is part of the names of its scripts.
    """
    draft = Draft(exported, name, answers)
    convert_modules(draft)
    convert_assets(draft)
    convert_connections(draft)
    convert_inputs(draft)
    convert_outputs(draft)
    convert_parameters(draft)
    add_samples(draft)
    fill_open_ports(draft)
    _convert_positions(draft)
    _report_settings(draft)
    return draft.document(), draft.report


def _convert_positions(draft: Draft) -> None:
    """Keep where the modules stood on the canvas."""
    for node, place in draft.exported.positions.items():
        title = draft.titles.get(node, "")
        if title in draft.modules and max(map(abs, place)) <= FARTHEST:
            draft.layout[title] = [*place]
            draft.report.add(Part.POSITION, Outcome.CARRIED, node, title)
        else:
            why = "It is too far away." if title in draft.modules else "The file has no module of this id."
            draft.report.add(Part.POSITION, Outcome.LEFT_OUT, node, "", why)


def _report_settings(draft: Draft) -> None:
    for setting, why in draft.exported.settings.items():
        draft.report.add(Part.SETTING, Outcome.LEFT_OUT, setting, "", f"{why[:1].upper()}{why[1:]}.")
    if len(draft.exported.description) > MAX_DESCRIPTION:
        note = f"It was cut: a description has at most {MAX_DESCRIPTION:,} characters."
        draft.report.add(Part.SETTING, Outcome.CHANGED, "description", "description", note)
