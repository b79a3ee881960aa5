"""The OpenAPI document is one that generators of clients understand in full."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import jsonschema
import orjson
import pytest

import function_app
from examples.retraining.experiment import training_experiment
from functions.http.descriptions import DESCRIPTIONS, EXAMPLES
from functions.http.openapi_document import openapi_document
from functions.http.operations import OPERATIONS
from studio.graph.document import parse_experiment
from studio.graph.palette import FILES
from studio.graph.palette_json import palette_list
from studio.graph.placeholder import PLACEHOLDER
from tests.builders import people_experiment

assert function_app.app
ROOT, GENERATOR = Path(__file__).parents[2], "openapi-python-client==0.29.1"


@pytest.fixture(scope="module")
def document():
    return openapi_document(OPERATIONS, "https://app.example.org", "1.0.0")


def operations(document):
    return [described for methods in document["paths"].values() for described in methods.values()]


def validator(document, name):
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    return jsonschema.Draft202012Validator(schema)


def parts(value, place=""):
    """Every object of a document, with where it is."""
    if isinstance(value, dict):
        yield place, value
        for name, item in value.items():
            yield from parts(item, f"{place}/{name}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from parts(item, f"{place}/{number}")


def test_every_operation_has_a_tag_that_is_described(document):
    described = {tag["name"]: tag["description"] for tag in document["tags"]}
    assert len(described) > 10
    used = {tag for item in operations(document) for tag in item["tags"]}
    assert used == set(described)
    assert all(len(item["tags"]) == 1 for item in operations(document))


def test_descriptions_say_more_than_the_summary(document):
    names = {item["operationId"] for item in operations(document)}
    assert names >= set(DESCRIPTIONS)
    for item in operations(document):
        summary = item["summary"].rstrip(".")
        assert summary not in item.get("description", "")
        assert all(summary != answer["description"].rstrip(".") for answer in item["responses"].values()), item


def test_nothing_is_in_it_that_generators_leave_out(document):
    """Arrays without items, bodies without a schema, and `items: false` cost an operation in openapi-python-client."""
    for place, part in parts(document):
        if part.get("type") == "array":
            assert part.keys() & {"items", "prefixItems"}, place
            assert part.get("items") is not False, place
        if "application/octet-stream" in part or "application/json" in part:
            assert all("schema" in content for content in part.values()), place
        if isinstance(part.get("$ref"), str):
            assert part["$ref"].rpartition("/")[2] in document["components"]["schemas"], place


def test_every_example_is_valid(document):
    bodies = {item.body for item in OPERATIONS}
    assert bodies >= set(EXAMPLES)
    for name, example in EXAMPLES.items():
        assert list(validator(document, name).iter_errors(example)) == [], name
    parse_experiment(EXAMPLES["ExperimentDocument"])


def test_an_experiment_is_typed_by_the_palette(document):
    typed = validator(document, "ExperimentDocument")
    for experiment in (people_experiment(), training_experiment("a.csv", "label")):
        assert list(typed.iter_errors(experiment)) == []
    wrong = people_experiment()
    wrong["modules"]["Split"]["properties"] = {"Random seed": -1}
    assert not typed.is_valid(wrong)
    schemas = document["components"]["schemas"]
    mapping = schemas["ExperimentModule"]["discriminator"]["mapping"]
    assert set(mapping) == {*FILES, PLACEHOLDER}
    for name, reference in mapping.items():
        assert schemas[reference.rpartition("/")[2]]["properties"]["module"] == {"const": name}


def test_the_palette_as_data_has_every_module_and_is_as_described(document):
    palette = palette_list()
    assert [module["name"] for module in palette] == list(FILES)
    for module in palette:
        assert list(validator(document, "PaletteModule").iter_errors(json.loads(json.dumps(module)))) == []
    split = next(module for module in palette if module["name"] == "Split Data")
    assert (split["group"], split["inputs"][0]["type"]) == ("Data transformation", "Dataset")
    conditions = [item["when"] for item in split["properties"] if item["when"]]
    assert {item["property"] for item in conditions} <= {item["name"] for item in split["properties"]}
    assert len(json.dumps(palette)) < 200_000


@pytest.fixture(scope="module")
def generator() -> Path:
    """The program openapi-python-client, in an environment of its own: it needs an older typer than this project."""
    environment, complete = ROOT / "build" / GENERATOR, ROOT / "build" / GENERATOR / "complete"
    if not complete.exists():
        venv.create(environment, clear=True, with_pip=True)
        pip = (environment / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        subprocess.run((*pip, GENERATOR), check=True)
        complete.touch()
    return environment / "bin" / "openapi-python-client"


@pytest.mark.long
def test_openapi_python_client_generates_a_client_without_a_warning(document, generator, tmp_path):
    (tmp_path / "openapi.json").write_bytes(orjson.dumps(document))
    done = subprocess.run(
        [generator, "generate", "--path", "openapi.json", "--meta", "none", "--output-path", "client"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "Generating client", "")
    made = {path.stem for path in (tmp_path / "client" / "api").rglob("*.py")}
    assert made >= {item["operationId"] for item in operations(document)}
    assert (tmp_path / "client" / "models" / "experiment_document.py").exists()
