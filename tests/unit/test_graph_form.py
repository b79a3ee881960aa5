"""Positions of modules, to and from the original's form of a graph."""

from studio.classic.graph_form import graph_object, place_modules
from studio.graph.document import parse_experiment
from tests.builders import people_experiment
from tests.classic_exports import DATA, converted, training_graph


def test_positions_of_an_imported_graph_are_shown_again():
    document, _ = converted(training_graph(), data={DATA: "people.csv"})
    shown = graph_object(parse_experiment(document))["SerializedClientData"]
    assert "<NodePosition Node='The learner' Position='30.0,60.5,200,60'/>" in shown


def test_a_graph_that_a_client_sends_back_as_it_was_changes_nothing():
    document = people_experiment()
    graph = graph_object(parse_experiment(document))
    assert place_modules(document, graph) is document
    assert place_modules(document, {"Document": document}) is document


def test_a_graph_that_a_client_has_laid_out_keeps_its_layout():
    document = people_experiment()
    moved = {"SerializedClientData": "<NodePosition Node='Train' Position='7,-3.5,200,60'/>"}
    placed = place_modules(document, moved)
    assert placed == document | {"layout": {"Train": [7.0, -3.5]}}
    shown = graph_object(parse_experiment(placed))["SerializedClientData"]
    assert "Node='Train' Position='7.0,-3.5,200,60'" in shown
    assert place_modules(placed, {"SerializedClientData": shown}) is placed
