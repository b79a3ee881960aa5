"""Requests and answers of scoring, whole bodies, without storage."""

import asyncio
import json
import math
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import helper, numpy_helper

from studio.errors import BadArgument, BadUserArgument, InvalidOperation, StudioError
from studio.model.container import write_model_file
from studio.model.loaded import load_model, open_model
from studio.model.row_encoder import MANY_ROWS
from studio.model.session import INPUT, OUTPUT, OnnxScorer
from studio.registry.definitions import PREDICTIVE, TRAINING, Definition, ServiceInput, ServiceOutput, ServiceParameter
from studio.registry.deployments import Resource
from studio.registry.endpoints import Endpoint
from studio.registry.history import Change
from studio.serving.model_cache import ModelCache
from studio.serving.scoring import MAX_INLINE_BYTES, _texts, read_inputs, score_async, score_request
from studio.serving.snapshots import Snapshot
from studio.tables.schema import CellError, write_cell
from tests.builders import people_model_file

# Seconds of processor time: `make check` leaves them to `make test`.
pytestmark = pytest.mark.slow

NAMES = ["age", "city", "hours", "smoker"]
ROW = ["41", "Oslo", "24.5", "true"]


@pytest.fixture(scope="module")
def models() -> ModelCache:
    cache = ModelCache(lambda digest: b"", Path("unused"), 1 << 30, 1 << 28)
    cache.add("m", load_model(write_model_file(people_model_file()), 1 << 28))
    return cache


def snapshot(models, *, append=True, parameters=(), resources=("m",)) -> Snapshot:
    manifest = models.get("m").file.manifest
    output = ServiceOutput("output1", "dataset", manifest.outputs, "people [trained model]", append)
    kind = PREDICTIVE if resources else TRAINING
    definition = Definition(kind, {}, (ServiceInput("input1", manifest.inputs),), (output,), tuple(parameters))
    endpoint = Endpoint(
        "w" * 32,
        "s" * 32,
        "e" * 32,
        "default",
        "2026-01-01T00:00:00+00:00",
        "d",
        Change(1, "", "", "", ""),
        resources=tuple(Resource("people [trained model]", model) for model in resources),
    )
    return Snapshot(endpoint, definition, ("k", "k"), 0)


def ask(models, body, *, swagger=False, **options):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return orjson.loads(score_request(snapshot(models, **options), models, content, swagger=swagger))


def table(*rows, names=NAMES):
    return {"Inputs": {"input1": {"ColumnNames": list(names), "Values": [list(row) for row in rows]}}}


def test_a_table_is_answered_as_a_table_with_names_types_and_text_cells(models):
    answer = ask(models, table(ROW))["Results"]["output1"]
    assert answer["type"] == "table"
    value = answer["value"]
    assert value["ColumnNames"] == [*NAMES, "Scored Labels", "Scored Probabilities"]
    assert value["ColumnTypes"] == ["Int32", "String", "Double", "Boolean", "String", "Double"]
    (row,) = value["Values"]
    assert row[:4] == ["41", "Oslo", "24.5", "True"]
    assert row[4] in ("yes", "no")
    assert 0 < float(row[5]) < 1


def test_row_objects_are_answered_as_row_objects_in_column_order(models):
    body = {"Inputs": {"input1": [dict(zip(NAMES, ROW, strict=True))]}, "GlobalParameters": None}
    (row,) = ask(models, body, swagger=True)["Results"]["output1"]
    assert list(row) == [*NAMES, "Scored Labels", "Scored Probabilities"]


def test_the_shape_of_the_answer_follows_format_and_the_shape_of_the_input_the_body(models):
    as_rows = ask(models, table(ROW), swagger=True)["Results"]["output1"]
    objects = {"Inputs": {"input1": [dict(zip(NAMES, ROW, strict=True))]}}
    as_table = ask(models, objects)["Results"]["output1"]["value"]["Values"]
    assert list(as_rows[0].values()) == as_table[0]


def test_numbers_texts_and_every_kind_of_missing_score_alike(models):
    def scored(*row):
        return ask(models, table(row))["Results"]["output1"]["value"]["Values"][0]

    assert scored(41, "Oslo", 24.5, True) == scored("41", "Oslo", "24.5", "true") == scored(41.0, "Oslo", "24.5", 1)
    missing = scored(None, None, None, None)
    assert missing == scored("", "", "NaN", "") == scored("?", "?", "NaT", "NaN")
    assert missing[1:4] == [None, None, None]
    # The experiment fills a missing age with its mean, and the answer shows what was scored.
    assert missing[0] is not None


def test_a_bare_nan_is_a_missing_number(models):
    body = (
        b'{"Inputs": {"input1": {"ColumnNames": ["age","city","hours","smoker"], "Values": [[NaN,"Oslo",NaN,null]]}}}'
    )
    assert ask(models, body)["Results"]["output1"]["value"]["Values"][0][2] is None


def test_columns_are_matched_by_name_and_further_ones_ignored(models):
    straight = ask(models, table(ROW))
    turned = ask(models, table(["x", *ROW[::-1]], names=["bought", *NAMES[::-1]]))
    assert straight == turned


def test_a_property_left_out_of_one_row_is_missing_there(models):
    rows = [dict(zip(NAMES, ROW, strict=True)), {"age": 30, "city": "Lima"}]
    answer = ask(models, {"Inputs": {"input1": rows}}, swagger=True)["Results"]["output1"]
    assert answer[1]["hours"] is None
    assert list(answer[0]) == list(answer[1])


NUMBERS = st.one_of(
    st.none(),
    st.integers(-5, 5),
    st.booleans(),
    st.floats(-3, 3),
    st.sampled_from(["7", " 7 ", "07", "+7", "7.0", "?", ""]),
)
ANY_ROW = st.fixed_dictionaries(
    {
        "age": NUMBERS,
        "city": st.one_of(st.none(), st.sampled_from(["Oslo", "?", "", " Oslo", "Atlantis", "1"]), st.integers(0, 1)),
        "hours": st.one_of(NUMBERS, st.sampled_from(["nan", "1e3"])),
        "smoker": st.sampled_from([None, True, False, "true", "False", 1, 0, 1.0, "0"]),
    }
)


@pytest.mark.parametrize("append", [True, False])
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ANY_ROW, min_size=MANY_ROWS, max_size=3 * MANY_ROWS))
def test_many_rows_are_scored_as_each_of_them_alone(models, append, rows):
    def answer(some):
        try:
            return ask(models, {"Inputs": {"input1": some}}, swagger=True, append=append)["Results"]["output1"]
        except BadUserArgument as error:
            return error.details[0].code

    together, alone = answer(rows), [answer([row]) for row in rows]
    if isinstance(together, str):
        assert together in alone
        return
    for row, (by_itself,) in zip(together, alone, strict=True):
        # ONNX Runtime adds up trees in another order for one row: the last digit may differ.
        probabilities = [float(each.pop("Scored Probabilities")) for each in (row, by_itself)]
        assert row == by_itself
        assert probabilities[0] == pytest.approx(probabilities[1], rel=1e-12)


@given(st.lists(st.floats(), min_size=MANY_ROWS))
def test_many_numbers_are_written_as_each_of_them_alone(numbers):
    assert _texts(numbers) == [None if math.isnan(number) else write_cell(number) for number in numbers]


def test_a_bad_cell_among_many_rows_is_named(models):
    rows = [{"age": number, "city": "Oslo", "hours": 1, "smoker": True} for number in range(3 * MANY_ROWS)]
    rows[29]["hours"] = "many"
    with pytest.raises(BadUserArgument, match="Row 30, column 'hours': 'many' is not a valid Double"):
        ask(models, {"Inputs": {"input1": rows}})
    rows[29]["hours"] = [1]
    with pytest.raises(BadUserArgument, match="Row 30, column 'hours'"):
        ask(models, {"Inputs": {"input1": rows}})


def test_no_rows_give_no_rows(models):
    assert ask(models, table())["Results"]["output1"]["value"]["Values"] == []
    assert ask(models, {"Inputs": {"input1": []}}, swagger=True) == {"Results": {"output1": []}}


def test_scores_only_when_the_experiment_says_so(models):
    value = ask(models, table(ROW), append=False)["Results"]["output1"]["value"]
    assert value["ColumnNames"] == ["Scored Labels", "Scored Probabilities"]


@pytest.mark.parametrize(
    "body, kind, code",
    [
        (b"", BadArgument, "RequestIsEmpty"),
        (b"  ", BadArgument, "RequestIsEmpty"),
        (b"{", BadArgument, "RequestBodyInvalid"),
        (b"[" * 100_000, BadArgument, "RequestBodyInvalid"),
        (b"[]", BadArgument, "RequestBodyInvalid"),
        ({}, BadArgument, "MissingRequestInput"),
        ({"Inputs": {}}, BadArgument, "MissingRequestInput"),
        ({"Id": "score00001", "Instance": {"FeatureVector": {"age": "30"}}}, BadArgument, "BadVersionCall"),
        ({"Inputs": {"input2": []}}, BadArgument, "InvalidInputNames"),
        ({"Inputs": {"input1": "x"}}, BadArgument, "RequestBodyInvalid"),
        ({"Inputs": {"input1": {"ColumnNames": NAMES}}}, BadArgument, "RequestBodyInvalid"),
        (table(["1"]), BadUserArgument, "InputParseError"),
        (table("abcd"), BadUserArgument, "InputParseError"),
        (table(["x", *ROW[1:]]), BadUserArgument, "InputParseError"),
        (table([[1], *ROW[1:]]), BadUserArgument, "InputParseError"),
        (table(ROW[:3], names=NAMES[:3]), BadUserArgument, "InputMismatchError"),
        ({"Inputs": {"input1": [1]}}, BadUserArgument, "InputParseError"),
        ({"Inputs": {"input1": [{"age": 1}]}}, BadUserArgument, "InputMismatchError"),
        (table(ROW) | {"GlobalParameters": []}, BadArgument, "RequestBodyInvalid"),
        (table(ROW) | {"GlobalParameters": {"x": 1}}, BadArgument, "UnexpectedParameter"),
    ],
)
def test_wrong_requests_have_their_documented_code(models, body, kind, code):
    with pytest.raises(StudioError) as caught:
        ask(models, body)
    assert type(caught.value) is kind
    assert caught.value.details[0].code == code


def test_an_untyped_cell_is_named_by_row_and_column(models):
    with pytest.raises(BadUserArgument, match=r"Row 2, column 'hours': 'many' is not a valid Double") as caught:
        ask(models, table(ROW, ["41", "Oslo", "many", "true"]))
    assert caught.value.details[0].target == "hours"


def test_a_required_parameter_is_named(models):
    parameter = ServiceParameter("Data path", "Data", "Path", None, True)
    with pytest.raises(BadArgument) as caught:
        ask(models, table(ROW), parameters=[parameter])
    detail = caught.value.details[0]
    assert (detail.code, detail.target) == ("MissingRequiredGlobalParameters", "Data path")


def test_a_training_service_sends_callers_to_batch_execution(models):
    with pytest.raises(InvalidOperation, match=r"…/jobs"):
        ask(models, table(ROW), resources=())


@pytest.mark.parametrize("rows", [1, 3, 400, MAX_INLINE_BYTES // 20])
@pytest.mark.parametrize("seconds_per_row", [0.0, 1.0])
def test_what_is_done_beside_the_event_loop_gives_the_same_answer(models, rows, seconds_per_row):
    body = json.dumps(table(*[[str(20 + index % 50), *ROW[1:]] for index in range(rows)])).encode()
    shown = snapshot(models)
    expected = score_request(shown, models, body, swagger=False)
    models.get("m").scorer.seconds_per_row = seconds_per_row
    assert asyncio.run(score_async(shown, models, body, swagger=False)) == expected


def slow_network() -> bytes:
    """Return a graph that takes some milliseconds for a row, as an imported network does."""
    weights = numpy_helper.from_array(np.full((1500, 1500), 1e-4), "weights")
    widen = numpy_helper.from_array(np.ones((4, 1500)), "widen")
    sum_up = numpy_helper.from_array(np.full((1500, 1), 1e-4), "sum")
    nodes = [helper.make_node("MatMul", [INPUT, "widen"], ["step0"])]
    nodes += [helper.make_node("MatMul", [f"step{n}", "weights"], [f"step{n + 1}"]) for n in range(4)]
    nodes += [helper.make_node("MatMul", ["step4", "sum"], [OUTPUT])]
    given, scores = (
        helper.make_tensor_value_info(name, onnx.TensorProto.DOUBLE, [None, width])
        for name, width in ((INPUT, 4), (OUTPUT, 1))
    )
    graph = helper.make_graph(nodes, "slow", [given], [scores], [weights, widen, sum_up])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def test_single_rows_of_a_slow_network_are_scored_beside_the_event_loop(models):
    file = models.get("m").file
    cache = ModelCache(lambda digest: b"", Path("unused"), 1 << 30, 1 << 28)
    cache.add("m", open_model(replace(file, graph=slow_network()), 1000))
    scorer, used = cache.get("m").scorer, []
    score = scorer.score
    body = json.dumps(table(ROW)).encode()

    def watched(matrix):
        used.append(threading.current_thread() is threading.main_thread())
        return score(matrix)

    scorer.score = watched
    for _ in range(3):
        asyncio.run(score_async(snapshot(cache), cache, body, swagger=False))
    assert used == [False, False, False]
    assert scorer.seconds_per_row > 0.001


def test_a_row_is_scored_in_place_once_it_is_known_to_be_fast(models):
    scorer = OnnxScorer(models.get("m").file.graph)
    matrix = models.get("m").encoder.encode([ROW] * 50)[0]
    unknown = scorer.seconds_per_row
    for _ in range(20):
        scorer.score(matrix[:1])
    alone = scorer.seconds_per_row
    assert alone < 0.001 < unknown
    scorer.score(matrix)
    several = scorer.seconds_per_row
    scorer.score(matrix[:1])
    assert scorer.seconds_per_row == several or scorer.seconds_per_row > 0.001


def test_rows_scored_one_by_one_from_many_threads_are_not_mixed(models):
    scorer, encoder = models.get("m").scorer, models.get("m").encoder
    matrix, _ = encoder.encode([[str(20 + index % 50), *ROW[1:]] for index in range(400)])
    together = scorer.score(matrix)
    with ThreadPoolExecutor(8) as pool:
        alone = list(pool.map(lambda index: scorer.score(matrix[index : index + 1]), range(len(matrix))))
    assert [row.tolist() for row in together] == [scores[0].tolist() for scores in alone]


def test_a_cell_is_read_the_same_however_often_it_came(models):
    encoder = models.get("m").encoder
    rows = [["41", "Oslo", "", "1"], [41, None, 24.5, True], ["41.0", "Nowhere", "NaN", "FALSE"]]
    first, shown = encoder.encode(rows)
    again, shown_again = encoder.encode(rows)
    assert shown == shown_again
    assert (first == again)[first == first].all()
    for _ in range(2):
        with pytest.raises(CellError, match="Row 2, column 'age': '4x'"):
            encoder.encode([ROW, ["4x", *ROW[1:]]])


def test_a_graph_that_leaves_its_widths_open_scores_one_row_as_many(models):
    graph = onnx.load_model_from_string(models.get("m").file.graph)
    for value in (*graph.graph.input, *graph.graph.output):
        value.type.tensor_type.shape.dim[1].dim_param = "open"
    scorer = OnnxScorer(graph.SerializeToString())
    matrix, _ = models.get("m").encoder.encode([ROW, ["20", *ROW[1:]]])
    together = scorer.score(matrix)
    assert [scorer.score(matrix[[index]]).tolist() for index in (0, 1)] == [[row] for row in together.tolist()]


@pytest.mark.parametrize("zeros", [["0.0", "-0.0", None], [0.0, -0.0, None], [-0.0, 0.0, 1.5], [0, -0.0, 1]])
def test_the_sign_of_zero_is_kept_in_many_rows_as_in_one(models, zeros):
    rows = [["41", "Oslo", zero, "true"] for zero in zeros] * MANY_ROWS
    together = ask(models, table(*rows))["Results"]["output1"]["value"]["Values"]
    alone = [ask(models, table(row))["Results"]["output1"]["value"]["Values"][0] for row in rows[:3]]
    assert [row[2] for row in together] == [row[2] for row in alone] * MANY_ROWS


# As they are written in a body; json.dumps could not write some of them.
ODD_CELLS = [
    "9" * 4000,
    "-" + "9" * 4000,
    "9" * 20,
    "9" * 5000,
    f'"{"9" * 4000}"',
    f'"{"9" * 5000}"',
    f'"{"0" * 4000}7"',
    "1e400",
    "-1e400",
    "1e-400",
    '"1e400"',
    '"inf"',
    '"-Infinity"',
    "NaN",
    "Infinity",
    "-Infinity",
    '"٣"',
    '"²"',
    '"1_000"',
    '"0x1F"',
    '"\\u0000"',
    '"\\ud800"',
    '"\\ud800\\udc00"',
    "[" * 500 + "]" * 500,
    "[" * 100_000 + "]" * 100_000,
    '{"a": ' * 50_000 + "1" + "}" * 50_000,
    "{}",
    "[]",
    "true",
    '"9999-12-31T23:59:59+00:00"',
    '"0001-01-01T00:00:00+14:00"',
    f'"{"x" * 1_000_000}"',
]


@pytest.mark.attack("Size and time")
@pytest.mark.parametrize("rows", [1, MANY_ROWS])
@pytest.mark.parametrize("place", range(len(NAMES)), ids=NAMES)
@pytest.mark.parametrize("swagger", [False, True])
def test_no_cell_is_an_error_of_the_app(models, place, rows, swagger, record_property):
    record_property("attacks", len(ODD_CELLS))
    for odd in ODD_CELLS:
        cells = [json.dumps(cell) for cell in ROW]
        cells[place] = odd
        if swagger:
            row = ", ".join(f'"{name}": {cell}' for name, cell in zip(NAMES, cells, strict=True))
            value = f"[{', '.join([f'{{{row}}}'] * rows)}]"
        else:
            values = ", ".join([f"[{', '.join(cells)}]"] * rows)
            value = f'{{"ColumnNames": {json.dumps(NAMES)}, "Values": [{values}]}}'
        body = f'{{"Inputs": {{"input1": {value}}}}}'.encode()
        try:
            ask(models, body, swagger=swagger)
        except StudioError as error:
            assert error.status == 400, odd[:40]  # noqa: PT017
            assert len(json.dumps(error.to_json())) < 2000, odd[:40]  # noqa: PT017


@pytest.mark.attack("Size and time")
@pytest.mark.parametrize(
    "body",
    [
        '{"Inputs": {"input1": {"ColumnNames": [["age"], {}, 1, null], "Values": [[1, 2, 3, 4]]}}}',
        '{"Inputs": {"input1": {"ColumnNames": ["age", "age", "age", "age"], "Values": [[1, 2, 3, 4]]}}}',
        '{"Inputs": {"input1": {"ColumnNames": [' + "1" * 4000 + '], "Values": [[1]]}}}',
        '{"Inputs": {"input1": [' + "[" * 2000 + "]" * 2000 + "]}}",
        '{"Inputs": ' + "[" * 2000 + "]" * 2000 + "}",
        '{"Inputs": {"\\ud800": []}}',
        '{"Inputs": {"input1": []}, "GlobalParameters": {"\\ud800": 1}}',
        '{"Inputs": {"input1": []}, "GlobalParameters": ' + "9" * 4000 + "}",
        "[" * 1_000_000,
        '{"a":' * 1_000_000,
        "9" * 5000,
        "NaN",
        '"\\ud800"',
        "\x00",
    ],
)
def test_no_body_is_an_error_of_the_app(models, body):
    with pytest.raises(StudioError) as caught:
        ask(models, body.encode())
    assert caught.value.status == 400


def test_a_service_without_inputs_takes_none():
    definition = Definition(PREDICTIVE, {}, (), (), ())
    for body in (b"{}", b'{"Inputs": {}, "GlobalParameters": {}}'):
        assert read_inputs(definition, body) == ({}, {})
    for body, text in ((b'{"Inputs": []}', "has no Inputs"), (b'{"Inputs": {"x": 1}}', "takes no input")):
        with pytest.raises(BadArgument, match=text):
            read_inputs(definition, body)
