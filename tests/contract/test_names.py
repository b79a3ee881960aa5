"""Names that stand in a URL: what Azure would not route is refused when the name is made.

Azure's front end decodes %2F before it looks for the function, so that a name with a slash never arrives.
"""

import pytest

from studio.datasets.datastores import NAME as DATASTORE
from studio.datasets.workspace_data import check_dataset_name
from studio.errors import BadArgument
from studio.events.subscriptions import NAME as SUBSCRIPTION
from studio.experiments.experiments import put_experiment
from studio.graph.document import parse_experiment
from studio.graph.predictive import find_predictors
from studio.graph.saving import check_new_document
from studio.pipelines.documents import DocumentName, put_factory_document
from studio.registry.endpoints import NAME as ENDPOINT
from tests.builders import people_experiment
from tests.contract.indexed import PARAMETER, http_triggers

UNROUTABLE = ["a/b", "/", "a\\b", "a?b", "a#b", "a%2Fb", ".", "..", "a\nb", ""]
# Which parameters of routes hold names that people choose, and what makes them; the rest are ids that the app makes.
CHOSEN = {"endpoint", "experiment", "name", "model", "resource", "dataset", "subscriber", "datastore"}
IDS = {
    "workspace",
    "service",
    "job",
    "run",
    "subscription",
    "group",
    "collection",
    "root",
    "kind",
    "page",
    "path",
    "module",
    "node",
    "port",
    "version",
}


def two_models(title):
    """An experiment that trains two models; the second one's name has the title in it."""
    document = people_experiment()
    document["modules"][title] = {"module": "Train Model", "properties": {"Label column": "bought"}}
    document["modules"]["Learner 2"] = {"module": "Two-Class Logistic Regression"}
    document["connections"] += [
        {"from": ["Learner 2", "Untrained model"], "to": [title, "Untrained model"]},
        {"from": ["Split", "Results dataset1"], "to": [title, "Dataset"]},
    ]
    return parse_experiment(document)


def test_every_parameter_of_a_route_is_an_id_or_a_name_that_is_checked():
    found = {match["name"] for trigger in http_triggers().values() for match in PARAMETER.finditer(trigger["route"])}
    assert found - IDS - CHOSEN == set()


@pytest.mark.attack("Names, headers and keys")
@pytest.mark.parametrize("name", UNROUTABLE)
def test_a_name_that_would_not_arrive_is_refused(name):
    assert not ENDPOINT.fullmatch(name)
    assert not SUBSCRIPTION.fullmatch(name)
    assert not DATASTORE.fullmatch(name)
    with pytest.raises(BadArgument):
        check_dataset_name(name)
    with pytest.raises(BadArgument):
        put_experiment(None, "workspace", name, people_experiment(), now=None)
    with pytest.raises(BadArgument):
        put_factory_document(None, DocumentName("workspace", "triggers", name), {}, "", now=None)
    if name.strip(". "):
        with pytest.raises(BadArgument, match="Rename the module"):
            check_new_document(two_models(name).document, lambda place: None)
        # One that was saved before keeps running.
        assert find_predictors(two_models(name), "People")[1].resource == f"People {name} [trained model]"


@pytest.mark.parametrize("title", ["Train 2", "Zug & Überholung (neu)", "a b+c"])
def test_a_title_that_can_stand_in_a_url_names_a_model(title):
    check_new_document(two_models(title).document, lambda place: None)
    assert find_predictors(two_models(title), "People")[1].resource == f"People {title} [trained model]"
