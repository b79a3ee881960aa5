"""Every module on tables that go wrong: it works, or says what is wrong with number, name and title."""

import re
from typing import Any

import pytest

from studio.errors import ModuleExecutionError
from studio.graph.contract import Call, Module, PortType
from studio.graph.palette import list_modules
from studio.graph.properties import read_properties
from studio.graph.result_file import read_result, write_result
from studio.graph.runner import run_module
from tests.builders import NoData, call_module, clean_people, dataset, train_on, untrained_model
from tests.same import assert_same

# Seconds of processor time: `make check` leaves them to `make test`.
pytestmark = pytest.mark.slow

# What modules need beyond their defaults.
REQUIRED: dict[str, dict[str, Any]] = {
    "Scikit-learn Estimator": {"Estimator": {"estimator": "sklearn.linear_model.Ridge"}},
    "Import Data": {"Path to container, directory or blob": "people.csv"},
    "Export Data": {"Path to container, directory or blob": "out.csv"},
    "Enter Data Manually": {"Data": "a,b\n"},
    "Edit Metadata": {"Column": "age", "Data Type": "Integer"},
    "Join Data": {
        "Comma-separated case-sensitive names of join key columns for L": "city",
        "Comma-separated case-sensitive names of join key columns for R": "city",
    },
    "Select Columns in Dataset": {"Select Columns": ["age", "bought"]},
    "Principal Component Analysis": {"Selected columns": ["age", "hours"]},
    "SMOTE": {"Label column": "bought"},
    "Filter Based Feature Selection": {"Target column": "bought"},
    "Train Model": {"Label column": "bought"},
    "Tune Model Hyperparameters": {"Name or numerical index of the label column": "bought"},
    "Cross Validate Model": {"Name or numerical index of the label column": "bought"},
    "Execute Python Script": {"Script": "ratio_of_two_columns"},
    "Trained Model": {"Resource name": "x"},
    "Build Counting Transform": {"Label column index or name": "bought", "Select columns to count": ["city"]},
    "Preprocess Text": {"Text column to clean": ["city"]},
    "Feature Hashing": {"Target column": ["city"], "Hashing bitsize": 3},
    "Extract N-Gram Features from Text": {"Text column": ["city"], "Use filter-based feature selection": False},
    "Latent Dirichlet Allocation": {"Target columns": ["city"], "Show all options": "True", "passes": 1},
    "Test Hypothesis Using t-Test": {"Target column(s)": ["age"]},
    "Fisher Linear Discriminant Analysis": {"Class labels column": "bought"},
    "Time Series Anomaly Detection": {"Data Column": "hours", "Time Column": "age"},
    "Normalize Data": {"Transformation method": "LogNormal", "Columns to transform": ["hours"]},
    "Clean Missing Data": {"Cleaning mode": "Replace using MICE"},
}
HEADER = "age,city,hours,smoker,bought\n"
TABLES = {
    "no rows": HEADER,
    "one row": HEADER + "30,Oslo,5.5,true,yes\n",
    "a row of nothing": HEADER + ",,,,\n",
    "one class": HEADER + "30,Oslo,5.5,true,yes\n" * 20,
    "a constant and an empty column": HEADER + "".join(f"7,Oslo,,true,{'yes' if i % 2 else 'no'}\n" for i in range(20)),
    "half of the labels": HEADER
    + "".join(f"{i},Oslo,{i / 3},true,{'' if i % 2 else 'no' if i % 4 else 'yes'}\n" for i in range(40)),
    "text where numbers are expected": HEADER
    + "".join(f"old,Oslo,long,true,{'yes' if i % 2 else 'no'}\n" for i in range(20)),
    "other columns": "x,y\n1,2\n3,4\n",
    "endless numbers": HEADER + "".join(f"1e308,Oslo,-1e308,true,{'yes' if i % 2 else 'no'}\n" for i in range(20)),
}


TREES = "Total number of trees constructed"
RATINGS = "user,item,Rating\na,x,5\na,y,1\nb,x,4\nb,y,2\n"


@pytest.fixture(scope="module")
def parts():
    people = clean_people(200)
    return {
        # A few trees: folds and sweeps train them again and again.
        PortType.UNTRAINED: untrained_model("Two-Class Boosted Decision Tree", **{TREES: 5}),
        PortType.TRAINED: train_on("Two-Class Logistic Regression", people),
        PortType.TRANSFORMATION: call_module("Normalize Data", {"Dataset": people})[1],
    }


def inputs_of(module: Module, parts: dict[PortType, Any], csv: str) -> dict[str, Any]:
    return {port.name: dataset(csv) if port.type is PortType.DATASET else parts[port.type] for port in module.inputs}


# What the other tables come to, too.
NIGHTLY = ("one row", "a row of nothing", "half of the labels", "endless numbers")


@pytest.mark.parametrize(
    "csv", [pytest.param(csv, id=name, marks=[pytest.mark.long] * (name in NIGHTLY)) for name, csv in TABLES.items()]
)
@pytest.mark.parametrize("module", list_modules(), ids=lambda module: module.name)
def test_a_bad_table_is_worked_on_or_explained(module, csv, parts):
    properties = read_properties(module, REQUIRED.get(module.name, {}))
    call = Call("My title", module, inputs_of(module, parts, csv), properties, NoData({"people.csv": csv}))
    try:
        delivered = run_module(call)
    except ModuleExecutionError as error:
        pattern = rf"Error (?!1000)\d{{4}}: {re.escape(module.name)} \(My title\): .+\."
        assert re.fullmatch(pattern, error.message, re.DOTALL), error.message  # noqa: PT017 - either way is right
    else:
        assert len(delivered) == len(module.outputs)


@pytest.mark.parametrize("module", list_modules(), ids=lambda module: module.name)
def test_a_good_table_is_worked_on_and_the_result_can_be_stored(module, parts):
    people = clean_people(120, seed=4)
    inputs = {port.name: people if port.type is PortType.DATASET else parts[port.type] for port in module.inputs}
    match module.name:
        case "Trained Model":
            pytest.skip("it stands for a model and is never run")
        case "Train Clustering Model":
            inputs["Untrained model"] = untrained_model("K-Means Clustering")
        case "Train Anomaly Detection Model":
            inputs["Untrained model"] = untrained_model("PCA-Based Anomaly Detection")
        case "Assign Data to Clusters":
            inputs["Trained model"] = train_on("K-Means Clustering", people)
        case "Train Matchbox Recommender":
            inputs = dict.fromkeys(inputs, dataset(RATINGS))
        case "Score Matchbox Recommender" | "Evaluate Recommender":
            triples = {"Training dataset of user-item-rating triples": dataset(RATINGS)}
            (model,) = call_module("Train Matchbox Recommender", triples)
            inputs = {port.name: model if port.type is PortType.TRAINED else dataset(RATINGS) for port in module.inputs}
        case "Modify Count Table Parameters" | "Merge Count Transform":
            given = {"Label column index or name": "bought"}
            inputs = dict.fromkeys(inputs, call_module("Build Counting Transform", {"Dataset": people}, **given)[0])
        case "Extract N-Gram Features from Text":
            del inputs["Input vocabulary"]
        case "Extract Date Parts":
            dates = {"Dataset": dataset("when\n2024-02-29\n")}
            inputs = {"Dataset": call_module("Edit Metadata", dates, **{"Column": "when", "Data Type": "DateTime"})[0]}
        case "Evaluate Model":
            scored = {"Trained model": parts[PortType.TRAINED], "Dataset": people}
            inputs = dict.fromkeys(inputs, call_module("Score Model", scored)[0])
    given = REQUIRED.get(module.name, {}) | ({"Data Type": "Double"} if module.name == "Edit Metadata" else {})
    call = Call("x", module, inputs, read_properties(module, given), NoData({"people.csv": "a\n1\n"}))
    delivered = run_module(call)
    assert len(delivered) == len(module.outputs)
    assert all(value is not None for value in delivered)
    assert_same(read_result(write_result("f", delivered), "f"), delivered)


def test_two_columns_of_one_name_are_refused_where_they_come_in():
    module = next(module for module in list_modules() if module.name == "Import Data")
    call = Call(
        "My title", module, {}, read_properties(module, REQUIRED["Import Data"]), NoData({"people.csv": "a,a\n1,2\n"})
    )
    with pytest.raises(ModuleExecutionError, match=r"0049: Import Data \(My title\): .*two columns named 'a'"):
        run_module(call)
