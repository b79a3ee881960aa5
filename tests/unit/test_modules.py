"""The palette: a battery that every module passes, then what each module does."""

import time

import numpy as np
import pytest

from studio.errors import ModuleExecutionError
from studio.graph.contract import Call, Kind
from studio.graph.dataset import Role
from studio.graph.modules.tune_model_hyperparameters import _combinations
from studio.graph.palette import FILES, find_module, list_modules
from studio.graph.properties import PropertyError, read_properties, read_property
from studio.graph.sampling import groups_of
from studio.tables.schema import ColumnType
from tests.builders import call_module, clean_people, dataset, people_csv, train_on, trained_people, untrained_model

MODULES = list_modules()
SMALL = "n,t,b\n1,x,true\n,y,false\n3,,true\n5,y,\n"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
class TestEveryModule:
    def test_is_listed_under_its_name(self, module):
        assert module.name in FILES

    def test_has_ports_and_properties_without_duplicates(self, module):
        for names in ([port.name for port in module.inputs], [port.name for port in module.outputs]):
            assert len(names) == len(set(names))
        assert len({item.name for item in module.properties}) == len(module.properties)
        assert module.outputs or module.exports

    def test_has_defaults_that_its_own_bounds_allow(self, module):
        for item in module.properties:
            if item.default is not None:
                assert read_property(item, item.default) == item.default

    def test_takes_numbers_and_choices_as_text_since_parameters_may_be_text(self, module):
        for item in module.properties:
            if item.kind is Kind.RANGE:
                assert read_property(item, "; ".join(map(str, item.default))) == item.default
            elif item.default is not None and item.kind is not Kind.COLUMNS:
                assert read_property(item, str(item.default)) == item.default

    def test_conditions_name_a_property_before_it_and_values_it_can_have(self, module):
        names = [item.name for item in module.properties]
        for index, item in enumerate(module.properties):
            if item.when is not None:
                parent = module.property(item.when[0])
                assert parent is not None
                assert item.when[0] in names[:index]
                accepted = {True, False} if parent.kind is Kind.BOOLEAN else set(parent.choices)
                assert set(item.when[1]) <= accepted

    def test_refuses_values_beyond_its_bounds(self, module):
        for item in module.properties:
            for bound, step in ((item.minimum, -1), (item.maximum, 1), (item.above, 0)):
                if bound is not None:
                    with pytest.raises(PropertyError, match=item.name):
                        read_property(item, bound + step)
            if item.choices:
                with pytest.raises(PropertyError, match=item.choices[0]):
                    read_property(item, "none of them")

    def test_refuses_unknown_properties(self, module):
        with pytest.raises(PropertyError, match="no property 'No such thing'"):
            read_properties(module, {"No such thing": 1})


def check_fails(number, name, inputs, **given):
    with pytest.raises(ModuleExecutionError) as caught:
        call_module(name, inputs, title="My title", **given)
    assert caught.value.number == number
    assert f"{name} (My title)" in caught.value.message
    return caught.value.message


def test_enter_data_manually_reads_text():
    (found,) = call_module("Enter Data Manually", {}, Data=SMALL)
    assert [column.type.value for column in found.schema] == ["Int32", "String", "Boolean"]
    assert found.cells("n") == [1, None, 3, 5]
    assert found.cells("b") == [True, False, True, None]


def test_convert_to_dataset_makes_the_token_missing_and_finds_numbers():
    (found,) = call_module(
        "Convert to Dataset", {"Dataset": dataset("n,t\n1,a\n?,?\n2,b\n")}, Action="SetMissingValues"
    )
    assert found.cells("n") == [1, None, 2]
    assert found.cells("t") == ["a", None, "b"]
    plan = found.column("n").plan
    assert (plan.source.type, plan.column.type, plan.steps) == (ColumnType.INT32, ColumnType.INT32, ())
    assert [plan.reader()(cell) for cell in (7, "7", "?", " ? ", "", None)] == [7, 7, None, None, None, None]


def test_convert_to_dataset_after_other_steps_adds_to_them():
    (renamed,) = call_module(
        "Edit Metadata", {"Dataset": dataset("n,t\n1,a\n?,?\n")}, Column="n", Categorical="Categorical"
    )
    (texts,) = call_module(
        "Edit Metadata", {"Dataset": dataset("n,t\n1,5\n2,6\n")}, Column="n", **{"Data Type": "String"}
    )
    (found,) = call_module("Convert to Dataset", {"Dataset": texts}, Action="SetMissingValues")
    reader = found.column("n").plan.reader()
    assert found.column("n").type is ColumnType.INT32
    assert [reader(cell) for cell in ("1", 2, None)] == [1, 2, None]
    (marked,) = call_module("Convert to Dataset", {"Dataset": renamed}, Action="SetMissingValues")
    assert marked.column("n").categorical


def test_select_columns_keeps_order_and_names_what_is_missing():
    (found,) = call_module("Select Columns in Dataset", {"Dataset": dataset(SMALL)}, **{"Select Columns": ["b", "n"]})
    assert found.names == ["b", "n"]
    message = check_fails("0001", "Select Columns in Dataset", {"Dataset": dataset(SMALL)}, **{"Select Columns": "zz"})
    assert "'zz' was not found. The dataset has n, t, b" in message


@pytest.mark.parametrize(
    "selection, names",
    [
        ({"select": "all", "except": ["t"]}, ["n", "b"]),
        ({"select": "numeric"}, ["n"]),
        ({"select": "string"}, ["t"]),
        ({"select": "features"}, ["n", "t", "b"]),
        ({"select": "categorical"}, ["t"]),
    ],
)
def test_columns_are_picked_by_kind(selection, names):
    (found,) = call_module("Select Columns in Dataset", {"Dataset": dataset(SMALL)}, **{"Select Columns": selection})
    assert found.names == names


def test_a_selection_that_cannot_be_read_or_is_empty_is_refused():
    wrong = {"Select Columns": {"select": "some"}}
    check_fails("0011", "Select Columns in Dataset", {"Dataset": dataset(SMALL)}, **wrong)
    empty = {"Select Columns": {"select": "labels"}}
    check_fails("0020", "Select Columns in Dataset", {"Dataset": dataset(SMALL)}, **empty)
    none = {"Key column selection filter expression": empty["Select Columns"]}
    check_fails("0020", "Remove Duplicate Rows", {"Dataset": dataset(SMALL)}, **none)


def test_edit_metadata_casts_renames_and_marks():
    given = {
        "Column": ["n"],
        "Data Type": "String",
        "Categorical": "Categorical",
        "Fields": "Labels",
        "New Column Name": "m",
    }
    (found,) = call_module("Edit Metadata", {"Dataset": dataset(SMALL)}, **given)
    column = found.column("m")
    assert (column.type, column.role, column.categorical) == (ColumnType.STRING, Role.LABEL, True)
    assert found.cells("m") == ["1", None, "3", "5"]
    assert column.plan.source.name == "n"


def test_edit_metadata_explains_what_cannot_be_done():
    assert "'x'" in check_fails(
        "0042", "Edit Metadata", {"Dataset": dataset(SMALL)}, Column="t", **{"Data Type": "Double"}
    )
    check_fails("0067", "Edit Metadata", {"Dataset": dataset(SMALL)}, Column="t", **{"New Column Name": "a,b"})
    check_fails("0028", "Edit Metadata", {"Dataset": dataset(SMALL)}, Column="t", **{"New Column Name": "n"})


@pytest.mark.parametrize(
    "mode, column, cells",
    [
        ("Replace with mean", "n", [1, 3, 3, 5]),
        ("Replace with median", "n", [1, 3, 3, 5]),
        ("Replace with mode", "t", ["x", "y", "y", "y"]),
        ("Replace with mode", "b", [True, False, True, True]),
        ("Custom substitution value", "n", [1, 9, 3, 5]),
        ("Custom substitution value", "t", ["x", "y", "9", "y"]),
    ],
)
def test_clean_missing_data_fills(mode, column, cells):
    given = {"Columns to be cleaned": [column], "Cleaning mode": mode}
    if mode.startswith("Custom"):
        given["Replacement value"] = "9"
    found, _ = call_module("Clean Missing Data", {"Dataset": dataset(SMALL)}, **given)
    assert found.cells(column) == cells


def test_clean_missing_data_flags_removes_rows_and_columns():
    flag = {"Columns to be cleaned": "n", "Generate missing value indicator column": True}
    found, _ = call_module("Clean Missing Data", {"Dataset": dataset(SMALL)}, **flag)
    assert found.cells("n_IsMissing") == [False, True, False, False]
    rows, _ = call_module("Clean Missing Data", {"Dataset": dataset(SMALL)}, **{"Cleaning mode": "Remove entire row"})
    assert rows.cells("n") == [1]
    columns = {"Cleaning mode": "Remove entire column", "Columns to be cleaned": ["n"]}
    assert call_module("Clean Missing Data", {"Dataset": dataset(SMALL)}, **columns)[0].names == ["t", "b"]


def test_clean_missing_data_leaves_columns_outside_the_ratios():
    given = {"Minimum missing value ratio": 0.5}
    found, _ = call_module("Clean Missing Data", {"Dataset": dataset(SMALL)}, **given)
    assert found.cells("n") == [1, None, 3, 5]


def test_clean_missing_data_explains_what_cannot_be_done():
    data = {"Dataset": dataset(SMALL)}
    check_fails(
        "0017", "Clean Missing Data", data, **{"Columns to be cleaned": "t", "Cleaning mode": "Replace with mean"}
    )
    check_fails("0002", "Clean Missing Data", data, **{"Columns to be cleaned": "n", "Replacement value": "none"})


def test_split_data_divides_reproducibly_and_stratified():
    data = {"Dataset": dataset(people_csv(200))}
    given = {"Fraction of rows in the first output dataset": 0.75, "Random seed": 3}
    first, second = call_module("Split Data", data, **given)
    again, _ = call_module("Split Data", data, **given)
    assert (len(first.frame), len(second.frame)) == (150, 50)
    assert list(first.frame.index) == list(again.frame.index)
    assert not set(first.frame.index) & set(second.frame.index)
    stratified = given | {"Stratified split": "True", "Stratification key column": "bought"}
    one, _ = call_module("Split Data", data, **stratified)
    whole = data["Dataset"].cells("bought").count("yes") / 200
    assert abs(one.cells("bought").count("yes") / len(one.frame) - whole) < 0.02


def test_train_model_explains_unsuitable_labels():
    learner = call_module("Two-Class Logistic Regression", {})[0]
    regression = call_module("Linear Regression", {})[0]
    data = dataset(people_csv(50, missing=False))

    def train(untrained, label):
        return check_fails(
            "0083", "Train Model", {"Untrained model": untrained, "Dataset": data}, **{"Label column": label}
        )

    assert "has 4 (Cairo, Kyoto, Lima, Oslo)" in train(learner, "city")
    check_fails("0023", "Train Model", {"Untrained model": regression, "Dataset": data}, **{"Label column": "city"})
    check_fails("0024", "Train Model", {"Untrained model": regression, "Dataset": data})
    empty = dataset("a,b\n1,\n2,\n")
    check_fails("0134", "Train Model", {"Untrained model": learner, "Dataset": empty}, **{"Label column": "b"})
    alone = dataset("b\nx\ny\n")
    check_fails("0035", "Train Model", {"Untrained model": learner, "Dataset": alone}, **{"Label column": "b"})


def test_the_label_may_be_marked_by_edit_metadata():
    (marked,) = call_module("Edit Metadata", {"Dataset": dataset(people_csv(80))}, Column="bought", Fields="Labels")
    learner = call_module("Two-Class Logistic Regression", {})[0]
    (model,) = call_module("Train Model", {"Untrained model": learner, "Dataset": marked})
    assert model.label.name == "bought"
    assert model.labels == ("no", "yes")


def test_score_model_appends_or_returns_scores_only():
    model, _ = trained_people("Two-Class Logistic Regression")
    rows = dataset(people_csv(5, seed=9, missing=False))
    (all_columns,) = call_module("Score Model", {"Trained model": model, "Dataset": rows})
    assert all_columns.names == ["age", "city", "hours", "smoker", "bought", "Scored Labels", "Scored Probabilities"]
    (scores,) = call_module(
        "Score Model", {"Trained model": model, "Dataset": rows}, **{"Append score columns to output": "False"}
    )
    assert scores.names == ["Scored Labels", "Scored Probabilities"]
    assert set(scores.cells("Scored Labels")) <= {"yes", "no"}
    check_fails("0001", "Score Model", {"Trained model": model, "Dataset": dataset("age\n1\n")})
    texts = dataset("age,city,hours,smoker\nold,Oslo,3,true\n")
    assert "'age'" in check_fails("0017", "Score Model", {"Trained model": model, "Dataset": texts})


def test_evaluate_model_gives_the_documented_columns():
    _, result = trained_people("Two-Class Boosted Decision Tree")
    found = next(value for port, value in result.values.items() if port.node == "Evaluate")
    assert found.names == [
        "AUC",
        "Accuracy",
        "Precision",
        "Recall",
        "F1",
        "True Negative",
        "False Positive",
        "False Negative",
        "True Positive",
    ]
    assert found.evaluated.evaluation.metrics["AUC"] > 0.8


def test_evaluate_model_of_a_regression_gives_the_documented_columns():
    document = "x,y\n" + "\n".join(f"{i},{3 * i + 1}" for i in range(50)) + "\n"
    learner = call_module("Linear Regression", {})[0]
    data = {"Untrained model": learner, "Dataset": dataset(document)}
    (model,) = call_module("Train Model", data, **{"Label column": "y"})
    (scored,) = call_module("Score Model", {"Trained model": model, "Dataset": dataset(document)})
    (found,) = call_module("Evaluate Model", {"Scored dataset": scored})
    assert found.names == [
        "Mean_Absolute_Error",
        "Root_Mean_Squared_Error",
        "Relative_Squared_Error",
        "Relative_Absolute_Error",
        "Coefficient_of_Determination",
    ]
    assert found.evaluated.evaluation.metrics["Coefficient_of_Determination"] > 0.999


def test_evaluate_model_explains_what_is_missing():
    model, _ = trained_people("Two-Class Logistic Regression")
    check_fails("0025", "Evaluate Model", {"Scored dataset": dataset(SMALL)})
    unlabelled = dataset("age,city,hours,smoker\n30,Oslo,3,true\n")
    (scored,) = call_module("Score Model", {"Trained model": model, "Dataset": unlabelled})
    check_fails("0024", "Evaluate Model", {"Scored dataset": scored})
    foreign = dataset("age,city,hours,smoker,bought\n30,Oslo,3,true,perhaps\n")
    (scored,) = call_module("Score Model", {"Trained model": model, "Dataset": foreign})
    check_fails("0058", "Evaluate Model", {"Scored dataset": scored})


def test_two_scored_datasets_give_two_rows():
    one, _ = trained_people("Two-Class Logistic Regression")
    two, _ = trained_people("Two-Class Boosted Decision Tree")
    rows = dataset(people_csv(60, seed=5, missing=False))
    scored = [call_module("Score Model", {"Trained model": model, "Dataset": rows})[0] for model in (one, two)]
    (found,) = call_module("Evaluate Model", {"Scored dataset": scored[0], "Scored dataset to compare": scored[1]})
    assert len(found.frame) == 2
    assert np.isfinite(found.frame["AUC"]).all()


@pytest.mark.parametrize("properties", [{}, {"L1 Regularization weight": 0}, {"L2 Regularizaton weight": 0}])
def test_logistic_regression_takes_each_mix_of_weights(properties):
    model, _ = trained_people("Two-Class Logistic Regression", **properties)
    assert model.pipeline.named_steps["estimator"].coef_.shape[0] == 1


@pytest.mark.parametrize("method", ["Ordinary Least Squares", "Online Gradient Descent"])
def test_linear_regression_solves_by_each_method(method):
    learner = call_module("Linear Regression", {}, **{"Solution method": method})[0]
    rows = dataset("x,y\n" + "\n".join(f"{i},{2 * i}" for i in range(100)) + "\n")
    (model,) = call_module("Train Model", {"Untrained model": learner, "Dataset": rows}, **{"Label column": "y"})
    (scored,) = call_module("Score Model", {"Trained model": model, "Dataset": rows})
    assert abs(scored.cells("Scored Labels")[50] - 100) < 15


@pytest.mark.parametrize(
    "account, key", [("evil;BlobEndpoint=x", "Zm9v"), ("account", "Zm9v;BlobEndpoint=x"), ("A", "x")]
)
def test_import_data_takes_no_settings_smuggled_into_an_account_or_key(account, key):
    given = {
        "Please Specify Authentication Type": "Account",
        "Account Name": account,
        "Account Key": key,
        "Path to container, directory or blob": "data/a.csv",
    }
    check_fails("0064", "Import Data", {}, **given)


RANGE_OF_TREES = "Range for total number of trees constructed"
COSTLY = (
    "trees",
    "iterations",
    "epochs",
    "leaves",
    "depth",
    "splits",
    "folds",
    "bins",
    "centroids",
    "components",
    "oversampling",
    "percentage",
    "neighbors",
    "runs",
    "memory",
    "dimensions",
    "sample count",
)


@pytest.mark.attack("Size and time")
def test_every_number_that_costs_time_or_memory_has_an_upper_bound():
    unbounded = [
        f"{module.name} / {item.name}"
        for module in list_modules()
        for item in module.properties
        if item.kind in (Kind.INTEGER, Kind.RANGE)
        and any(word in item.name.lower() for word in COSTLY)
        and not item.name.startswith("Minimum number of")
        and "minimum number" not in item.name
        and item.maximum is None
    ]
    assert unbounded == []


@pytest.mark.attack("Size and time")
@pytest.mark.parametrize(
    "learner, given",
    [
        ("Two-Class Decision Forest", {"Number of decision trees": 1e9}),
        ("Two-Class Averaged Perceptron", {"Maximum number of iterations": 1e9}),
        (
            "Two-Class Boosted Decision Tree",
            {"Create trainer mode": "ParameterRange", RANGE_OF_TREES: "10; 1000000000"},
        ),
        ("Two-Class Boosted Decision Tree", {"Create trainer mode": "ParameterRange", RANGE_OF_TREES: [10] * 101}),
        ("Two-Class Neural Network", {"Number of hidden nodes": "1000000000"}),
        ("Two-Class Neural Network", {"Number of hidden nodes": "10000, 10000"}),
        ("Two-Class Neural Network", {"Number of hidden nodes": "1," * 10 + "1"}),
        ("Fast Forest Quantile Regression", {"Quantiles to be estimated": "0.5;" * 101}),
        ("K-Means Clustering", {"Number of Centroids": 1e9}),
    ],
)
def test_values_far_above_what_helps_are_refused(learner, given):
    with pytest.raises((PropertyError, ModuleExecutionError)) as caught:
        train_on(learner, clean_people(40), **given)
    assert len(str(caught.value)) < 500


@pytest.mark.attack("Size and time")
def test_a_random_grid_of_any_size_is_drawn_from_without_a_list_of_all():
    names = ("Range for total number of trees constructed", "Range for maximum number of leaves per tree")
    values = {name: list(range(2, 102)) for name in names}
    values |= {
        "Range for minimum number of training instances required to form a leaf": list(range(1, 101)),
        "Range for learning rate": [number / 100 for number in range(1, 101)],
    }
    untrained = untrained_model(
        "Two-Class Boosted Decision Tree", **{"Create trainer mode": "ParameterRange"}, **values
    )
    module = find_module("Tune Model Hyperparameters")
    given = {"Specify parameter sweeping mode": "Random grid", "Maximum number of runs on random grid": 3}
    call = Call("Tune", module, {}, read_properties(module, given), None)
    drawn = _combinations(call, untrained)
    assert len(drawn) == 3
    assert all(len(item) == 4 for item in drawn)


@pytest.mark.attack("Size and time")
def test_stratified_groups_take_time_in_proportion_to_the_rows():
    data = dataset("k\n" + "\n".join(f"key {number}" for number in range(20_000)))
    started = time.process_time()
    groups = groups_of(data, "k", np.arange(20_000)[::-1])
    assert time.process_time() - started < 1
    assert [group.tolist() for group in groups[:2]] == [[19_999], [19_998]]
