"""Models trained elsewhere as web services without an experiment: imported, published, updated, moved."""

import base64
import csv
import io
import json

import numpy as np
import pytest

from studio.classic.swagger import swagger_document
from studio.errors import BadArgument, NotFound
from studio.registry.definitions import get_definition
from studio.registry.endpoints import get_named_endpoint
from studio.registry.models import get_model, list_models, registered_model_object
from studio.registry.web_services import get_web_service, list_web_services
from studio.registry.workspaces import create_workspace
from studio.rollout.endpoints import add_endpoint
from studio.rollout.imported_models import import_foreign_model
from studio.rollout.model_services import publish_model
from studio.rollout.rollback import rollback_endpoint
from studio.rollout.update_resource import compare_with_used, patch_endpoint
from studio.storage.blobs import own_blob
from studio.transfer.exporting import service_document
from studio.transfer.importing import import_model, import_service
from tests.storage.in_process import Studio, now
from tests.unit.test_foreign_models import FOLDER, HELD_BACK, body_of

NAME = "Digits"


def studio_of(deployment, name):
    return Studio(deployment, create_workspace(deployment.storage, name, now=now()).id)


def bring(studio, model, name=NAME, **changes):
    content = base64.b64encode((FOLDER / f"{model}.onnx").read_bytes()).decode()
    body = body_of(model, **changes) | {"Content": content}
    return import_foreign_model(studio.deployment, studio.workspace, name, body, now=now())


def publish(studio, name=NAME, *, version=None, update=False):
    return publish_model(
        studio.deployment, studio.workspace, name, version=version, update_existing=update, by="test", now=now()
    )


def rows_of(data, count):
    return [{f"x{place}": cell for place, cell in enumerate(row)} for row in HELD_BACK[data][0][:count].tolist()]


def labels_of(studio, endpoint, rows):
    return [row["Scored Labels"] for row in studio.score(endpoint, rows)["output1"]]


@pytest.fixture(scope="module")
def studio(deployment):
    return studio_of(deployment, "Imported")


@pytest.fixture(scope="module")
def versions(studio):
    """XGBoost's model of digits and, as version 2, PyTorch's network."""
    first, found = bring(studio, "xgboost-digits")
    assert (first.version, found["Task"], found["Precision"]) == (1, "multiclass", "single")
    assert first.lineage["trainedWith"]["xgboost"]
    path = f"{studio.workspace}/digits.onnx"
    storage = studio.deployment.storage
    storage.container("datasets").upload_blob(path, (FOLDER / "torch-digits.onnx").read_bytes())
    body = body_of("torch-digits") | {"Location": own_blob(storage, f"datasets/{path}", now()).to_json()}
    second, found = import_foreign_model(studio.deployment, studio.workspace, NAME, body, now=now())
    assert second.version == 2
    return first, second


def test_a_model_from_elsewhere_is_a_web_service_with_all_that_others_have(studio, versions):
    storage = studio.deployment.storage
    default = publish(studio, version=1)
    service = get_web_service(storage, studio.workspace, default.service_id)
    assert (service.name, service.kind, service.experiment) == (NAME, "predictive", "")
    rows = rows_of("digits", 200)
    truth = HELD_BACK["digits"][1][:200].astype(str)
    before = labels_of(studio, default, rows)
    assert (np.array(before) == truth).mean() > 0.8
    assert labels_of(studio, default, rows[:1]) == before[:1]
    document = swagger_document(service, default, get_definition(storage, default.definition), "http://here")
    assert "Scored Labels" in json.dumps(document)

    target = io.StringIO()
    writer = csv.DictWriter(target, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    written = studio.read(studio.job(default, {"input1": target.getvalue()})).decode()
    assert [row["Scored Labels"] for row in csv.DictReader(io.StringIO(written))] == before

    # A default endpoint without an experiment takes models itself, as others do.
    link = registered_model_object(storage, versions[1], now=now())["Location"]
    resources = [{"Name": NAME.lower(), "Location": link}]
    changed = patch_endpoint(studio.deployment, default, {"Resources": resources}, by="test", now=now())
    after = labels_of(studio, changed, rows)
    assert (np.array(after) == truth).mean() > 0.95
    assert after != before
    returned = rollback_endpoint(studio.deployment, changed, sequence=None, by="test", now=now())
    assert labels_of(studio, returned, rows) == before

    customer = add_endpoint(storage, service, "seattle", {}, by="test", now=now())
    assert labels_of(studio, customer, rows) == before
    again = publish(studio, update=True)
    assert again.id == default.id
    assert labels_of(studio, again, rows) == after
    assert labels_of(studio, customer, rows) == before


def test_two_imported_models_are_compared_on_the_same_rows(studio, versions):
    default = publish(studio, version=1)
    labels = HELD_BACK["digits"][1][:200].tolist()
    rows = [row | {"label": label} for row, label in zip(rows_of("digits", 200), labels, strict=True)]
    target = io.StringIO()
    writer = csv.DictWriter(target, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    studio.upload(target.getvalue(), "held-back.csv")
    link = registered_model_object(studio.deployment.storage, versions[1], now=now())["Location"]
    body = {"Resources": [{"Name": NAME, "Location": link}], "Gate": {"HeldBackData": "held-back.csv"}}
    found = compare_with_used(studio.deployment, default, body, now=now())
    assert found["Passed"] is True, found
    assert found["Rows"] == 200


def test_such_a_service_moves_to_another_workspace(studio, versions, deployment):
    storage = deployment.storage
    service = get_web_service(storage, studio.workspace, publish(studio, version=1).service_id)
    document = json.loads(json.dumps(service_document(storage, service)))
    other = studio_of(deployment, "Other")
    import_model(deployment, other.workspace, NAME, get_model(storage, versions[0].model), now=now())
    added = import_service(deployment, other.workspace, document, by="test", now=now())
    moved = get_named_endpoint(storage, other.workspace, added["Id"], "default")
    rows = rows_of("digits", 5)
    here = get_named_endpoint(storage, studio.workspace, service.id, "default")
    assert labels_of(other, moved, rows) == labels_of(studio, here, rows)
    assert import_service(deployment, other.workspace, document, by="test", now=now())["Kept"] == ["default"]


def test_only_models_that_are_there_are_published_and_only_those_of_the_workspace(studio, versions, deployment):
    stranger = studio_of(deployment, "Stranger")
    with pytest.raises(NotFound, match="no trained model 'Digits' to publish: none of that name"):
        publish(stranger)
    with pytest.raises(NotFound, match=r"no version 9\. It has: 1, 2"):
        publish(studio, version=9)
    assert list(list_web_services(deployment.storage, stranger.workspace)) == []


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"Content": None}, "Content must be given in one way"),
        ({"Content": "AAAA", "Location": {"RelativeLocation": "a/b.onnx"}}, "got 'both'"),
        ({"Content": "no base64!"}, "an .onnx or .skops file in base64"),
        (
            {
                "Content": None,
                "Location": {"RelativeLocation": "datasets/x.csv", "BaseLocation": "http://127.0.0.1/a/"},
            },
            "x",
        ),
        ({"Sample": {}}, "Sample.ColumnNames"),
    ],
)
def test_a_bad_request_starts_no_process_and_stores_nothing(studio, versions, changes, reason):
    body = body_of("torch-digits") | {"Content": "AAAA"} | changes
    with pytest.raises(BadArgument) as caught:
        import_foreign_model(studio.deployment, studio.workspace, "Bad", body, now=now())
    assert reason in caught.value.message
    assert list_models(studio.deployment.storage, studio.workspace, "Bad") == []
