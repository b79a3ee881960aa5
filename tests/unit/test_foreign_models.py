"""Models that other libraries trained (tests/data/imported/make.py) score here as they do there."""

import dataclasses
import json
import re
import time
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from studio.errors import BadArgument
from studio.model.container import read_model_file, write_model_file
from studio.model.foreign.importing import import_graph
from studio.model.foreign.request import parse_request
from studio.model.loaded import open_model
from studio.model.parity import compare_scores
from studio.model.proof import _check_golden_rows
from tests.data.imported import make

# Seconds of processor time: `make check` leaves them to `make test`.
pytestmark = pytest.mark.slow

FOLDER = Path(make.__file__).parent
MODELS = sorted(path.stem for path in FOLDER.glob("*.onnx"))
HELD_BACK = {data: make.split(data)[1::2] for data in make.DATA}


def facts(name):
    return json.loads((FOLDER / f"{name}.json").read_text())


def body_of(name, **changes):
    """The request for a model of the folder, as the client makes it."""
    known = facts(name)
    rows = HELD_BACK[known["data"]][0][: len(known["predicted"])]
    body = {
        "Sample": {"ColumnNames": [f"x{index}" for index in range(rows.shape[1])], "Values": rows.tolist()},
        "Expected": known["predicted"],
        "Versions": known["versions"],
    }
    return body | ({"Outputs": known["outputs"]} if "outputs" in known else {}) | changes


def imported(name, **changes):
    return import_graph((FOLDER / f"{name}.onnx").read_bytes(), name, parse_request(body_of(name, **changes)))


def refused(graph, body):
    with pytest.raises(BadArgument) as caught:
        import_graph(graph, "model", parse_request(body))
    return caught.value.message


@pytest.mark.parametrize("name", MODELS)
def test_a_model_of_another_library_scores_as_it_does_there(name):
    file, found = imported(name)
    known = facts(name)
    assert found["LargestDifference"] < 1e-6
    test, target = HELD_BACK[known["data"]]
    model = open_model(read_model_file(write_model_file(file), 1 << 24), 1)
    scores = model.scorer.score(model.encoder.encode(test.tolist())[0])
    if file.manifest.task == "regression":
        score = 1 - ((scores[:, 0] - target) ** 2).sum() / ((target - target.mean()) ** 2).sum()
    elif file.manifest.task == "multiclass":
        score = (scores.argmax(axis=1) == target).mean()
    else:
        labels = known.get("labels") or ["0", "1"]
        names = ["malignant", "benign"] if "labels" in known else ["0", "1"]
        score = ((scores[:, 0] > 0.5) == [labels.index(names[code]) for code in target]).mean()
    assert score == pytest.approx(known["score"], abs=1e-6)
    assert list(file.manifest.labels) == known.get("labels", [str(i) for i in range(len(file.manifest.labels))])
    # As the process that proves files does, singly and as many as fit a batch.
    _check_golden_rows(model)


def test_golden_rows_of_single_precision_may_differ_in_their_last_digits_only():
    file, _ = imported("xgboost-breast_cancer")

    def moved(by):
        golden = tuple(dataclasses.replace(row, scores=(row.scores[0] + by,)) for row in file.golden)
        return open_model(dataclasses.replace(file, golden=golden), 1)

    _check_golden_rows(moved(1.2e-7))
    with pytest.raises(BadArgument, match=r"differ from those stored with it, by up to 0\.001 .* 1e-05 is allowed"):
        _check_golden_rows(moved(1e-3))


def test_a_label_may_differ_only_where_the_decision_hangs_on_the_last_digits():
    one, other = np.array([[0.5000001], [0.9]]), np.array([[0.4999999], [0.9]])
    assert compare_scores(one, other, "two-class", 1, 1e-5).holds
    assert not compare_scores(one, other, "two-class", 1).holds
    assert not compare_scores(np.array([[0.6]]), np.array([[0.4]]), "two-class", 1, 1e-5).holds
    shares = np.array([[0.4, 0.4 + 1e-7, 0.2]])
    assert compare_scores(shares, shares[:, [1, 0, 2]], "multiclass", 3, 1e-5).holds


def test_a_graph_may_say_less_than_it_does_and_the_request_says_the_rest():
    body = body_of("torch-digits", Labels=list("abcdefghij"), Label="digit")
    file, _ = import_graph((FOLDER / "torch-digits.onnx").read_bytes(), "digits", parse_request(body))
    assert file.manifest.labels == tuple("abcdefghij")
    assert [column.name for column in file.manifest.outputs][-1] == "Scored Labels"
    assert file.manifest.label.name == "digit"


def tensor(name, dims, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, dims)


def graph_of(nodes, inputs, outputs, constants=(), *, opset=18, **more):
    graph = helper.make_graph(list(nodes), "g", list(inputs), list(outputs), list(constants))
    opsets = [helper.make_opsetid("", opset)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8, **more).SerializeToString()


def linear(columns=2, outputs=1, value=1.0, dims=None, **more):
    """A graph that multiplies rows by ones."""
    weight = numpy_helper.from_array(np.full((columns, outputs), value, np.float32), "w")
    node = helper.make_node("MatMul", ["x", "w"], ["y"])
    return graph_of([node], [tensor("x", dims or [None, columns])], [tensor("y", None)], [weight], **more)


def sample(columns=2, **more):
    rows = [[float(row + column) for column in range(columns)] for row in range(3)]
    return {"Sample": {"ColumnNames": [f"c{index}" for index in range(columns)], "Values": rows}, **more}


def sequence_input():
    value = helper.make_tensor_sequence_value_info("x", TensorProto.FLOAT, None)
    return graph_of([helper.make_node("Identity", ["x"], ["y"])], [value], [tensor("y", None)])


def optional_input():
    inner = helper.make_tensor_type_proto(TensorProto.FLOAT, [None, 2])
    value = helper.make_value_info("x", helper.make_optional_type_proto(inner))
    return graph_of([helper.make_node("OptionalGetElement", ["x"], ["y"])], [value], [tensor("y", None)])


def with_external_data():
    model = onnx.ModelProto.FromString(linear())
    weight = model.graph.initializer[0]
    weight.data_location = TensorProto.EXTERNAL
    entry = weight.external_data.add()
    entry.key, entry.value = "location", "/etc/passwd"
    return model.SerializeToString()


def one(operator, dims=(None, 2), kind=TensorProto.FLOAT, **attributes):
    node = helper.make_node(operator, ["x"], ["y"], **attributes)
    return graph_of([node], [tensor("x", dims, kind)], [tensor("y", None)])


def mixing():
    axes = numpy_helper.from_array(np.array([0], np.int64), "axes")
    nodes = [helper.make_node("ReduceMean", ["x", "axes"], ["m"]), helper.make_node("Add", ["x", "m"], ["y"])]
    return graph_of(nodes, [tensor("x", [None, 1])], [tensor("y", [None, 1])], [axes])


@pytest.mark.attack("Trained model files")
@pytest.mark.parametrize(
    "graph, body, reason",
    [
        (b"no graph", sample(), "cannot be parsed as ONNX"),
        (b"", sample(), "0 nodes"),
        (one("Identity", None), sample(), "dynamic rank"),
        (one("Identity", [1, 2]), sample(), "takes exactly 1 row at a time. .*dynamic_shapes"),
        (one("Identity", kind=TensorProto.STRING), sample(), "takes texts"),
        (optional_input(), sample(), "optional, a sequence or a map"),
        (sequence_input(), sample(), "optional, a sequence or a map"),
        (with_external_data(), sample(), "external_data=False"),
        (one("Gelu2", domain="com.microsoft"), sample(), "not on the list of operators"),
        (linear(opset=999), sample(), r"lacks operator set ai.onnx 999 \(this app has 7 to 26\)"),
        (linear(3), sample(), r"takes 3 numbers a row \(3\), and 2 of the sample's 2 columns"),
        (linear(2), sample() | {"Inputs": {"z": ["c0"]}}, "has no input 'z'. It has: x"),
        (linear(2), sample() | {"Inputs": {"x": ["c0", "other"]}}, "no column 'other'. It has: c0, c1"),
        (linear(2, 3), sample(), 'not clear .*"probabilities", "logits" .* or "value"'),
        (linear(2, 3), sample(Outputs="value"), '3 values a row.*"Position": 0'),
        (linear(2, 3), sample(Outputs="probabilities"), "holds no probabilities: from 1 to 5 .*logits"),
        (linear(2, 3), sample(Outputs="logits", Labels=["a", "b"]), "3 classes, and there are 2 labels: a, b"),
        (linear(2, 3), sample(Outputs="logits", Task="two-class"), "has 3 classes, not two"),
        (linear(2, 1, 0.1), sample(), "not clear"),
        (linear(2), sample(Expected=[1.0, 2.0, 3.0]), "differs by up to .* 1e-05 is allowed"),
        (linear(2), sample(Expected=[[1.0, 2.0]] * 3), "Expected has 2 numbers a row; the model has 1 scores"),
        (linear(2, 1, np.nan), sample(Outputs="value"), "no row of the sample a score"),
        (mixing(), sample(1), "other scores alone than together"),
        (linear(2), {"Sample": {"ColumnNames": ["a", "b"], "Values": [["x", 1]]}}, "'a' of the sample is text"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_what_cannot_be_imported_is_said_with_what_to_do(graph, body, reason):
    message = refused(graph, body)
    assert message.startswith(("The model cannot be imported:", "The ONNX graph of the trained model is not accepted"))
    assert re.search(reason, message), message


@pytest.mark.parametrize(
    "change, reason",
    [
        ({"Sample": None}, "Sample must be an object with ColumnNames"),
        ({"Sample": {"ColumnNames": [], "Values": [[]]}}, "1 to 20,000 names"),
        ({"Sample": {"ColumnNames": ["a", "a"], "Values": [[1, 2]]}}, "different names"),
        ({"Sample": {"ColumnNames": ["a", "b"], "Values": [[1, 2], [1]]}}, "2 cells a row, got '1 in row 2'"),
        ({"Sample": {"ColumnNames": ["a"], "Values": [[1]] * 1001}}, "1 to 1,000 rows"),
        ({"Labels": ["a", 1]}, "different texts or whole numbers"),
        ({"Labels": ["a"]}, "2 to 1,000"),
        ({"Outputs": "scores"}, "probabilities, logits, value"),
        ({"Outputs": {"Position": -1}}, "a whole number from 0"),
        ({"Task": "ranking"}, "two-class, multiclass, regression"),
        ({"Expected": [1.0]}, "numbers for each row of the sample"),
        ({"Tolerance": 0}, "above 0"),
        ({"Shapes": {"x": [0]}}, "whole numbers above 0"),
        ({"Inputs": {"x": []}}, "texts for each name"),
        ({"Versions": {"torch": 2}}, "versions of up to 20"),
    ],
)
def test_a_request_is_checked_before_a_process_is_started(change, reason):
    with pytest.raises(BadArgument) as caught:
        parse_request(sample() | change)
    assert reason in caught.value.message


def two_inputs(first, second):
    nodes = [helper.make_node("Concat", ["a b", "n"], ["j"], axis=1), helper.make_node("ReduceSum", ["j", "o"], ["y"])]
    axes = numpy_helper.from_array(np.array([1], np.int64), "o")
    return graph_of(nodes, [tensor("a b", first), tensor("n", second)], [tensor("y", [None, 1])], [axes])


@pytest.mark.parametrize(
    "graph, columns, more",
    [
        (two_inputs([None, 1], [None, 1]), ["n", "a b"], {}),
        (two_inputs([None, 2], [None, 1]), ["p", "q", "r"], {}),
        (two_inputs([None, None], [None, 1]), ["p", "q", "r"], {"Inputs": {"n": ["p"], "a b": ["q", "r"]}}),
    ],
)
def test_several_inputs_take_columns_by_name_in_order_or_as_said(graph, columns, more):
    rows = [[2.0**place + row for place in range(len(columns))] for row in range(3)]
    file, _ = import_graph(graph, "m", parse_request({"Sample": {"ColumnNames": columns, "Values": rows}, **more}))
    assert [row.scores[0] for row in file.golden] == [sum(row) for row in rows]


@pytest.mark.attack("Size and time")
def test_a_column_that_comes_twice_is_found_in_a_moment_among_many():
    names = [f"column {number}" for number in range(19_999)]
    began = time.process_time()
    with pytest.raises(BadArgument, match="column 19998"):
        parse_request({"Sample": {"ColumnNames": [*names, names[-1]], "Values": [[0.0] * 20_000]}})
    assert time.process_time() - began < 1


def test_a_picture_is_made_of_columns_and_its_open_dimension_filled():
    nodes = [helper.make_node("GlobalAveragePool", ["x"], ["p"]), helper.make_node("Flatten", ["p"], ["y"])]
    graph = graph_of(nodes, [tensor("x", [None, 1, None, 3])], [tensor("y", [None, 1])])
    file, _ = import_graph(graph, "m", parse_request(sample(6)))
    assert [row.scores[0] for row in file.golden] == [2.5, 3.5, 4.5]
    assert "leaves 2 dimensions of a row open (1 by ? by ?)" in refused(
        graph_of(nodes, [tensor("x", [None, 1, None, None])], [tensor("y", [None, 1])]), sample(6)
    )


def test_a_large_network_says_how_many_rows_it_bears_at_once():
    nodes = [helper.make_node("Conv", ["x", "w"], ["c"]), helper.make_node("GlobalMaxPool", ["c"], ["p"])]
    nodes.append(helper.make_node("Flatten", ["p"], ["y"]))
    weight = numpy_helper.from_array(np.ones((64, 1, 1, 1), np.float32), "w")
    graph = graph_of(nodes, [tensor("x", [None, 1, 60, 60])], [tensor("y", [None, 64])], [weight])
    file, _ = import_graph(graph, "m", parse_request(sample(3600, Outputs="logits")))
    assert 100 < file.manifest.properties["rowsAtOnce"] < 500
    _check_golden_rows(open_model(file, 1))
