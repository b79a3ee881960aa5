"""The form of an endpoint and its model for a scorer elsewhere, on Azurite."""

import json
from dataclasses import replace

import numpy as np
import pytest
from onnxruntime import InferenceSession

from studio.errors import BadArgument, InvalidOperation
from studio.model.container import write_model_file
from studio.model.encoder import Encoder
from studio.model.manifest import SKOPS
from studio.model.row_encoder import RowEncoder
from studio.model.session import TRAINING_ROWS
from studio.registry.access import check_endpoint_management, is_workspace_token
from studio.registry.definitions import PREDICTIVE, Definition
from studio.registry.models import put_model
from studio.registry.workspaces import create_workspace, get_workspace
from studio.serving import scorer_file as scorer
from studio.serving.forms import form_object
from studio.serving.scorer_file import browser_problem, scorer_file
from studio.tables.schema import Column
from tests.builders import clean_people, load_packed, people_csv, people_experiment, people_model_file, train_on
from tests.storage.in_process import ROWS, Studio, now
from tests.storage.schemas import fits

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def studio(deployment):
    studio = Studio(deployment, create_workspace(deployment.storage, "Forms", now=now()).id)
    studio.upload(people_csv(200).replace("city", HOSTILE, 1))
    document = people_experiment("Two-Class Logistic Regression")
    document["webServiceParameters"] = [
        {"name": "weight", "module": "Learner", "property": "L2 Regularizaton weight", "default": 2.5}
    ]
    studio.run("People", document)
    return studio


@pytest.fixture(scope="module")
def endpoint(studio):
    return studio.publish("People", "predictive")


@pytest.fixture(scope="module")
def form(studio, endpoint):
    return form_object(studio.deployment, endpoint, shows_rows=True)


def column(form, name):
    return next(item for item in form["Inputs"][0]["Columns"] if item["Name"] == name)


def test_the_form_has_the_columns_with_what_training_knows_of_them(form):
    assert fits("EndpointForm", form)
    assert form["Ranges"]
    age = column(form, "age")
    assert 18 <= age["Minimum"] < age["Typical"] < age["Maximum"] <= 90
    city = column(form, HOSTILE)
    assert (city["Kind"], city["Values"], city["ValueCount"]) == ("category", ["Cairo", "Kyoto", "Lima", "Oslo"], 4)
    assert column(form, "smoker")["Kind"] == "boolean"
    # The label is not asked for.
    assert {item["Name"]: item["Used"] for item in form["Inputs"][0]["Columns"]} == dict.fromkeys(
        ["age", HOSTILE, "hours", "smoker"], True
    )
    assert form["Models"][0] | {"Model": "", "Version": 0} == {
        "Name": "People [trained model]",
        "Version": 0,
        "Model": "",
        "Task": "two-class",
        "Label": "bought",
        "Labels": ["no", "yes"],
        "Runtime": "onnx",
        "InBrowser": True,
        "WhyNot": None,
    }


def test_the_typical_row_and_the_samples_are_rows_that_the_endpoint_scores(studio, endpoint, form):
    rows = [form["Inputs"][0]["Typical"], *form["Inputs"][0]["Samples"]]
    assert len(rows) == 9
    assert len(studio.score(endpoint, rows)["output1"]) == 9


def test_a_key_of_the_endpoint_shows_no_rows_of_the_training_data(studio, endpoint):
    storage = studio.deployment.storage
    workspace = get_workspace(storage, studio.workspace)
    for secret, shown in ((endpoint.key(storage.secret, 0), False), (workspace.token(storage.secret, 1), True)):
        by = check_endpoint_management(storage.secret, workspace, endpoint, f"Bearer {secret}")
        assert is_workspace_token(by) is shown
    found = form_object(studio.deployment, endpoint, shows_rows=False)
    assert found["Inputs"][0]["Samples"] == []
    content = scorer_file(studio.deployment, endpoint, None, shows_rows=False)
    header, _ = read(content)
    assert not {"golden", "lineage", "evaluation", "profile", "metrics"} & set(header)


def test_a_training_service_has_columns_and_parameters_and_no_model(studio):
    trainer = studio.publish("People", "training")
    found = form_object(studio.deployment, trainer, shows_rows=True)
    assert fits("EndpointForm", found)
    assert (found["Models"], found["Ranges"], column(found, "age")["Minimum"]) == ([], False, None)
    assert not column(found, "age")["Used"]
    assert found["Parameters"] == [
        {
            "Name": "weight",
            "Module": "Learner",
            "Property": "L2 Regularizaton weight",
            "Kind": "number",
            "Required": False,
            "Default": 2.5,
            "Minimum": 0,
            "Maximum": None,
            "Choices": [],
        }
    ]
    with pytest.raises(InvalidOperation, match="training web service"):
        scorer_file(studio.deployment, trainer, None, shows_rows=False)


@pytest.mark.attack("Model files")
def test_what_a_file_from_elsewhere_says_of_its_rows_is_shown_only_if_it_is_a_cell(studio, endpoint):
    file = people_model_file("Two-Class Logistic Regression")
    odd = ({"name": "age", "minimum": {"a": []}, "maximum": "x" * 2000, "typical": [1]}, {"typical": 1})
    digest = put_model(
        studio.deployment.storage, write_model_file(replace(file, manifest=replace(file.manifest, profile=odd)))
    )
    (resource,) = endpoint.resources
    changed = replace(endpoint, resources=(replace(resource, model=digest),))
    found = form_object(studio.deployment, changed, shows_rows=False)
    assert fits("EndpointForm", found)
    assert {column(found, "age")[name] for name in ("Minimum", "Maximum", "Typical")} == {None}


def read(content):
    """Read a scorer file as the documentation says."""
    assert content[:8] == b"PSCORER1"
    end = 12 + int.from_bytes(content[8:12], "little")
    return json.loads(content[12:end]), content[end:]


def test_a_reader_of_the_scorer_file_gets_the_scores_of_the_service(studio, endpoint):
    header, graph = read(scorer_file(studio.deployment, endpoint, "people [TRAINED model]", shows_rows=False))
    assert (header["format"], header["graph"]["bytes"]) == (1, len(graph))
    assert header["outputs"] == [{"name": "output1", "append": True, "appendParameter": None}]
    rows = [{HOSTILE if name == "city" else name: cell for name, cell in row.items()} for row in ROWS]
    encoder = RowEncoder(Encoder.from_json(header["encoder"]))
    cells = [[row.get(item["name"]) for item in header["inputs"]] for row in rows]
    matrix, _ = encoder.encode(cells)
    assert matrix.shape == (3, header["width"])
    scores = InferenceSession(graph).run([header["graph"]["output"]], {header["graph"]["input"]: matrix})[0]
    probabilities = scores[:, : header["scoreWidth"]]
    served = studio.score(endpoint, [row | {"bought": "no"} for row in rows])["output1"]
    names = [Column.from_json(item).name for item in header["scored"]]
    assert names == ["Scored Labels", "Scored Probabilities"]
    assert np.allclose([float(row[names[1]]) for row in served], probabilities[:, 0], rtol=1e-12)
    assert [row[names[0]] for row in served] == [
        header["labels"][int(value > header["threshold"])] for value in probabilities[:, 0]
    ]


@pytest.mark.attack("What keys open")
@pytest.mark.parametrize("learner", ["One-Class Support Vector Machine", "K-Means Clustering"])
def test_a_graph_made_of_training_rows_needs_the_workspaces_token(learner):
    file = load_packed(train_on(learner, clean_people(60))).file
    holds = TRAINING_ROWS.encode() in file.graph
    assert holds == (learner == "One-Class Support Vector Machine")
    definition = Definition(PREDICTIVE, {}, (), (), ())
    assert browser_problem(file, definition, shows_rows=True) is None
    older = replace(file, graph=file.graph.replace(TRAINING_ROWS.encode(), b"x" * len(TRAINING_ROWS)))
    for each in (file, older):
        assert (
            "holds rows of its training data" in (browser_problem(each, definition, shows_rows=False) or "")
        ) == holds


def test_the_scorer_file_of_a_model_that_only_the_service_can_score_is_refused_with_the_reason(
    studio, endpoint, monkeypatch
):
    file = studio.deployment.models.get(endpoint.resources[0].model).file
    kept = replace(file, manifest=replace(file.manifest, runtime=SKOPS, runtime_reason="it has no exporter"))
    definition = studio.deployment.snapshots.load(studio.workspace, endpoint.id).definition
    assert "it has no exporter" in browser_problem(kept, definition, shows_rows=True)
    assert "modules" in browser_problem(file, replace(definition, models=("one",)), shows_rows=True)
    with pytest.raises(BadArgument, match="'People"):
        scorer_file(studio.deployment, endpoint, HOSTILE, shows_rows=False)
    monkeypatch.setattr(scorer, "MAX_BYTES", 10)
    with pytest.raises(InvalidOperation, match="up to 10 are given out") as caught:
        scorer_file(studio.deployment, endpoint, None, shows_rows=False)
    assert caught.value.details[0].code == "ModelNotPortable"
