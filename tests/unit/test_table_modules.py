"""Modules that choose rows, make new tables, or measure models."""

import sys
import zipfile

import numpy as np
import pytest

from studio.errors import ModuleExecutionError
from studio.graph.contract import Effect
from studio.graph.palette import list_modules
from studio.graph.scripts import pin_scripts, script_digest
from studio.model.export.graphs import export_graph
from studio.model.packaging import check_parity
from studio.tables.schema import ColumnType
from tests.builders import call_module, clean_people, dataset, load_packed, score_rows, train_on, untrained_model

# Seconds of processor time: `make check` leaves them to `make test`.
pytestmark = pytest.mark.slow

LEFT, RIGHT = "k,a\n1,x\n2,y\n2,z\n,w\n", "k,b\n2,10\n3,20\n2,30\n,40\n"
KEYS = {
    "Comma-separated case-sensitive names of join key columns for L": "k",
    "Comma-separated case-sensitive names of join key columns for R": "k",
}


def one(name, data, port="Dataset", **given):
    return call_module(name, {port: data}, **given)[0]


def rows_of(found):
    return [tuple(row) for row in found.rows()]


def test_add_rows_matches_columns_by_name():
    found = call_module("Add Rows", {"Dataset1": dataset("a,b\n1,x\n"), "Dataset2": dataset("b,a\ny,2.5\n")})[0]
    assert found.names == ["a", "b"]
    assert rows_of(found) == [(1.0, "x"), (2.5, "y")]
    with pytest.raises(ModuleExecutionError, match=r"0010.*'a'"):
        call_module("Add Rows", {"Dataset1": dataset("a\n1\n"), "Dataset2": dataset("c\n1\n")})
    with pytest.raises(ModuleExecutionError, match="0016"):
        call_module("Add Rows", {"Dataset1": dataset("a\n1\n"), "Dataset2": dataset("a\nx\n")})


def test_add_columns_of_other_tables_makes_a_new_one():
    found = call_module("Add Columns", {"Left dataset": dataset("a\n1\n2\n"), "Right dataset": dataset("a\nx\ny\n")})[0]
    assert found.names == ["a", "a (1)"]
    assert rows_of(found) == [(1, "x"), (2, "y")]
    with pytest.raises(ModuleExecutionError, match="0027"):
        call_module("Add Columns", {"Left dataset": dataset("a\n1\n"), "Right dataset": dataset("b\n1\n2\n")})


@pytest.mark.parametrize(
    "kind, expected",
    [
        ("Inner Join", [(2, "y", 2, 10), (2, "y", 2, 30), (2, "z", 2, 10), (2, "z", 2, 30)]),
        ("Left Semi-Join", [(2, "y"), (2, "z")]),
        (
            "Left Outer Join",
            [
                (2, "y", 2, 10),
                (2, "y", 2, 30),
                (2, "z", 2, 10),
                (2, "z", 2, 30),
                (1, "x", None, None),
                (None, "w", None, None),
            ],
        ),
    ],
)
def test_join_data(kind, expected):
    data = {"Dataset1": dataset(LEFT), "Dataset2": dataset(RIGHT)}
    (found,) = call_module("Join Data", data, **KEYS, **{"Join type": kind})
    assert rows_of(found) == expected


def test_join_data_keeps_all_rows_of_both_sides_and_drops_keys_when_asked():
    data = {"Dataset1": dataset(LEFT), "Dataset2": dataset(RIGHT)}
    (full,) = call_module("Join Data", data, **KEYS, **{"Join type": "Full Outer Join"})
    assert full.names == ["k", "a", "k (1)", "b"]
    assert len(full.frame) == 4 + 2 + 2
    (short,) = call_module("Join Data", data, **KEYS, **{"Keep right key columns in joined table": False})
    assert short.names == ["k", "a", "b"]
    texts = {"Dataset1": dataset("k\nA\nb\n"), "Dataset2": dataset("k,v\na,1\nB,2\n")}
    assert len(call_module("Join Data", texts, **KEYS)[0].frame) == 0
    assert len(call_module("Join Data", texts, **KEYS, **{"Match case": False})[0].frame) == 2
    with pytest.raises(ModuleExecutionError, match="0016"):
        call_module("Join Data", {"Dataset1": dataset(LEFT), "Dataset2": texts["Dataset2"]}, **KEYS)


def test_a_model_trained_behind_a_join_takes_the_joined_columns():
    people = clean_people(200)
    cities = dataset("city,inhabitants\nOslo,700\nLima,10000\nCairo,9500\nKyoto,1400\n")
    keys = dict.fromkeys(KEYS, "city")
    (joined,) = call_module("Join Data", {"Dataset1": people, "Dataset2": cities}, **keys)
    model = load_packed(train_on("Two-Class Logistic Regression", joined))
    assert [column.name for column in model.encoder.sources][-1] == "inhabitants"
    assert score_rows(model, [["30", "Oslo", "5", "true", "Oslo", "700"]])


def test_remove_duplicate_rows():
    data = dataset("a,b\n1,x\n1,y\n2,x\n1,x\n")
    assert rows_of(one("Remove Duplicate Rows", data)) == [(1, "x"), (1, "y"), (2, "x")]
    by_a = {"Key column selection filter expression": "a"}
    assert rows_of(one("Remove Duplicate Rows", data, **by_a)) == [(1, "x"), (2, "x")]
    last = by_a | {"Retain first duplicate row": False}
    assert rows_of(one("Remove Duplicate Rows", data, **last)) == [(2, "x"), (1, "x")]


@pytest.mark.parametrize(
    "expression, kept",
    [
        ('\\"a" > 3', [4, 5]),
        ('"a" >= 3', [3, 4, 5]),
        ('\\"a" != 3', [1, 2, 4, 5]),
        ('\\"a" > 1 & \\"a" < 4', [2, 3]),
        ('\\"a" < 2 | > 4', [1, 5]),
        ('\\"a" == 1 | > 2 & < 4', [1, 3]),
    ],
)
def test_split_data_by_a_relative_expression(expression, kept):
    data = dataset("a\n1\n2\n3\n4\n5\n\n")
    given = {"Splitting mode": "Relative Expression", "Relational expression": expression}
    first, second = call_module("Split Data", {"Dataset": data}, **given)
    assert first.cells("a") == kept
    assert len(first.frame) + len(second.frame) == len(data.frame)


@pytest.mark.parametrize(
    "expression", ["a > 3", '\\"a" >', '\\"a" > x', '\\"zz" > 1', '\\"a" > 1 & \\"t" > 2', '\\"t" > 1']
)
def test_split_data_explains_relative_expressions_it_cannot_read(expression):
    data = dataset("a,t\n1,x\n2,y\n")
    given = {"Splitting mode": "Relative Expression", "Relational expression": expression}
    with pytest.raises(ModuleExecutionError, match=r"0001|0002|0017"):
        call_module("Split Data", {"Dataset": data}, **given)


def test_split_data_by_a_regular_expression_and_by_date():
    (data,) = call_module(
        "Edit Metadata",
        {"Dataset": dataset("t,d\nOslo,2026-01-05\nLima,2026-02-05\nOskar,\n")},
        Column="d",
        **{"Data Type": "DateTime"},
    )
    given = {"Splitting mode": "Regular Expression", "Regular expression": '\\"t" ^Os'}
    first, second = call_module("Split Data", {"Dataset": data}, **given)
    assert (first.cells("t"), second.cells("t")) == (["Oslo", "Oskar"], ["Lima"])
    given = {"Splitting mode": "Relative Expression", "Relational expression": '\\"d" < 2026-02-01'}
    assert call_module("Split Data", {"Dataset": data}, **given)[0].cells("t") == ["Oslo"]
    bad = {"Splitting mode": "Regular Expression", "Regular expression": '\\"t" (('}
    with pytest.raises(ModuleExecutionError, match="0002"):
        call_module("Split Data", {"Dataset": data}, **bad)


def test_partition_and_sample():
    data = dataset("a,g\n" + "\n".join(f"{i},{'xy'[i % 4 == 0]}" for i in range(100)) + "\n")

    def sample(**given):
        return one("Partition and Sample", data, **given)

    assert len(sample(**{"Rate of sampling": 0.2}).frame) == 20
    stratified = {
        "Rate of sampling": 0.2,
        "Stratified split for sampling": "True",
        "Stratification key column for sampling": "g",
    }
    assert sample(**stratified).cells("g").count("y") == 5
    assert sample(**{"Partition or sample mode": "Head", "Number of rows to select": 3}).cells("a") == [0, 1, 2]
    folds = sample(
        **{"Partition or sample mode": "Assign to Folds", "Stratified split": "True", "Stratification key column": "g"}
    )
    assert np.bincount(folds.folds).tolist() == [0, 20, 20, 20, 20, 20]
    pick = {"Partition or sample mode": "Pick Fold", "Specify which fold to be sampled from": 2}
    assert len(one("Partition and Sample", folds, **pick).frame) == 20
    rest = pick | {"Pick complement of the selected fold": True}
    assert len(one("Partition and Sample", folds, **rest).frame) == 80
    with pytest.raises(ModuleExecutionError, match="0018"):
        sample(**pick)
    with pytest.raises(ModuleExecutionError, match="0008"):
        one("Partition and Sample", folds, **(pick | {"Specify which fold to be sampled from": 6}))
    custom = {
        "Partition or sample mode": "Assign to Folds",
        "Specify the partitioner method": "Partition with customized proportions",
        "Proportion list of customized folds separated by comma": "0.5, 0.2",
    }
    assert np.bincount(sample(**custom).folds).tolist() == [0, 50, 20, 30]


def test_smote_adds_rows_between_rows_of_the_rarer_label():
    rows = "\n".join(f"{i},{'red' if i < 50 else 'blue'},{'rare' if i % 10 == 0 else 'common'}" for i in range(100))
    data = dataset(f"n,t,label\n{rows}\n")
    given = {"Label column": "label", "SMOTE percentage": 300, "Number of nearest neighbors": 2}
    (found,) = call_module("SMOTE", {"Samples": data}, **given)
    assert len(found.frame) == 130
    assert found.cells("label").count("rare") == 40
    made_up = found.cells("n")[100:]
    assert all(0 <= number <= 90 for number in made_up)
    assert set(made_up) - {float(10 * i) for i in range(10)}
    model = train_on("Two-Class Logistic Regression", found, "label")
    assert len(model.golden) == 8
    assert check_parity(model, export_graph(model), []).holds
    with pytest.raises(ModuleExecutionError, match="0021"):
        call_module("SMOTE", {"Samples": data}, **(given | {"Number of nearest neighbors": 10}))
    with pytest.raises(ModuleExecutionError, match="0083"):
        call_module("SMOTE", {"Samples": dataset("n,label\n1,a\n2,a\n")}, **{"Label column": "label"})


def test_sql_over_three_datasets():
    script = (
        "create table s as select * from t1; select t1.a, n, t3.w as w from t1 join t2 on t1.a = t2.a, t3 order by n;"
    )
    tables = {"Table1": dataset("a,b\nx,1\ny,2\n"), "Table2": dataset("a,n\ny,2.5\nx,1\n"), "Table3": dataset("w\n7\n")}
    (found,) = call_module("Apply SQL Transformation", tables, **{"SQL Query Script": script})
    assert [column.type for column in found.schema] == [ColumnType.STRING, ColumnType.DOUBLE, ColumnType.INT32]
    assert rows_of(found) == [("x", 1.0, 7), ("y", 2.5, 7)]


@pytest.mark.parametrize(
    "script, number",
    [
        ("select nothing from t1", "0069"),
        ("create table x (a)", "0069"),
        ("attach database '/tmp/stolen.db' as s; select 1 as a", "0069"),
        ("select load_extension('x')", "0069"),
        ("select a, a from t1", "0028"),
        ("select 1 as m union select 'x'", "0045"),
    ],
)
def test_sql_mistakes_are_explained(script, number):
    with pytest.raises(ModuleExecutionError, match=number):
        call_module("Apply SQL Transformation", {"Table1": dataset("a\n1\n")}, **{"SQL Query Script": script})


def test_a_script_that_was_deployed_is_run_by_name():
    (found,) = call_module(
        "Execute Python Script", {"Dataset1": dataset("a,b\n6,3\n1,0\n")}, Script="ratio_of_two_columns"
    )
    assert found.cells("ratio") == [2.0, None]
    assert found.column("a").type is ColumnType.INT64


@pytest.fixture
def bundles(tmp_path, monkeypatch):
    """Two bundles, a folder and a zip file, each with a module `helpers`, and a script that imports it when it runs."""
    import studio.graph.scripts

    for name, factor in (("by two", 2), ("by three", 3)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "helpers.py").write_text(f"FACTOR = {factor}\n")
    with zipfile.ZipFile(tmp_path / "by five.zip", "w") as archive:
        archive.writestr("helpers.py", "FACTOR = 5\n")
    script = "def azureml_main(frame, other=None):\n    import helpers\n    return frame * helpers.FACTOR\n"
    (tmp_path / "times.py").write_text(script)
    monkeypatch.setattr(studio.graph.scripts, "FOLDER", tmp_path)


def test_a_script_imports_the_modules_of_its_bundle_and_of_no_other(bundles):
    for bundle, expected in (("by two", 2), ("by three", 3), ("by five.zip", 5), ("by five", 5), ("by two", 2)):
        given = {"Script": "times", "Script Bundle": bundle}
        assert one("Execute Python Script", dataset("a\n1\n"), port="Dataset1", **given).cells("a") == [expected]
    assert "helpers" not in sys.modules
    with pytest.raises(ModuleExecutionError, match=r"0085.*No module named 'helpers'"):
        one("Execute Python Script", dataset("a\n1\n"), port="Dataset1", Script="times")


@pytest.mark.attack("Scripts")
@pytest.mark.parametrize("bundle", ["..", ".", "/tmp", "by two/../..", "nothing", "times.py", "../scripts"])
def test_only_a_deployed_bundle_is_imported(bundle, bundles):
    given = {"Script": "times", "Script Bundle": bundle}
    with pytest.raises(ModuleExecutionError, match=r"0085.*Deployed bundles: by five.zip, by three, by two"):
        one("Execute Python Script", dataset("a\n1\n"), port="Dataset1", **given)


@pytest.mark.parametrize(
    "name", ["../studio/keys", "nothing", "os", "import os", "ratio_of_two_columns;x", "/etc/passwd"]
)
def test_a_script_that_was_not_deployed_is_refused(name):
    with pytest.raises(ModuleExecutionError, match=r"0085.*Deployed scripts: .*ratio_of_two_columns"):
        call_module("Execute Python Script", {"Dataset1": dataset("a\n1\n")}, Script=name)


def test_a_script_that_fails_says_how():
    with pytest.raises(ModuleExecutionError, match=r"0085.*failed"):
        call_module("Execute Python Script", {"Dataset1": dataset("a\nx\n")}, Script="ratio_of_two_columns.py")


@pytest.mark.parametrize(
    "method",
    [
        "PearsonCorrelation",
        "MutualInformation",
        "KendallCorrelation",
        "SpearmanCorrelation",
        "ChiSquared",
        "FisherScore",
    ],
)
def test_feature_selection_finds_the_feature_that_matters(method):
    rng = np.random.default_rng(0)
    rows = "\n".join(f"{rng.normal()},{value + rng.normal()},same,{value > 0}" for value in rng.normal(size=200) * 3)
    data = dataset(f"noise,signal,constant,label\n{rows}\n")
    given = {"Target column": "label", "Feature scoring method": method}
    kept, scores = call_module("Filter Based Feature Selection", {"Dataset": data}, **given)
    assert kept.names == ["signal", "label"]
    assert scores.names[:2] == ["label", "signal"]
    assert scores.cells("constant") == [0.0]


def test_permutation_importance_names_the_column_that_matters():
    model = train_on("Two-Class Boosted Decision Tree", clean_people(500))
    data = {"Trained model": model, "Test data": clean_people(300, seed=9)}
    for metric in ("Accuracy", "Average Log Loss"):
        (found,) = call_module("Permutation Feature Importance", data, **{"Metric for measuring performance": metric})
        assert found.cells("Feature")[0] == "city"
        assert found.cells("Score") == sorted(found.cells("Score"), reverse=True)
    with pytest.raises(ModuleExecutionError, match="0062"):
        call_module(
            "Permutation Feature Importance", data, **{"Metric for measuring performance": "Mean Absolute Error"}
        )


@pytest.mark.parametrize("mode, runs", [("Entire grid", 8), ("Random grid", 3), ("Random sweep", 3)])
@pytest.mark.parametrize("validated", [True, False])
def test_tune_model_hyperparameters(mode, runs, validated):
    learner = untrained_model(
        "Two-Class Boosted Decision Tree",
        **{
            "Create trainer mode": "ParameterRange",
            "Range for maximum number of leaves per tree": "2; 12",
            "Range for minimum number of training instances required to form a leaf": "5; 20",
            "Range for learning rate": [0.01, 0.3],
            "Range for total number of trees constructed": 6,
        },
    )
    data = {"Untrained model": learner, "Training dataset": clean_people(300)}
    if validated:
        data["Validation dataset"] = clean_people(200, seed=8)
    given = {
        "Specify parameter sweeping mode": mode,
        "Name or numerical index of the label column": "bought",
        "Metric for measuring performance for classification": "AUC",
        f"Maximum number of runs on random {'grid' if mode == 'Random grid' else 'sweep'}": 3,
    }
    if mode == "Entire grid":
        given.popitem()
    results, best = call_module("Tune Model Hyperparameters", data, **given)
    aucs = results.cells("AUC")
    assert len(aucs) == runs
    assert aucs == sorted(aucs, reverse=True)
    assert (
        best.untrained.properties["Maximum number of leaves per tree"]
        == results.cells("Maximum number of leaves per tree")[0]
    )
    assert best.untrained.properties["The learning rate"] == results.cells("The learning rate")[0]
    assert check_parity(best, export_graph(best), []).holds


@pytest.mark.parametrize(
    "learner, label, metric",
    [
        ("Multiclass Logistic Regression", "city", "Accuracy"),
        ("Decision Forest Regression", "age", "Root of mean squared error"),
        pytest.param("Fast Forest Quantile Regression", "age", "Mean absolute error", marks=pytest.mark.long),
        ("Two-Class Logistic Regression", "bought", "Average Log Loss"),
    ],
)
def test_tuning_goes_for_every_task(learner, label, metric):
    mode = {"Create trainer mode": "ParameterRange"}
    data = {"Untrained model": untrained_model(learner, **mode), "Training dataset": clean_people(150)}
    kind = "regression" if label == "age" else "classification"
    given = {
        "Name or numerical index of the label column": label,
        f"Metric for measuring performance for {kind}": metric,
    }
    results, best = call_module(
        "Tune Model Hyperparameters", data, **given, **{"Maximum number of runs on random sweep": 2}
    )
    assert len(results.frame) <= 2
    assert best.label.name == label


def test_a_metric_of_another_task_is_refused():
    data = {"Untrained model": untrained_model("Multiclass Logistic Regression"), "Training dataset": clean_people(100)}
    given = {
        "Name or numerical index of the label column": "city",
        "Metric for measuring performance for classification": "AUC",
    }
    with pytest.raises(ModuleExecutionError, match="0062"):
        call_module("Tune Model Hyperparameters", data, **given)


@pytest.mark.parametrize(
    "learner, label, metric",
    [
        ("Two-Class Logistic Regression", "bought", "AUC"),
        ("Multiclass Decision Forest", "city", "Overall_Accuracy"),
        ("Linear Regression", "age", "Mean_Absolute_Error"),
    ],
)
def test_cross_validate_model(learner, label, metric):
    data = {"Untrained model": untrained_model(learner), "Dataset": clean_people(203)}
    given = {"Name or numerical index of the label column": label}
    scored, by_fold = call_module("Cross Validate Model", data, **given)
    known = sum(cell is not None for cell in clean_people(203).cells(label))
    assert len(scored.frame) == known
    assert by_fold.cells("Fold Number") == [*(str(fold) for fold in range(1, 11)), "Mean", "Standard Deviation"]
    assert by_fold.names[:2] == ["Fold Number", "Number of examples in fold"]
    assert sum(by_fold.cells("Number of examples in fold")[:10]) == known
    assert np.isclose(by_fold.cells(metric)[10], np.mean(by_fold.cells(metric)[:10]))


def test_cross_validation_takes_assigned_folds():
    given = {
        "Partition or sample mode": "Assign to Folds",
        "Specify how many folds do you want to split evenly into": 3,
    }
    folds = one("Partition and Sample", clean_people(120), **given)
    data = {"Untrained model": untrained_model("Two-Class Logistic Regression"), "Dataset": folds}
    _, by_fold = call_module("Cross Validate Model", data, **{"Name or numerical index of the label column": "bought"})
    assert by_fold.cells("Number of examples in fold")[:3] == [40, 40, 40]


def test_evaluate_several_classes():
    people = clean_people(500)
    model = train_on("Multiclass Decision Forest", people)
    (scored,) = call_module("Score Model", {"Trained model": model, "Dataset": people})
    assert scored.names[-5:] == [
        'Scored Probabilities for Class "Cairo"',
        'Scored Probabilities for Class "Kyoto"',
        'Scored Probabilities for Class "Lima"',
        'Scored Probabilities for Class "Oslo"',
        "Scored Labels",
    ]
    (found,) = call_module("Evaluate Model", {"Scored dataset": scored})
    assert found.names == [
        "Overall_Accuracy",
        "Average_Accuracy",
        "Micro_Precision",
        "Macro_Precision",
        "Micro_Recall",
        "Macro_Recall",
        "Top_3_Accuracy",
    ]
    details = found.evaluated.evaluation.details
    matrix = np.array(details["confusionMatrix"])
    assert np.isclose(np.trace(matrix) / matrix.sum(), found.cells("Overall_Accuracy")[0])
    assert details["topK"] == sorted(details["topK"])


def test_evaluate_clusters_and_anomalies():
    people = clean_people(200)
    clusters, assigned = call_module(
        "Train Clustering Model",
        {"Untrained model": untrained_model("K-Means Clustering", **{"Number of Centroids": 3}), "Dataset": people},
    )
    assert assigned.names[-4:] == ["Assignments", *(f"DistancesToClusterCenter no.{i}" for i in range(3))]
    (found,) = call_module("Evaluate Model", {"Scored dataset": assigned})
    assert found.cells("Result Description")[-1] == "Combined Evaluation"
    assert sum(found.cells("Number of Points")[:3]) == 200
    with pytest.raises(ModuleExecutionError, match="0013"):
        call_module("Score Model", {"Trained model": clusters, "Dataset": people})
    (marked,) = call_module("Edit Metadata", {"Dataset": people}, Column="bought", Fields="Labels")
    detector = train_on("PCA-Based Anomaly Detection", marked)
    (scored,) = call_module("Score Model", {"Trained model": detector, "Dataset": marked})
    (found,) = call_module("Evaluate Model", {"Scored dataset": scored})
    assert found.names[0] == "AUC"


def test_evaluation_details_are_there_for_plots():
    people = clean_people(400)
    model = train_on("Two-Class Logistic Regression", people)
    (scored,) = call_module("Score Model", {"Trained model": model, "Dataset": people})
    details = call_module("Evaluate Model", {"Scored dataset": scored})[0].evaluated.evaluation.details
    assert {"roc", "precisionRecall", "lift", "calibration", "scoreHistogram", "confusionMatrix", "threshold"} <= set(
        details
    )
    assert details["lift"]["lift"][-1] == pytest.approx(1)
    assert sum(details["calibration"]["rows"]) == 400
    assert sum(sum(details["scoreHistogram"][side]["counts"]) for side in ("negative", "positive")) == 400
    forest = train_on("Decision Forest Regression", people)
    (scored,) = call_module("Score Model", {"Trained model": forest, "Dataset": people})
    details = call_module("Evaluate Model", {"Scored dataset": scored})[0].evaluated.evaluation.details
    known = sum(cell is not None for cell in people.cells("age"))
    assert sum(details["residualHistogram"]["counts"]) == known


def test_models_of_other_kinds_are_refused_by_trainers():
    people = clean_people(50)
    for trainer, learner in (
        ("Train Model", "K-Means Clustering"),
        ("Train Clustering Model", "Linear Regression"),
        ("Train Anomaly Detection Model", "Linear Regression"),
        ("Cross Validate Model", "K-Means Clustering"),
    ):
        with pytest.raises(ModuleExecutionError, match="0013"):
            call_module(trainer, {"Untrained model": untrained_model(learner), "Dataset": people})
    base = {"Untrained binary classification model": untrained_model("Linear Regression")}
    with pytest.raises(ModuleExecutionError, match="0013"):
        call_module("One-vs-All Multiclass", base)


def test_modules_that_choose_rows_leave_columns_alone():
    people = clean_people(200)
    for module in list_modules():
        if module.effect is Effect.ROWS and module.name != "SMOTE":
            (port,) = module.inputs
            found = call_module(module.name, {port.name: people})[0]
            assert found.columns == people.columns, module.name


@pytest.mark.attack("Size and time")
@pytest.mark.parametrize("kind", ["Inner Join", "Left Outer Join", "Full Outer Join", "Left Semi-Join"])
def test_a_join_that_would_fill_the_memory_is_refused(kind):
    many = dataset("k,a\n" + "1,x\n" * 8_000)
    with pytest.raises(ModuleExecutionError, match=r"0138.*64,000,000 rows"):
        call_module("Join Data", {"Dataset1": many, "Dataset2": many}, **KEYS, **{"Join type": kind})


@pytest.mark.attack("Size and time")
def test_smote_refuses_texts_that_are_all_different():
    rows = [f"text {number},{'rare' if number % 3 == 0 else 'usual'}" for number in range(40_000)]
    given = {"Label column": "label", "SMOTE percentage": 100}
    with pytest.raises(ModuleExecutionError, match=r"0138.*13,334 different values"):
        call_module("SMOTE", {"Samples": dataset("\n".join(["t,label", *rows]))}, **given)


@pytest.fixture
def inverse(tmp_path, monkeypatch):
    """A script that fails for a row whose number is 0, and changes nothing else."""
    import studio.graph.scripts

    monkeypatch.setattr(studio.graph.scripts, "FOLDER", tmp_path)
    path = tmp_path / "inverse.py"
    path.write_text(
        "def azureml_main(frame, other=None):\n    return frame.assign(b=[1 / value for value in frame.a])\n"
    )
    return path


@pytest.mark.parametrize("place", [1, 2, 3, 7, 8])
def test_on_the_scoring_path_a_script_that_fails_names_the_row(place, inverse):
    rows = "\n".join("0" if row == place else "2" for row in range(1, 9))
    (pinned,) = pin_scripts(
        {"modules": {"S": {"module": "Execute Python Script", "properties": {"Script": "inverse"}}}}
    )["modules"].values()
    message = rf"0085.*'inverse' failed at row {place}: ZeroDivisionError"
    with pytest.raises(ModuleExecutionError, match=message):
        one("Execute Python Script", dataset(f"a\n{rows}\n"), port="Dataset1", **pinned["properties"])


@pytest.mark.attack("Scripts")
def test_a_script_that_was_changed_after_publishing_does_not_score(inverse):
    given = {"Script": "inverse", "Script hash": script_digest("inverse")}
    data = dataset("a\n2\n")
    assert one("Execute Python Script", data, port="Dataset1", **given).cells("b") == [0.5]
    inverse.write_text(inverse.read_text().replace("1 / value", "2 / value"))
    with pytest.raises(ModuleExecutionError, match=r"0085.*not the one that the web service was published with"):
        one("Execute Python Script", data, port="Dataset1", **given)
    inverse.unlink()
    with pytest.raises(ModuleExecutionError, match=r"0085.*publish the experiment again"):
        one("Execute Python Script", data, port="Dataset1", **given)


def test_the_hash_is_that_of_the_bundle_too(bundles, tmp_path):
    before = [script_digest("times", bundle) for bundle in ("by two", "by three", "by five", "by five.zip", None)]
    assert len(set(before)) == 4
    (tmp_path / "by two" / "helpers.py").write_text("FACTOR = 4\n")
    assert script_digest("times", "by two") != before[0]
    assert script_digest("times", "../by two") == before[-1]
