"""Trains the models of this folder with the libraries themselves, and notes what they predict.

    python make.py trees    # xgboost, lightgbm, catboost, onnxmltools, skl2onnx, pandas (any Python they have)
    python make.py networks # torch, onnxscript, keras

Each model is a file `.onnx` with a `.json` beside it: the data set of scikit-learn it was trained on (the rows that
`split` does not hold back), the versions, the score on the rows held back, and what the library predicts for the first
of these. `tests/unit/test_foreign_models.py` compares the app's scores with that.
"""

import importlib.metadata
import json
import os
import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import train_test_split

HERE = Path(__file__).parent
DATA = {"digits": load_digits, "breast_cancer": load_breast_cancer, "diabetes": load_diabetes}
ROWS = 24


def split(name):
    """Return the training rows, the rows held back, and their labels."""
    found = DATA[name]()
    return train_test_split(found.data, found.target, test_size=0.3, random_state=0)


def note(name, data, graph, predict, libraries, order=None, **more):
    """Write a graph and what the library itself predicts."""
    _, test, _, target = split(data)
    predicted = np.asarray(predict(test), dtype=np.float64)
    if data == "diabetes":
        score = r2_score(target, predicted.ravel())
    else:
        codes = predicted.argmax(axis=1)
        score = accuracy_score(target, codes if order is None else np.array(order)[codes])
    (HERE / f"{name}.onnx").write_bytes(graph)
    facts = {
        "data": data,
        "versions": {library: importlib.metadata.version(library) for library in libraries},
        "score": float(score),
        "predicted": np.round(predicted[:ROWS], 9).tolist(),
    }
    (HERE / f"{name}.json").write_text(json.dumps(facts | more) + "\n")
    print(f"{name}: {score:.4f}, {len(graph):,} bytes")  # noqa: T201


def _trees():
    from catboost import CatBoostClassifier, CatBoostRegressor
    from lightgbm import LGBMClassifier, LGBMRegressor
    from onnxmltools import convert_lightgbm, convert_xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType
    from xgboost import XGBClassifier, XGBRegressor

    def floats(data):
        return [("input", FloatTensorType([None, split(data)[0].shape[1]]))]

    for data, size in (("digits", 8), ("breast_cancer", 30), ("diabetes", 30)):
        train, _, target, _ = split(data)
        regression = data == "diabetes"
        model = (XGBRegressor if regression else XGBClassifier)(n_estimators=size, max_depth=3, random_state=0)
        model.fit(train, target)
        graph = convert_xgboost(model, initial_types=floats(data)).SerializeToString()
        note(
            f"xgboost-{data}",
            data,
            graph,
            model.predict if regression else model.predict_proba,
            ("xgboost", "onnxmltools", "onnx"),
        )
        model = (LGBMRegressor if regression else LGBMClassifier)(
            n_estimators=size, num_leaves=8, random_state=0, verbose=-1
        )
        model.fit(train, target)
        graph = convert_lightgbm(model, initial_types=floats(data)).SerializeToString()
        note(
            f"lightgbm-{data}",
            data,
            graph,
            model.predict if regression else model.predict_proba,
            ("lightgbm", "onnxmltools", "onnx"),
        )
        model = (CatBoostRegressor if regression else CatBoostClassifier)(
            iterations=size, depth=3, random_seed=0, verbose=False, allow_writing_files=False
        )
        model.fit(train, target)
        path = HERE / "catboost.part"
        model.save_model(str(path), format="onnx")
        graph = path.read_bytes()
        path.unlink()
        note(f"catboost-{data}", data, graph, model.predict if regression else model.predict_proba, ("catboost",))
    _scikit_learn()


def _scikit_learn():
    from skl2onnx import to_onnx
    from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    libraries = ("scikit-learn", "skl2onnx", "onnx")
    train, _, target, _ = split("breast_cancer")
    model = make_pipeline(StandardScaler(), LogisticRegression())
    names = np.array(["malignant", "benign"])
    model.fit(train, names[target])
    order = [list(names).index(name) for name in model.classes_]
    graph = to_onnx(model, train[:1].astype(np.float64)).SerializeToString()
    note(
        "skl2onnx-breast_cancer",
        "breast_cancer",
        graph,
        model.predict_proba,
        libraries,
        order=order,
        labels=[str(name) for name in model.classes_],
    )
    train, _, target, _ = split("digits")
    model = RandomForestClassifier(10, max_depth=5, random_state=0).fit(train, target)
    graph = to_onnx(model, train[:1].astype(np.float32)).SerializeToString()
    note("skl2onnx-digits", "digits", graph, model.predict_proba, libraries)
    train, _, target, _ = split("diabetes")
    model = GradientBoostingRegressor(n_estimators=20, random_state=0).fit(train, target)
    graph = to_onnx(model, train[:1].astype(np.float32)).SerializeToString()
    note("skl2onnx-diabetes", "diabetes", graph, model.predict, libraries)


def _networks():
    os.environ["KERAS_BACKEND"] = "torch"
    import keras
    import torch
    from torch import nn

    torch.manual_seed(0)
    train, _, target, _ = split("digits")
    pictures = torch.tensor(train, dtype=torch.float32).reshape(-1, 1, 8, 8)
    labels = torch.tensor(target)
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(256, 10),
    )  # fmt: skip
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    for _ in range(60):
        for chosen in torch.randperm(len(pictures)).split(64):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(pictures[chosen]), labels[chosen]).backward()
            optimizer.step()
    model.eval()
    program = torch.onnx.export(
        model, (pictures[:2],), dynamo=True, dynamic_shapes=({0: torch.export.Dim("batch")},), opset_version=18
    )

    def torch_shares(rows):
        with torch.no_grad():
            return model(torch.tensor(rows, dtype=torch.float32).reshape(-1, 1, 8, 8)).softmax(1).numpy()

    graph = program.model_proto.SerializeToString()
    note("torch-digits", "digits", graph, torch_shares, ("torch", "onnxscript"), outputs="logits")

    keras.utils.set_random_seed(0)
    network = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(8, 3, activation="relu", padding="same"),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(16, 3, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    network.compile("adam", "sparse_categorical_crossentropy")
    network.fit(train.reshape(-1, 8, 8, 1), target, epochs=25, verbose=0)
    path = HERE / "keras.part"
    network.export(str(path), format="onnx", verbose=False)
    graph = path.read_bytes()
    path.unlink()
    note(
        "keras-digits",
        "digits",
        graph,
        lambda rows: network.predict(rows.reshape(-1, 8, 8, 1), verbose=0),
        ("keras", "torch", "onnxscript"),
    )


if __name__ == "__main__":
    {"trees": _trees, "networks": _networks}[sys.argv[1]]()
