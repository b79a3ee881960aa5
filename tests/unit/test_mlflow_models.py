"""Model directories of MLflow: what is read of them, and that pickles and paths that lead outside are refused."""

import json

import pytest
import yaml

from perennial import PerennialError
from perennial.mlflow_models import is_mlflow, read_mlflow
from perennial.model_exports import export_model

COLUMNS = [{"type": "long", "name": "age", "required": True}, {"type": "string", "name": "plan", "required": True}]
TENSOR = [{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 28, 28]}}]
# As MLflow 3 writes them.
ONNX = {"onnx": {"code": None, "data": "model.onnx", "onnx_version": "1.20.0", "providers": ["CPUExecutionProvider"]}}
FUNCTION = {"python_function": {"loader_module": "mlflow.onnx", "python_version": "3.13.0", "data": "model.onnx"}}
SKOPS = {"sklearn": {"pickled_model": "model.skops", "serialization_format": "skops", "sklearn_version": "1.8.0"}}
PICKLE = {"sklearn": {"pickled_model": "model.pkl", "serialization_format": "cloudpickle", "sklearn_version": "1.8.0"}}


@pytest.fixture
def save(tmp_path):
    def save(flavors, inputs=None, **more):
        signature = {"signature": {"inputs": json.dumps(inputs), "outputs": None}} if inputs else {}
        (tmp_path / "MLmodel").write_text(yaml.safe_dump({"flavors": flavors, **signature, **more}))
        (tmp_path / "model.onnx").write_bytes(b"graph")
        (tmp_path / "model.skops").write_bytes(b"PK")
        return tmp_path

    return save


def test_an_onnx_model_has_its_columns_and_example(save):
    path = save(ONNX | FUNCTION, COLUMNS, saved_input_example_info={
        "artifact_path": "input_example.json", "type": "dataframe", "pandas_orient": "split"})  # fmt: skip
    (path / "input_example.json").write_text(json.dumps({"columns": ["age", "plan"], "data": [[30, "plus"]]}))
    assert is_mlflow(path)
    found = read_mlflow(path)
    assert (found.format, found.path.name, found.shape) == ("onnx", "model.onnx", None)
    assert found.columns == {"age": "Int64", "plan": "String"}
    assert found.sample == [{"age": 30, "plan": "plus"}]


def test_a_scikit_learn_model_saved_as_skops_is_data(save):
    found = read_mlflow(save(SKOPS | FUNCTION))
    assert (found.format, found.path.name, found.columns, found.sample) == ("skops", "model.skops", {}, [])


def test_a_tensor_has_its_shape(save):
    assert read_mlflow(save(ONNX, TENSOR)).shape == (28, 28)


@pytest.mark.attack("code in model files")
@pytest.mark.parametrize(
    "flavors, text",
    [
        (PICKLE | FUNCTION, "was saved as cloudpickle, and opening one runs whatever is in it"),
        (FUNCTION, "has the flavors python_function, which hold code or pickles"),
        ({"pytorch": {"model_data": "data"}} | FUNCTION, "Export the model as ONNX"),
        ({}, "names no flavors"),
    ],
)
def test_pickles_and_code_are_refused_in_words(save, flavors, text):
    with pytest.raises(PerennialError, match=text):
        read_mlflow(save(flavors))


@pytest.mark.attack("paths")
def test_files_outside_the_directory_are_refused(save, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "secret"
    outside.write_text("{}")
    for name in ("../../etc/passwd", str(outside)):
        with pytest.raises(PerennialError, match="outside the directory"):
            read_mlflow(save({"onnx": {"data": name}}))
    path = save(ONNX)
    (path / "link.onnx").symlink_to(outside)
    with pytest.raises(PerennialError, match="outside the directory"):
        read_mlflow(save({"onnx": {"data": "link.onnx"}}))


@pytest.mark.attack("bombs")
@pytest.mark.parametrize(
    "text, problem",
    [
        ("!!python/object/apply:os.system ['true']", "is not YAML"),
        ("[" * 5000, "is not YAML"),
        ("- a", "is not a YAML object"),
        ("a: [", "is not YAML"),
        ("flavors: {onnx: {data: model.onnx}}\nsignature: {inputs: '[{}]'}", "signature that cannot be read"),
        ("x" * ((1 << 20) + 1), "at most 1,048,576 are read"),
    ],
    ids=str.__len__,
)
def test_odd_files_are_refused(save, text, problem):
    path = save(ONNX)
    (path / "MLmodel").write_text(text)
    with pytest.raises(PerennialError, match=problem):
        read_mlflow(path)


def test_its_graph_is_what_is_published_and_skops_is_explained(save):
    assert export_model(save(ONNX, COLUMNS), None, None).content == b"graph"
    with pytest.raises(PerennialError, match=r"skops\.io\.load, and pass the fitted estimator"):
        export_model(save(SKOPS), None, None)
    with pytest.raises(PerennialError, match="hold code or pickles"):
        export_model(save(FUNCTION), None, None)


def test_a_missing_file_is_named(tmp_path):
    assert not is_mlflow(tmp_path)
    with pytest.raises(PerennialError, match="has no file 'MLmodel'"):
        read_mlflow(tmp_path)
