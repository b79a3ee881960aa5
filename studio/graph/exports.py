"""Export Data in a predictive experiment: which modules write scores outside, and what is kept of them."""

from typing import Any

from studio.errors import BadArgument
from studio.graph.contract import PortType
from studio.graph.document import Experiment, PortRef

EVALUATE = "Evaluate Model"


def scored_ports(experiment: Experiment) -> dict[PortRef, str]:
    """Return the input ports that the module of a web service output feeds, with the output's name."""
    names = {item.at: item.name for item in experiment.outputs}
    return {target: names[source] for target, source in experiment.connections.items() if source in names}


def modules_after_scoring(experiment: Experiment) -> set[str]:
    """Return the titles of the modules that write outside, and of those between them and the outputs."""
    return experiment.exports(scored_ports(experiment))


def copy_exports(
    experiment: Experiment,
    scored: dict[PortRef, PortRef],
    modules: dict[str, Any],
    sources: dict[PortRef, PortRef],
) -> set[str]:
    """Copy the modules that write scores outside, with all between them and the scorer; return their titles.

    Those that write what training only knows, such as its data or an evaluation, are left out.

    Parameters
    ----------
    scored
        For each port of the experiment that delivers scores, the port that does in the predictive one.

    Raises
    ------
    BadArgument
        If the scores pass a module that needs what only training has.
    """
    cut = frozenset(target for target, source in experiment.connections.items() if source in scored)
    kept: set[str] = set()
    for title, node in experiment.nodes.items():
        needed = experiment.upstream([PortRef(title, "")], cut) if node.module.exports else set()
        names = {experiment.nodes[item].module.name for item in needed}
        if not any(target.node in needed for target in cut) or EVALUATE in names:
            continue
        _check_scores_only(experiment, title, needed)
        kept |= needed
    for title in (title for title in experiment.order if title in kept):
        node = experiment.nodes[title]
        modules[title] = {"module": node.module.name, "properties": dict(node.properties)}
        for port in node.module.inputs:
            target = PortRef(title, port.name)
            if target in experiment.connections:
                origin = experiment.connections[target]
                sources[target] = scored.get(origin, origin)
    return kept


def _check_scores_only(experiment: Experiment, title: str, needed: set[str]) -> None:
    trains = (PortType.UNTRAINED, PortType.TRAINED)
    for other in needed:
        ports = (*experiment.nodes[other].module.inputs, *experiment.nodes[other].module.outputs)
        if any(port.type in trains for port in ports):
            raise BadArgument(
                "ModelConfigurationInvalid",
                f"'{title}' writes scores that pass '{other}', which only training has. Connect it to the scorer, or "
                "draw the predictive experiment by hand, with Trained Model in place of the training.",
                title,
            )
