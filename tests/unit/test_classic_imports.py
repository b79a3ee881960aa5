"""Exported experiments of the original: nothing of them is lost without a word."""

import itertools
import json
import random
import time
from collections import Counter
from typing import Any

import pytest

from studio.classic.imports.draft import Answers
from studio.classic.imports.importing import convert_exported, read_exported
from studio.classic.imports.mappings import FAMILIES, MAPPINGS
from studio.classic.imports.pickers import read_picker
from studio.classic.imports.report import Outcome, Part, Report
from studio.classic.imports.template import find_expression
from studio.errors import BadArgument
from studio.graph.document import parse_experiment
from studio.graph.palette import find_module, list_modules
from studio.graph.placeholder import PLACEHOLDER, find_placeholders
from studio.wire import parse_document
from tests.builders import people_csv, run_document
from tests.classic_exports import (
    DATA,
    FILES,
    MODEL,
    arm_definition,
    catalogue,
    change_keys,
    converted,
    module_node,
    named,
    picker,
    predictive_graph,
    studio_graph,
    training_graph,
)


def read(path) -> dict[str, Any]:
    return parse_document(path.read_bytes())


def keys(value: dict[str, Any]) -> dict[str, Any]:
    return {name.lower(): item for name, item in value.items()}


def parts_in_file(body: dict[str, Any]) -> dict[str, int]:
    """How many modules, properties, edges, links and web service ports a file has, counted without the importer."""
    if "Graph" in body:
        graph, service = body["Graph"], body["WebService"]
        properties = [item for node in graph["ModuleNodes"] for item in node["ModuleParameters"]]
        return {
            "nodes": len(graph["ModuleNodes"]),
            "properties": len(properties),
            "edges": len(graph["EdgesInternal"]) + len(service["Inputs"]) + len(service["Outputs"]),
            "links": sum(bool(item["LinkedGlobalParameter"]) for item in properties),
        }
    package = keys(keys(body["properties"])["package"])
    nodes = [keys(node) for node in package["nodes"].values()]
    links = [keys(item)["links"] for item in (package.get("graphparameters") or {}).values()]
    return {
        "nodes": len(nodes),
        "properties": sum(len(node.get("parameters") or {}) for node in nodes),
        "edges": len(package["edges"]),
        "links": sum(map(len, links)),
    }


def parts_in_report(body: dict[str, Any], report: Report) -> dict[str, int]:
    count = Counter(item.part for item in report.items)
    ports = {item.source for item in report.items if item.part in (Part.INPUT, Part.OUTPUT)}
    return {
        "nodes": count[Part.MODULE] + (0 if "Graph" in body else count[Part.ASSET] + len(ports)),
        "properties": count[Part.PROPERTY],
        "edges": count[Part.CONNECTION] + count[Part.INPUT] + count[Part.OUTPUT],
        "links": sum("→" in item.source for item in report.items if item.part is Part.PARAMETER),
    }


def kept(document: dict[str, Any]) -> Counter:
    """What the document itself holds, to compare with what the report says it holds."""
    return Counter(
        modules=len(document["modules"]),
        connections=len(document["connections"]),
        inputs=len(document["webServiceInputs"]),
        outputs=len(document["webServiceOutputs"]),
    )


def items_of(report: Report, part: Part, outcome: Outcome | None = None) -> dict[str, str]:
    return {item.source: item.note for item in report.items if item.part is part and outcome in (None, item.outcome)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_module_property_and_edge_of_a_real_export_is_in_the_report(path):
    body = read(path)
    document, report = converted(body)
    parse_experiment(document)
    assert parts_in_report(body, report) == parts_in_file(body)
    # Whatever is not carried over as it is has a reason.
    assert all(item.note for item in report.items if item.outcome is not Outcome.CARRIED)
    arrived = Counter(item.part for item in report.items if item.outcome is not Outcome.LEFT_OUT)
    missing = [title for title in report.placeholders if title.startswith("Missing ")]
    samples = [title for title in document["modules"] if title.startswith(("Sample of ", "Types of "))]
    assets = sum(item.part is Part.ASSET and item.target in document["modules"] for item in report.items)
    assert kept(document) == Counter(
        modules=arrived[Part.MODULE] + assets + len(missing) + len(samples),
        connections=arrived[Part.CONNECTION] + len(missing) + len(samples),
        inputs=arrived[Part.INPUT],
        outputs=arrived[Part.OUTPUT],
    )
    for item in report.items:
        if item.part is Part.PROPERTY and item.target:
            title, _, name = item.target.partition(" / ")
            held = document["modules"][title].get("properties", {})
            set_by = [p["property"] for p in document["webServiceParameters"] if p["module"] == title]
            assert name in held or name in set_by or not item.note or "empty" in item.note, item


def test_the_files_are_the_fourteen():
    assert len(FILES) == 14


def test_keys_are_read_in_any_case():
    changes = itertools.cycle([str.lower, str.upper, str.swapcase])
    for path, change in zip(FILES, changes, strict=False):
        body = read(path)
        assert converted(change_keys(body, change)) == converted(body)


def test_values_as_texts_and_as_objects_are_the_same():
    texts, objects = (arm_definition(training_graph(), as_objects=as_objects) for as_objects in (False, True))
    assert converted(texts) == converted(objects)


def test_both_formats_of_an_experiment_give_the_same_modules():
    graph = training_graph()
    for node in graph["Graph"]["ModuleNodes"]:
        node["Comment"] = ""
        node["InputPortsInternal"] = [port | {"DataSourceId": None} for port in node["InputPortsInternal"]]
    by_graph, by_definition = converted(graph)[0], converted(arm_definition(graph))[0]
    assert by_graph.pop("layout")
    assert by_definition.pop("layout") == {}
    assert by_graph == by_definition


def every_property(name: str) -> dict[str, str]:
    return {
        key: "" if default[0] in ("", "<") else default[0] for key, default in catalogue()[name]["properties"].items()
    }


@pytest.mark.parametrize("name", [item.name for item in list_modules() if item.name in catalogue()])
def test_a_module_with_the_originals_defaults_is_carried_over(name):
    """Both of the original's modes are tried, and every value of a property that is a choice."""
    known = catalogue()[name]["properties"]
    for given in (
        every_property(name),
        *({key: value} for key, item in known.items() for value in item[-1] if len(item) > 1),
    ):
        document, report = converted(studio_graph([module_node("n", name, given)], []))
        properties = items_of(report, Part.PROPERTY)
        assert len(properties) == len(given)
        left_out = items_of(report, Part.PROPERTY, Outcome.LEFT_OUT)
        assert all(left_out.values())
        if document["modules"][name]["module"] == PLACEHOLDER:
            # The reason names what is missing or not accepted.
            reasons = str(find_placeholders(document))
            assert "cannot be taken over" in reasons or "required" in reasons


def test_tables_name_modules_and_properties_that_exist():
    for name, table in MAPPINGS.items():
        module = find_module(name)
        if module is None:
            continue
        for row in table.rows.values():
            if row.to and name != "Preprocess Text":
                assert module.property(row.to), (name, row.to)
        for wanted in table.absent:
            assert module.property(wanted), (name, wanted)
    assert find_module(FAMILIES["7a391181b6a74ad4b82de419c0d6522c"])


@pytest.mark.long
def test_an_imported_training_experiment_runs_when_its_dataset_is_named():
    document, report = converted(training_graph(), data={DATA: "people.csv"})
    assert report.complete
    assert not report.placeholders
    result = run_document(document, people_csv())
    assert any(port.port == "Trained model" for port in result.values)
    assert document["webServiceParameters"][0] == {
        "name": "Trees",
        "module": "The learner",
        "property": "Total number of trees constructed",
        "default": 20,
    }
    assert document["layout"]["The learner"] == [30, 60.5]


def test_a_dataset_that_is_not_given_is_asked_for_by_its_id_and_place():
    document, report = converted(training_graph())
    question = report.questions[DATA]
    assert (question.kind, question.places) == ("dataset", ("Convert to Dataset / Dataset",))
    assert not report.complete
    assert any("id=file" in text for text in find_placeholders(document).values())
    assert {item["name"]: item["to"] for item in document["webServiceInputs"]} == {
        "input1": ["Convert to Dataset", "Dataset"]
    }


def test_a_dataset_on_several_ports_is_one_module():
    graph = predictive_graph()
    graph["Graph"]["ModuleNodes"].append(module_node("n-2", "Convert to CSV", Dataset=f"DataSourceId:{DATA}"))
    document, report = converted(graph, data={DATA: "people.csv", MODEL: "Census [trained model]"})
    used = [item for item in document["modules"].values() if item["module"] == "Import Data"]
    assert used == [{"module": "Import Data", "properties": {"Path to container, directory or blob": "people.csv"}}]
    assert len(document["connections"]) == 3
    assert report.complete


def test_a_trained_model_is_named_or_a_placeholder_of_its_type():
    document, _ = converted(predictive_graph(), data={MODEL: "Census [trained model]", DATA: "people.csv"})
    models = [item["properties"] for item in document["modules"].values() if item["module"] == "Trained Model"]
    assert models == [{"Resource name": "Census [trained model]"}]
    document, report = converted(predictive_graph(), data={DATA: "people.csv"})
    assert report.questions[MODEL].kind == "trained model"
    holder = next(item for item in document["modules"].values() if item["module"] == PLACEHOLDER)
    assert [*holder["replaces"]["outputs"].values()] == ["Trained model"]


def test_the_callers_rows_replace_the_data_of_a_port_with_two_edges():
    graph = training_graph()
    graph["WebService"]["Inputs"] = [{"Id": "i-1", "PortId": "n-2:Dataset", "Name": "input1"}]
    document, _ = converted(arm_definition(graph))
    assert document["webServiceInputs"] == [{"name": "input1", "to": ["Clean Missing Data", "Dataset"]}]
    assert {"from": ["Convert to Dataset", "Results dataset"], "to": ["Clean Missing Data", "Dataset"]} in document[
        "connections"
    ]


def test_a_second_connection_of_a_port_is_left_out_with_a_reason():
    graph = training_graph()
    edge = {"SourceOutputPortId": "n-1:Results dataset", "DestinationInputPortId": "n-3:Dataset"}
    graph["Graph"]["EdgesInternal"].append(edge)
    _, report = converted(graph, data={DATA: "people.csv"})
    assert [*items_of(report, Part.CONNECTION, Outcome.LEFT_OUT).values()] == [
        "A port takes one connection; the first one was kept."
    ]
    assert not report.complete


def test_a_module_that_is_not_here_keeps_its_properties_and_ports():
    own = module_node("n-2", "Score Model", {"Threshold": "0.7", "api token": "s3cret"}, title="Our own")
    own["ModuleId"] = "5120423bab6841d5bd65454d8a3cee7e.0123456789abcdef0123456789abcdef.v1-default-1"
    learner = module_node("n-1", "Two-Class Logistic Regression")
    train = module_node("n-3", "Train Model", {"Label column": picker(named("y"))})
    edges = [
        ("n-1", "Untrained model", "n-3", "Untrained model"),
        ("n-2", "Scored dataset", "n-3", "Dataset"),
        ("n-3", "Trained model", "n-2", "Trained model"),
    ]
    document, report = converted(studio_graph([learner, own, train], edges[:2]))
    assert document["modules"]["Our own"]["properties"] == {"Threshold": "0.7"}
    replaces = document["modules"]["Our own"]["replaces"]
    assert replaces["inputs"] == {"Trained model": "Trained model", "Dataset": "Dataset"}
    assert replaces["outputs"] == {"Scored dataset": "Dataset"}
    assert items_of(report, Part.PROPERTY, Outcome.LEFT_OUT) == {
        "Our own / api token": "It is a secret. Give it to the module that takes the placeholder's place."
    }
    assert "s3cret" not in json.dumps(document) + json.dumps(report.to_json())
    with pytest.raises(BadArgument, match="form a cycle"):
        parse_experiment(converted(studio_graph([learner, own, train], edges))[0])


def test_a_placeholder_refuses_to_run_in_words():
    document, _ = converted(training_graph())
    with pytest.raises(Exception, match=r"Error 0012: Placeholder .*cannot run.*is not in the file"):
        run_document(document, people_csv())


READER = {
    "Please Specify Data Source": "AzureBlobStorage",
    "Please Specify Authentication Type": "Account",
    "Account Name": "examplestorage",
    "Account Key": None,
    "Path to container or directory or blob": "data/people.csv",
    "Blob File format": "CSV",
    "File has Header Row": "True",
}


def reader_graph(properties: dict[str, str | None]) -> dict[str, Any]:
    node = module_node("n-1", "Convert to CSV", properties, title="Reader")
    node |= {
        "ModuleId": "x.4e1b0fe6aded4b3fa36f39b8862b9004.v1-default-1744",
        "InputPortsInternal": [],
        "OutputPortsInternal": [{"Name": "Results dataset", "NodeId": "n-1"}],
    }
    for item in node["ModuleParameters"]:
        item["ValueType"] = "PlaceHolder" if item["Value"] is None else "Literal"
    return studio_graph([node], [])


def test_a_secret_that_was_not_exported_is_asked_for_by_its_place():
    document, report = converted(reader_graph(READER))
    assert report.questions["Reader / Account Key"].kind == "secret"
    assert "needs 'Account Key'" in str(find_placeholders(document))
    document, report = converted(reader_graph(READER), values={"Reader / Account Key": "a2V5"})
    assert report.complete
    assert document["modules"]["Reader"] == {
        "module": "Import Data",
        "properties": {
            "Please Specify Data Source": "AzureBlobStorage",
            "Please Specify Authentication Type": "Account",
            "Account Name": "examplestorage",
            "Account Key": "a2V5",
            "Path to container, directory or blob": "data/people.csv",
            "File has header row": True,
        },
    }
    assert "a2V5" not in json.dumps(report.to_json())


def test_an_encrypted_value_is_asked_for():
    graph = arm_definition(training_graph(), as_objects=True)
    parameters = graph["properties"]["package"]["nodes"]["n-5"]["parameters"]
    parameters["Label column"] = {"value": "MIIB…", "certificateThumbprint": "AB12"}
    _, report = converted(graph)
    assert "Train Model / Label column" in report.questions
    assert "MIIB" not in json.dumps(report.to_json())


def test_import_data_reads_the_later_names_too():
    later = {
        name.replace("container or directory or", "container, directory or"): item for name, item in READER.items()
    }
    first, second = (converted(reader_graph(item), values={"Reader / Account Key": "a2V5"}) for item in (READER, later))
    assert first[0] == second[0]


def test_a_source_of_data_that_is_not_here_becomes_a_placeholder():
    document, report = converted(reader_graph({"Please Specify Data Source": "HiveQuery", "Hive Query": "select 1"}))
    assert document["modules"]["Reader"]["properties"]["Hive Query"] == "select 1"
    assert "'HiveQuery' is not here" in str(find_placeholders(document))
    assert not report.complete


def test_a_databases_server_and_password_belong_into_the_setting():
    body = read(next(path for path in FILES if path.name == "topicimages.studio.json"))
    document, report = converted(body)
    left_out = items_of(report, Part.PROPERTY, Outcome.LEFT_OUT)
    assert {name.rpartition(" / ")[2] for name in left_out} == {
        "Database Server Name",
        "Server User Account Name",
        "Server User Account Password",
    }
    assert all("PERENNIAL_DATABASES" in note for note in left_out.values())
    modules = {item["module"]: item["properties"] for item in document["modules"].values()}
    assert modules["Import Data"]["Database name"] == "exampledb"
    assert modules["Export Data"]["Columns to be saved"][:2] == ["topicId", "imageUrl1"]


def test_code_is_written_out_and_never_part_of_what_runs():
    body = read(next(path for path in FILES if path.name == "topics.studio.json"))
    document, report = converted(body)
    scripts = [item["properties"]["Script"] for item in document["modules"].values() if "Python" in item["module"]]
    assert len(scripts) == len(set(scripts)) == 7
    assert {f"{name}.py" for name in scripts} == set(report.scripts)
    assert all("def azureml_main" in text for text in report.scripts.values())
    assert "azureml_main" not in json.dumps(document)


def test_r_code_is_written_out_and_kept_by_its_placeholder():
    node = module_node("n", "Execute R Script", {"R Script": "maml.mapOutputPort('x')", "R Version": "CRAN R 3.1.0"})
    document, report = converted(studio_graph([node], [], title="Made in R"))
    assert report.scripts == {"made_in_r_execute_r_script.R": "maml.mapOutputPort('x')"}
    assert document["modules"]["Execute R Script"]["properties"]["R Script"] == "maml.mapOutputPort('x')"


def test_code_cannot_become_a_web_service_parameter():
    node = module_node("n", "Execute Python Script", {"R Script": "x = 1"})
    node["ModuleParameters"][0]["LinkedGlobalParameter"] = "code"
    document, report = converted(studio_graph([node], [], Parameters=[{"Name": "Code", "Value": "x"}]))
    assert document["webServiceParameters"] == []
    assert [*items_of(report, Part.PARAMETER).values()] == ["Code is never taken from a request."]


def test_expressions_of_a_template_become_parameters_or_are_worked_out():
    body = read(next(path for path in FILES if "PEForecast" in path.name))
    document, report = converted(body)
    assert {"storageAccountName", "storageAccountKey", "asset2"} <= set(report.questions)
    parameter = next(item for item in document["webServiceParameters"] if item["module"] == "Enter Data Manually 2")
    assert parameter == {
        "name": "Enter Data Manually 2 Data",
        "module": "Enter Data Manually 2",
        "property": "Data",
    }
    values = {"storageAccountName": "mine", "storageAccountKey": "a2V5", "storageAccountContainerName": "c"}
    document, report = converted(body, values=values, data={"asset2": "pricing"})
    assert document["modules"]["Enter Data Manually 2"]["properties"]["Data"] == "account_name\r\nmine"
    assert not report.questions
    document, _, name = convert_exported(read_exported(body), "", Answers())
    assert name == "PEForecastWebServiceTitle"


@pytest.mark.parametrize(
    "text, worked_out",
    [
        ("[parameters('x')]", "1"),
        ("[ Concat( 'it''s ' , parameters('x') , variables('y')) ]", "it's 12"),
        ("[concat('a', concat(parameters('x'), 'b'))]", "a1b"),
        ("[resourceId('x', parameters('x'))]", None),
        ("[parameters('z')]", None),
    ],
)
def test_an_expression_is_worked_out_from_its_parameters(text, worked_out):
    expression = find_expression(text)
    assert expression is not None
    assert expression.work_out({"x": "1", "y": "2"}) == worked_out


@pytest.mark.parametrize(
    "text", ["[1, 2]", "[[parameters('x')]", "[]", "[concat('a'", "[concat('a'))]", "x", "['a']", "[a.b]"]
)
def test_what_is_no_expression_stays_a_text(text):
    assert find_expression(text) is None


NUMERIC = {"ruleType": "ColumnTypes", "columnTypes": ["Numeric"], "columnKinds": ["All"], "exclude": False}


@pytest.mark.parametrize(
    "text, selection",
    [
        (picker(named("a")), ["a"]),
        (picker(named("b", "a"), is_filter=False), ["b", "a"]),
        (picker({"ruleType": "AllColumns", "exclude": False}), {"select": "all"}),
        (picker({"ruleType": "AllColumns"}, named("a", "b", exclude=True)), {"select": "all", "except": ["a", "b"]}),
        (json.dumps({"isFilter": True, "rules": [NUMERIC]}), {"select": "numeric"}),
        (picker(NUMERIC | {"columnTypes": ["All"], "columnKinds": ["Label"]}), {"select": "labels"}),
        (
            picker(named("b", "a")),
            {"isFilter": True, "rules": [{"ruleType": "ColumnNames", "columns": ["b", "a"]}]},
        ),
        (
            picker({"ruleType": "ColumnIndexes", "columns": ["1", "3-4"], "exclude": False}),
            {"isFilter": True, "rules": [{"ruleType": "ColumnIndexes", "columns": ["1", "3-4"]}]},
        ),
        ("age", ["age"]),
        ("age, city", ["age", "city"]),
    ],
)
def test_a_selection_of_columns_is_read_url_encoded_or_raw(text, selection):
    assert read_picker(text) == (selection, None)


@pytest.mark.parametrize(
    "text",
    [
        "%7Bnonsense",
        '{"rules": []}',
        '{"rules": {}}',
        '{"rules": [{"ruleType": "Regex"}]}',
        '{"rules": [{"ruleType": "ColumnIndexes", "columns": ["x"]}]}',
        '{"rules": [{"ruleType": "ColumnTypes", "columnTypes": ["Complex"]}]}',
        '{"rules": [{"ruleType": "ColumnNames", "columns": [1]}]}',
        ", ,",
        '{"a":' * 100_000,
    ],
)
def test_a_selection_that_is_malformed_says_why(text):
    selection, wrong = read_picker(text)
    assert selection is None
    assert wrong


def test_a_module_whose_id_is_not_known_is_recognised_by_its_ports_and_properties():
    given = {"Set of thresholds": "ClipPeaks", "Upper threshold kind": "Constant", "Overwrite flag": "True"}
    node = module_node("n", "Normalize Data", given)
    node["ModuleId"] = "x.0123456789abcdef0123456789abcdef.v1-default-1"
    node["OutputPortsInternal"] = [{"Name": name} for name in ("Results dataset", "Clipping transformation")]
    document, report = converted(studio_graph([node], []))
    assert "Clip Values" in {item["module"] for item in document["modules"].values()}
    assert "its ports and properties are those of 'Clip Values'" in str(items_of(report, Part.MODULE))
    node["ModuleParameters"].pop()
    document, report = converted(studio_graph([node], []))
    assert report.placeholders


def test_a_placeholders_code_is_written_once():
    node = module_node("n", "Execute Python Script", {"R Script": "x = 1", "Python Version": "3.5", "Script": None})
    node["ModuleParameters"][0]["Value"] = ""
    node["ModuleParameters"].append({"Name": "Python Script", "Value": "def azureml_main(a): pass"})
    document, report = converted(studio_graph([node], []))
    assert document["modules"]["Execute Python Script"]["module"] == PLACEHOLDER
    assert [*report.scripts.values()] == ["def azureml_main(a): pass"]


def test_a_title_that_had_to_change_is_said():
    _, report = converted(studio_graph([module_node("n", "Evaluate Model", title="50% / all")], []))
    assert [*items_of(report, Part.MODULE, Outcome.CHANGED).values()] == ["Its title is '50 all' here."]


def test_a_script_bundle_is_named_where_the_module_takes_its_name():
    body = read(next(path for path in FILES if "PEForecast" in path.name))
    document, report = converted(body, data={"PricingEngine_Python_Dependencies.zip": "pricing"})
    module = find_module("Execute Python Script")
    assert module is not None
    takes_name = module.property("Script Bundle") is not None
    properties = document["modules"]["Execute Python Script"]["properties"]
    assert properties.get("Script Bundle") == ("pricing" if takes_name else None)
    left_out = [source for source in items_of(report, Part.CONNECTION, Outcome.LEFT_OUT) if "Script Bundle" in source]
    assert len(left_out) == (0 if takes_name else 1)


def test_numbers_beyond_what_is_accepted_here_become_the_nearest():
    node = module_node(
        "n", "K-Means Clustering", {"Number of Centroids": "1", "Initialization": "Evenly", "Iterations": "7"}
    )
    document, report = converted(studio_graph([node], []))
    assert document["modules"]["K-Means Clustering"]["properties"] == {
        "Number of Centroids": 2,
        "Initialization": "K-Means++",
        "Iterations": 7,
    }
    notes = items_of(report, Part.PROPERTY, Outcome.CHANGED)
    assert notes["K-Means Clustering / Number of Centroids"] == "1 is not accepted here; it is 2."
    assert "chosen by K-Means++" in notes["K-Means Clustering / Initialization"]


def test_an_input_without_data_gets_the_rows_of_the_example_request():
    body = arm_definition(training_graph())
    columns = {"age": "Number", "city": "String", "code": "String", "smoker": "Boolean", "kind": "String"}
    schema = {name: {"type": type_} for name, type_ in columns.items()} | {"kind": {"type": "String", "enum": ["b"]}}
    body["properties"]["input"] = {"properties": {"input1": {"type": "object", "properties": schema}}}
    document, _ = converted(body)
    assert (
        document["modules"]["Sample of input1"]["properties"]["Data"]
        == "age,city,code,smoker,kind\n0,text,text,true,b\n"
    )
    body["properties"]["exampleRequest"] = {
        "inputs": {"Input1": [["30", "Oslo", "007", "true", "b, c"], ["too short"]]}
    }
    document, report = converted(body)
    assert document["modules"]["Sample of input1"]["properties"]["Data"].splitlines()[1:] == ['30,Oslo,007,true,"b, c"']
    assert document["modules"]["Types of input1"]["properties"] == {"Column": ["code"], "Data Type": "String"}
    assert {"from": ["Types of input1", "Results dataset"], "to": ["Convert to Dataset", "Dataset"]} in document[
        "connections"
    ]
    assert report.complete


def test_a_template_with_several_services_needs_a_name():
    one, other = arm_definition(training_graph()), arm_definition(training_graph())
    for name, item in (("a", one), ("b", other)):
        item |= {"type": "Microsoft.MachineLearning/webServices", "name": name}
    template = {"$schema": "…", "resources": [{"type": "Other"}, one, other]}
    with pytest.raises(BadArgument, match="must name one of: 'a', 'b'"):
        read_exported(template)
    assert read_exported(template, "b") == read_exported(other)
    template["resources"].pop()
    assert read_exported(template) == read_exported(one)


def test_a_byte_order_mark_is_no_part_of_the_file():
    for path in FILES:
        assert parse_document(b"\xef\xbb\xbf" + path.read_bytes()) == read(path)


@pytest.mark.attack("Fuzzed inputs")
@pytest.mark.parametrize(
    "body",
    [
        {"Graph": []},
        {"Graph": {"ModuleNodes": {}}},
        {"Graph": {"ModuleNodes": [1]}},
        {"Graph": {"ModuleNodes": []}},
        {"Graph": {"ModuleNodes": [{"Id": ""}]}},
        {"Graph": {"ModuleNodes": [{"Id": ["x"]}]}},
        {"Graph": {"ModuleNodes": [{"Id": "x"}, {"Id": "x"}]}},
        {"Graph": {"ModuleNodes": [{"Id": str(n)} for n in range(2001)]}},
        {"Graph": {"ModuleNodes": [{"Id": "x", "ModuleParameters": [{}] * 501}]}},
        {"Graph": {"ModuleNodes": [{"Id": "x", "ModuleParameters": [{"Value": "x" * 2_000_001}]}]}},
        {"properties": {"package": {}}},
        {"properties": {"package": {"nodes": []}}},
        {"properties": {"package": {"nodes": {"a": {"assetId": {}}}}}},
        {"properties": {"package": {"nodes": {"a": {}}, "edges": 7}}},
        {"resources": []},
        {"modules": {}},
    ],
)
def test_a_file_that_is_no_export_is_refused_in_words(body):
    with pytest.raises(BadArgument, match="cannot be read"):
        convert_exported(read_exported(body), "", Answers())


@pytest.mark.attack("Names, headers and keys")
def test_hostile_names_cannot_leave_their_place():
    names = [
        "../../etc/passwd",
        "a\nb\x00c",
        "\u202egnp.exe",
        "CON",
        "x" * 100_000,
        "__proto__",
        "%2e%2e",
        "'; rm -rf /",
        "é" * 90,
    ]
    nodes = [
        module_node(f"n{n}", "Execute Python Script", {"R Script": f"# {n}"}, title=name)
        for n, name in enumerate(names * 2)
    ]
    document, report = converted(studio_graph(nodes, [], title=names[0]))
    parse_experiment(document)
    assert len(document["modules"]) == len(nodes)
    assert all(len(title) <= 110 and not set("/\\?#%\n\x00\u202e") & set(title) for title in document["modules"])
    assert len(report.scripts) == len(nodes)
    assert all(name.isascii() and name.replace("_", "").removesuffix(".py").isalnum() for name in report.scripts)


@pytest.mark.slow
@pytest.mark.attack("Size and time")
def test_a_huge_graph_is_converted_in_time():
    nodes = [{"Id": f"n{n}", "ModuleId": "x.y.z", "ModuleParameters": []} for n in range(2000)]
    edges = [(f"n{n}", "out", f"n{n + 1}", f"in{m}") for n in range(1999) for m in range(5)]
    graph = studio_graph([], edges)
    graph["Graph"]["ModuleNodes"] = nodes
    started = time.process_time()
    document, report = converted(graph)
    parse_experiment(document)
    assert len(report.placeholders) == 2000
    assert time.process_time() - started < 5


@pytest.mark.attack("Size and time")
@pytest.mark.parametrize(
    "text",
    [
        "<NodePosition Node='" + "x" * 3_000_000,
        "<NodePosition " * 280_000,
        "<NodePosition Node='a' Position='" + "1" * 100_000 + ",2,3,4'/>",
        "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><NodePosition Node='&b;' Position='1,2,3,4'/>",
        "<NodePosition Node='a' Position='1e999,nan,3,4'/>",
    ],
)
def test_a_hostile_layout_is_ignored_in_time(text):
    graph = studio_graph([module_node("a", "Evaluate Model")], [])
    graph["Graph"]["SerializedClientData"] = text
    started = time.process_time()
    document, _ = converted(graph)
    assert document["layout"] == {}
    assert time.process_time() - started < 1


@pytest.mark.attack("Fuzzed inputs")
def test_random_damage_is_refused_or_imported_but_never_an_error_of_the_app():
    rng = random.Random(3)
    bodies = [read(path) for path in FILES[:4]] + [training_graph(), arm_definition(training_graph())]
    for _ in range(50):
        body = json.loads(json.dumps(rng.choice(bodies)))
        _damage(rng, body)
        try:
            document, _ = converted(body)
            parse_experiment(document)
        except BadArgument:
            continue


def _damage(rng: random.Random, value: Any) -> None:
    """Replace, remove or double something somewhere below a value."""
    while isinstance(value, (dict, list)) and value:
        at = rng.choice([*value]) if isinstance(value, dict) else rng.randrange(len(value))
        if rng.random() < 0.25 or not isinstance(value[at], (dict, list)) or not value[at]:
            value[at] = rng.choice(
                [None, "", "x:y", [], {}, 7, True, "[parameters('p')]", [value[at]], {"a": value[at]}]
            )
            return
        value = value[at]
