"""scikit-learn pipelines from outside: uncompressed, of known types, with tables that lead nowhere else."""

import io
import json
import tracemalloc
import zipfile

import numpy as np
import pytest
import skops.io

from studio.errors import BadArgument
from studio.model.export.graphs import export_graph
from studio.model.graph_check import check_graph
from studio.model.pipeline_check import check_pipeline, check_tables
from studio.model.session import SkopsScorer
from tests.builders import clean_people, learner_names, train_on, with_marks

pytestmark = [pytest.mark.attack("Trained model files"), pytest.mark.slow]


@pytest.fixture(scope="module")
def forest():
    return train_on("Two-Class Decision Forest", clean_people())


def rewritten(pipeline, change):
    """The pipeline with its schema or a member changed."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(pipeline)) as archive, zipfile.ZipFile(target, "w") as changed:
        members = {name: archive.read(name) for name in archive.namelist()}
        schema = json.loads(members["schema.json"])
        change(schema, members)
        members["schema.json"] = json.dumps(schema).encode()
        for name, data in members.items():
            changed.writestr(name, data)
    return target.getvalue()


@pytest.mark.parametrize("learner", with_marks(learner_names()))
def test_pipelines_of_this_apps_learners_are_accepted(learner):
    trained = train_on(learner, clean_people())
    check_graph(export_graph(trained), len(trained.encoder.slots))
    content = skops.io.dumps(trained.pipeline)
    check_pipeline(content)
    # A model whose graph does not score alike is opened so.
    SkopsScorer(content, trained.task, trained.encoder)
    check_tables(trained.pipeline, trained.encoder.learner_matrix(trained.matrix))


def test_a_compressed_pipeline_is_not_unpacked(forest):
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", skops.io.dumps(forest.pipeline)[:10])
        archive.writestr("1.npy", b"0" * (64 << 20))
    tracemalloc.start()
    for open_it in (check_pipeline, lambda content: SkopsScorer(content, "two-class", forest.encoder)):
        with pytest.raises(BadArgument, match="compressed"):
            open_it(bomb.getvalue())
    assert tracemalloc.get_traced_memory()[1] < 16 << 20
    tracemalloc.stop()


def read_files(schema, members):
    """CountVectorizer(input="filename") reads the files that its data names; skops trusts it."""
    schema["content"]["__module__"], schema["content"]["__class__"] = (
        "sklearn.feature_extraction.text",
        "CountVectorizer",
    )
    schema["content"]["__loader__"] = "ObjectNode"


def call_a_function(schema, members):
    schema["more"] = {
        "__loader__": "FunctionNode",
        "__module__": "numpy",
        "__class__": "function",
        "content": "fromfile",
    }


def call_an_operator(schema, members):
    schema["more"] = {"__loader__": "OperatorFuncNode", "__module__": "operator", "__class__": "methodcaller"}


def claim_a_shape(schema, members):
    array = io.BytesIO()
    np.lib.format.write_array_header_1_0(array, {"descr": "<f8", "fortran_order": False, "shape": (10**9,)})
    members[next(name for name in members if name.endswith(".npy"))] = array.getvalue()


def bring_objects(schema, members):
    array = io.BytesIO()
    np.save(array, np.array([{}], dtype=object), allow_pickle=True)
    members["1.npy"] = array.getvalue()


def nest_an_archive(schema, members):
    members["1.npz"] = b"PK\x03\x04"


@pytest.mark.parametrize(
    "change", [read_files, call_a_function, call_an_operator, claim_a_shape, bring_objects, nest_an_archive]
)
def test_what_is_not_listed_is_refused(forest, change):
    with pytest.raises(BadArgument, match="not accepted"):
        check_pipeline(rewritten(skops.io.dumps(forest.pipeline), change))


def set_far_feature(nodes):
    nodes["feature"][0] = 1_000_000


def set_far_child(nodes):
    nodes["left_child"][0] = 1_000_000


def set_circle(nodes):
    nodes["right_child"][0] = 0


@pytest.mark.parametrize("change", [set_far_feature, set_far_child, set_circle])
def test_a_tree_leads_nowhere_outside_of_its_table(forest, change):
    """scikit-learn indexes without a check: skops itself warns of that."""
    pipeline = skops.io.loads(skops.io.dumps(forest.pipeline), trusted=["sklearn.tree._tree.Tree", "numpy.dtype"])
    tree = pipeline[-1].estimators_[0].tree_
    state = tree.__getstate__()
    nodes = state["nodes"].copy()
    change(nodes)
    tree.__setstate__(state | {"nodes": nodes})
    with pytest.raises(BadArgument, match="leads outside"):
        check_tables(pipeline, forest.encoder.learner_matrix(forest.matrix))
