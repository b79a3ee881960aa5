"""Graphs from outside: what is on the list is accepted, everything else is refused before ONNX Runtime sees it."""

import time

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from studio.errors import BadArgument
from studio.model import graph_rules
from studio.model.graph_check import check_graph
from studio.model.graph_rules import MAX_NODES, OPERATORS
from studio.model.session import INPUT, OUTPUT, OnnxScorer
from tests import hostile_graphs as hostile
from tests.hostile_graphs import constant, graph_of, harmless, node


def check(model, width=4):
    check_graph(model.SerializeToString(), width)


def check_refused(model, reason, width=4):
    with pytest.raises(BadArgument, match="not accepted") as caught:
        check(model, width)
    assert reason in caught.value.message


@pytest.mark.attack("Trained model files")
@pytest.mark.parametrize("leak", hostile.LEAKS, ids=lambda leak: leak.__name__)
def test_no_part_of_a_graph_reads_a_file(leak):
    check_refused(leak("local.settings.json", 40), "it has the field model.")


@pytest.mark.attack("Trained model files")
@pytest.mark.parametrize("take", hostile.ALLOCATING, ids=lambda take: take.__name__)
def test_no_graph_says_by_itself_how_much_memory_or_time_it_takes(take):
    started = time.process_time()
    check_refused(take(), "")
    assert time.process_time() - started < 1


@pytest.mark.attack("Trained model files")
def test_an_operator_that_is_not_listed_is_named():
    check_refused(graph_of([node("Bernoulli", [INPUT], [OUTPUT], name="dice")]), "operator 'Bernoulli' (node 'dice')")
    check_refused(graph_of([node("Gelu", [INPUT], [OUTPUT], domain="com.microsoft")]), "'com.microsoft.Gelu'")


def use_another_domain(model):
    model.opset_import.add(domain="com.evil", version=1)


def use_a_later_version(model):
    model.opset_import[0].version = 99


def set_options_of_the_runtime(model):
    model.metadata_props.add(key="ort_config", value="{}")


def use_a_field_of_the_future(model):
    # Field 9999 of a node, as bytes: this version's parser keeps it, and another may act on it.
    model.graph.node[0].MergeFromString(b"\xfa\xf0\x04\x01x")


def ask_for_two_inputs(model):
    model.graph.input.add().name = "other"


def name_two_values_alike(model):
    model.graph.node.add().CopyFrom(model.graph.node[0])


def have_a_long_name(model):
    model.graph.node[0].name = "x" * 100_000


def have_a_deep_shape(model):
    model.graph.initializer[0].dims.extend([1] * 40)


def hold_texts(model):
    model.graph.initializer.add(name="t", data_type=TensorProto.STRING, dims=[1]).string_data.append(b"x")


def hold_bytes_twice(model):
    model.graph.initializer[0].int64_data.append(1)


def pad_widely(model):
    model.graph.node[0].attribute.append(helper.make_attribute("pads", [0, 1 << 30]))


@pytest.mark.attack("Trained model files")
@pytest.mark.parametrize(
    "change",
    [
        use_another_domain,
        use_a_later_version,
        set_options_of_the_runtime,
        use_a_field_of_the_future,
        ask_for_two_inputs,
        name_two_values_alike,
        have_a_long_name,
        have_a_deep_shape,
        hold_texts,
        hold_bytes_twice,
        pad_widely,
    ],
)
def test_a_single_change_is_enough_to_be_refused(change):
    model = harmless()
    check(model)
    change(model)
    check_refused(model, "")


@pytest.mark.attack("Trained model files")
def test_something_that_is_no_graph_is_refused():
    with pytest.raises(BadArgument, match="cannot be parsed"):
        check_graph(b"\xff\xff\xff", 4)


def tree(**changes):
    """A tree of one split: column 1, two leaves."""
    given = {
        "n_targets": 1,
        "tree_roots": [0],
        "nodes_featureids": [1],
        "nodes_splits": constant("s", [0.5]),
        "nodes_modes": constant("m", [0], np.uint8),
        "nodes_truenodeids": [0],
        "nodes_trueleafs": [1],
        "nodes_falsenodeids": [1],
        "nodes_falseleafs": [1],
        "leaf_targetids": [0, 0],
        "leaf_weights": constant("w", [1.0, 2.0]),
    } | changes
    return graph_of([node("TreeEnsemble", [INPUT], [OUTPUT], domain="ai.onnx.ml", **given)])


def old_tree(**changes):
    """The same as a TreeEnsembleRegressor, as XGBoost's converters write it."""
    given = {
        "n_targets": 1,
        "nodes_treeids": [0, 0, 0],
        "nodes_nodeids": [0, 1, 2],
        "nodes_featureids": [1, 0, 0],
        "nodes_modes": ["BRANCH_LT", "LEAF", "LEAF"],
        "nodes_values": [0.5, 0.0, 0.0],
        "nodes_truenodeids": [1, 0, 0],
        "nodes_falsenodeids": [2, 0, 0],
        "target_treeids": [0, 0],
        "target_nodeids": [1, 2],
        "target_ids": [0, 0],
        "target_weights": [1.0, 2.0],
    } | changes
    return graph_of(
        [
            node("Cast", [INPUT], ["single"], to=TensorProto.FLOAT),
            node("TreeEnsembleRegressor", ["single"], ["sum"], domain="ai.onnx.ml", **given),
            node("Cast", ["sum"], [OUTPUT], to=TensorProto.DOUBLE),
        ],
        ml_opset=3,
    )


@pytest.mark.parametrize("build", [tree, old_tree])
def test_trees_are_accepted_and_score(build):
    check(build())
    assert OnnxScorer(build().SerializeToString()).score(np.ones((2, 4))).tolist() == [[2.0], [2.0]]


@pytest.mark.attack("Trained model files")
@pytest.mark.parametrize(
    ("build", "changes"),
    [
        (tree, {"nodes_featureids": [4]}),
        (tree, {"nodes_featureids": [-1]}),
        (tree, {"nodes_featureids": [1_000_000]}),
        (tree, {"nodes_truenodeids": [7]}),
        (tree, {"nodes_trueleafs": [0]}),
        (tree, {"tree_roots": [3]}),
        (tree, {"tree_roots": [0, 0]}),
        (tree, {"leaf_targetids": [0, 9]}),
        (tree, {"leaf_targetids": [0]}),
        (tree, {"n_targets": 2_000_000_000}),
        (tree, {"nodes_modes": constant("m", [77], np.uint8)}),
        (tree, {"nodes_splits": constant("s", [0.5, 0.5])}),
        (old_tree, {"nodes_featureids": [4, 0, 0]}),
        (old_tree, {"nodes_featureids": [1_000_000, 0, 0]}),
        (old_tree, {"nodes_truenodeids": [0, 0, 0]}),
        (old_tree, {"nodes_truenodeids": [9, 0, 0]}),
        (old_tree, {"nodes_nodeids": [0, 1, 1]}),
        (old_tree, {"target_ids": [0, 5]}),
        (old_tree, {"target_nodeids": [1, 8]}),
        (old_tree, {"target_nodeids": [0, 2]}),
        (old_tree, {"n_targets": 2_000_000_000}),
        (old_tree, {"base_values": [1.0, 2.0, 3.0]}),
    ],
)
def test_a_tree_leads_nowhere_outside_of_its_tables(build, changes):
    """ONNX Runtime reads the memory behind a row for a column that the row does not have."""
    check_refused(build(**changes), "TreeEnsemble")


@pytest.mark.attack("Trained model files")
def test_a_tree_deeper_than_the_limit_and_one_in_a_circle_are_refused():
    n = 5_000
    chain = {
        "nodes_featureids": [0] * n,
        "nodes_splits": constant("s", np.zeros(n)),
        "nodes_modes": constant("m", np.zeros(n), np.uint8),
        "nodes_truenodeids": [0] * n,
        "nodes_trueleafs": [1] * n,
        "nodes_falsenodeids": [*range(1, n), 1],
        "nodes_falseleafs": [0] * (n - 1) + [1],
    }
    check_refused(tree(**chain), "deeper than")
    circle = {"nodes_falsenodeids": [*range(1, n), 0], "nodes_falseleafs": [0] * n}
    check_refused(tree(**(chain | circle)), "TreeEnsemble")


@pytest.mark.attack("Trained model files")
def test_a_tree_whose_input_claims_a_width_is_not_believed():
    """The graph describes a value as wider than it is."""
    model = graph_of(
        [
            node("Identity", [INPUT], ["wide"]),
            *tree(nodes_featureids=[900]).graph.node,
        ]
    )
    model.graph.node[1].input[0] = "wide"
    model.graph.value_info.append(helper.make_tensor_value_info("wide", TensorProto.DOUBLE, [None, 1000]))
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 1000
    check_refused(model, "TreeEnsemble")


@pytest.mark.attack("Trained model files")
@pytest.mark.parametrize(
    ("operator", "given"),
    [
        ("LinearRegressor", {"coefficients": [1.0], "targets": 1}),
        ("LinearClassifier", {"coefficients": [1.0], "classlabels_ints": [0, 1]}),
        ("SVMRegressor", {"n_supports": 9, "support_vectors": [1.0] * 4, "coefficients": [1.0], "rho": [0.0]}),
        ("SVMClassifier", {"classlabels_ints": [0, 1], "vectors_per_class": [5, 5], "support_vectors": [1.0]}),
        ("Scaler", {"offset": [1.0, 2.0], "scale": [1.0]}),
    ],
)
def test_tables_of_other_operators_have_the_size_that_their_input_needs(operator, given):
    made = node(
        operator, [INPUT], [OUTPUT, "other"][: 2 if "Classifier" in operator else 1], domain="ai.onnx.ml", **given
    )
    check_refused(graph_of([made], ml_opset=1), operator)


@pytest.mark.parametrize(
    ("operator", "given"),
    [
        ("LinearRegressor", {"coefficients": [1.0, 2.0, 3.0, 4.0], "targets": 1, "intercepts": [0.5]}),
        ("SVMRegressor", {"n_supports": 1, "support_vectors": [1.0] * 4, "coefficients": [1.0], "rho": [0.0],
                          "kernel_type": "RBF", "kernel_params": [0.1, 0.0, 3.0]}),
        ("Scaler", {"offset": [1.0] * 4, "scale": [2.0] * 4}),
        ("Normalizer", {"norm": "L2"}),
        ("Imputer", {"imputed_value_floats": [0.0], "replaced_value_float": -1.0}),
        ("Binarizer", {"threshold": 0.5}),
    ],
)  # fmt: skip
def test_operators_that_converters_write_are_accepted(operator, given):
    nodes = [
        node("Cast", [INPUT], ["single"], to=TensorProto.FLOAT),
        node(operator, ["single"], ["made"], domain="ai.onnx.ml", **given),
        node("Cast", ["made"], ["double"], to=TensorProto.DOUBLE),
        node("ReduceSum", ["double", "axis"], [OUTPUT], keepdims=1),
    ]
    model = graph_of(nodes, [constant("axis", [1], np.int64)], ml_opset=1)
    check(model)
    assert OnnxScorer(model.SerializeToString()).score(np.ones((3, 4))).shape == (3, 1)


def picture_network(*, flatten):
    """A small convolutional network on rows of 64 cells, as PyTorch exports one."""
    rng = np.random.default_rng(0)
    constants = [
        constant("picture", [-1, 1, 8, 8], np.int64),
        constant("kernels", rng.normal(size=(4, 1, 3, 3)), np.float32),
        constant("bias", np.zeros(4), np.float32),
        constant("weights", rng.normal(size=(36, 1)), np.float32),
        constant("first", 0, np.int64),
        constant("front", [0], np.int64),
        constant("rest", [-1], np.int64),
    ]
    nodes = [
        node("Cast", [INPUT], ["single"], to=TensorProto.FLOAT),
        node("Reshape", ["single", "picture"], ["pixels"]),
        node("Conv", ["pixels", "kernels", "bias"], ["c"], kernel_shape=[3, 3]),
        node("Relu", ["c"], ["r"]),
        node("MaxPool", ["r"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
    ]
    if flatten:
        nodes.append(node("Flatten", ["p"], ["flat"], axis=1))
    else:
        nodes += [
            node("Shape", ["p"], ["shape"]),
            node("Gather", ["shape", "first"], ["rows"]),
            node("Unsqueeze", ["rows", "front"], ["rows1"]),
            node("Concat", ["rows1", "rest"], ["target"], axis=0),
            node("Reshape", ["p", "target"], ["flat"]),
        ]
    nodes += [
        node("MatMul", ["flat", "weights"], ["logit"]),
        node("Sigmoid", ["logit"], ["share"]),
        node("Cast", ["share"], [OUTPUT], to=TensorProto.DOUBLE),
    ]
    return graph_of(nodes, constants, width=64, opset=17)


@pytest.mark.parametrize("flatten", [True, False])
def test_a_convolutional_network_from_elsewhere_is_accepted(flatten):
    model = picture_network(flatten=flatten)
    check(model, 64)
    assert OnnxScorer(model.SerializeToString()).score(np.ones((5, 64))).shape == (5, 1)


@pytest.mark.parametrize("model", [
    graph_of([node("Tile", [INPUT, "by"], ["m"]), node("ReduceMax", ["m", "axis"], [OUTPUT])],
             [constant("by", [1, 3], np.int64), constant("axis", [1], np.int64)]),
    graph_of([node("Constant", [], ["by"], value_ints=[1, 3]), node("Tile", [INPUT, "by"], ["m"]),
              node("ReduceMax", ["m", "axis"], [OUTPUT])], [constant("axis", [1], np.int64)]),
])  # fmt: skip
def test_small_constant_sizes_are_accepted(model):
    check(model)


def test_lists_and_their_page_say_the_same(request):
    page = (request.config.rootpath / "docs" / "reference" / "model-file.md").read_text()
    for names in OPERATORS.values():
        missing = [name for name in sorted(names) if f" {name}" not in page.replace("\n", " ")]
        assert not missing
    assert f"{MAX_NODES:,} nodes" in page


def test_every_listed_operator_is_one_of_the_standard():
    known = {(schema.domain, schema.name) for schema in onnx.defs.get_all_schemas_with_history()}
    assert not [(domain, name) for domain, names in OPERATORS.items() for name in names if (domain, name) not in known]
    fields = onnx.TensorProto.DESCRIPTOR.fields_by_name
    assert all(field in fields for _, field in graph_rules.ELEMENTS.values())
