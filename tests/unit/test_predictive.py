import pytest

from studio.errors import BadArgument
from studio.graph.document import parse_experiment
from studio.graph.exports import modules_after_scoring
from studio.graph.predictive import derive_predictive, find_predictors
from tests.builders import people_experiment


def test_modules_that_only_train_go_and_row_wise_ones_stay():
    document = derive_predictive(parse_experiment(people_experiment()), "People")
    assert set(document["modules"]) == {"People [trained model]", "Score", "Mark", "Clean"}
    assert document["webServiceInputs"] == [{"name": "input1", "to": ["Mark", "Dataset"]}]
    assert document["webServiceOutputs"] == [{"name": "output1", "from": ["Score", "Scored dataset"]}]


def test_the_predictive_document_is_an_experiment_itself():
    document = derive_predictive(parse_experiment(people_experiment()), "People")
    order = parse_experiment(document).order
    assert order.index("Mark") < order.index("Clean") < order.index("Score")


def test_two_trained_models_are_two_resources_and_two_outputs():
    document = people_experiment()
    document["modules"]["Train 2"] = {"module": "Train Model", "properties": {"Label column": "bought"}}
    document["modules"]["Learner 2"] = {"module": "Two-Class Logistic Regression"}
    document["connections"] += [
        {"from": ["Learner 2", "Untrained model"], "to": ["Train 2", "Untrained model"]},
        {"from": ["Split", "Results dataset1"], "to": ["Train 2", "Dataset"]},
    ]
    experiment = parse_experiment(document)
    found = find_predictors(experiment, "People")
    assert [item.resource for item in found] == ["People [trained model]", "People Train 2 [trained model]"]
    assert [item.output for item in found] == ["output1", "output2"]
    parse_experiment(derive_predictive(experiment, "People"))


def test_score_model_decides_whether_columns_are_appended():
    document = people_experiment()
    document["modules"]["Score"]["properties"] = {"Append score columns to output": False}
    assert not find_predictors(parse_experiment(document), "People")[0].append


def test_an_experiment_without_train_model_cannot_predict():
    document = {"modules": {"Data": {"module": "Enter Data Manually", "properties": {"Data": "a\n1"}}}}
    with pytest.raises(BadArgument, match="no Train Model"):
        find_predictors(parse_experiment(document), "People")


def test_a_list_of_words_is_no_row_to_score_and_comes_along():
    document = people_experiment()
    document["modules"] |= {
        "Words": {"module": "Enter Data Manually", "properties": {"Data": "word\nOslo\n"}},
        "Text": {"module": "Preprocess Text", "properties": {"Text column to clean": ["city"]}},
        "Grams": {"module": "Extract N-Gram Features from Text", "properties": {"Text column": ["city"]}},
    }
    document["connections"][4]["from"] = ["Grams", "Results dataset"]
    document["connections"] += [
        {"from": ["Split", "Results dataset1"], "to": ["Text", "Dataset"]},
        {"from": ["Words", "dataset"], "to": ["Text", "Stop words"]},
        {"from": ["Text", "Results dataset"], "to": ["Grams", "Dataset"]},
    ]
    found = derive_predictive(parse_experiment(document), "People")
    assert found["webServiceInputs"] == [{"name": "input1", "to": ["Mark", "Dataset"]}]
    assert {"from": ["Words", "dataset"], "to": ["Text", "Stop words"]} in found["connections"]
    parse_experiment(found)


def test_transformations_side_by_side_and_their_origins_are_copied():
    document = people_experiment()
    modules, connections = document["modules"], document["connections"]
    modules |= {
        "Scale": {"module": "Normalize Data", "properties": {"Columns to transform": ["hours"]}},
        "Apply": {"module": "Apply Transformation"},
        "Numbers": {"module": "Select Columns in Dataset", "properties": {"Select Columns": ["hours"]}},
        "Both": {"module": "Add Columns"},
    }
    connections[4]["from"] = ["Both", "Combined dataset"]
    connections += [
        {"from": ["Split", "Results dataset1"], "to": ["Scale", "Dataset"]},
        {"from": ["Scale", "Transformation function"], "to": ["Apply", "Transformation"]},
        {"from": ["Split", "Results dataset1"], "to": ["Apply", "Dataset"]},
        {"from": ["Split", "Results dataset1"], "to": ["Numbers", "Dataset"]},
        {"from": ["Apply", "Transformed dataset"], "to": ["Both", "Left dataset"]},
        {"from": ["Numbers", "Results dataset"], "to": ["Both", "Right dataset"]},
    ]
    derived = derive_predictive(parse_experiment(document), "People")
    parse_experiment(derived)
    assert {"Apply", "Numbers", "Both", "Scale", "Mark", "Clean"} <= set(derived["modules"])
    assert derived["webServiceInputs"] == [{"name": "input1", "to": ["Mark", "Dataset"]}]


def test_rows_come_in_behind_a_module_that_makes_a_new_table():
    document = people_experiment()
    document["modules"]["Query"] = {"module": "Apply SQL Transformation"}
    document["connections"][2]["to"] = ["Query", "Table1"]
    document["connections"].append({"from": ["Query", "Results dataset"], "to": ["Split", "Dataset"]})
    derived = derive_predictive(parse_experiment(document), "People")
    assert set(derived["modules"]) == {"People [trained model]", "Score"}
    assert derived["webServiceInputs"] == [{"name": "input1", "to": ["Score", "Dataset"]}]


def exporting(*after, **modules):
    """The people experiment with modules after Score."""
    document = people_experiment()
    export = {"module": "Export Data", "properties": {"Path to container, directory or blob": "scores.csv"}}
    document["modules"] |= {"Export": export, **modules}
    document["connections"] += [{"from": list(source), "to": list(target)} for source, target in after]
    return document


SCORES = ("Score", "Scored dataset")


def test_what_writes_scores_stays_with_what_they_pass_on_the_way():
    select = {"module": "Select Columns in Dataset", "properties": {"Select Columns": ["Scored Labels"]}}
    document = exporting(
        (SCORES, ("Select", "Dataset")), (("Select", "Results dataset"), ("Export", "Dataset")), Select=select
    )
    path = {"name": "where", "module": "Export", "property": "Path to container, directory or blob", "default": "x.csv"}
    document["webServiceParameters"] = [path]
    derived = derive_predictive(parse_experiment(document), "People")
    assert set(derived["modules"]) == {"People [trained model]", "Score", "Mark", "Clean", "Select", "Export"}
    assert derived["webServiceParameters"] == [path]
    assert modules_after_scoring(parse_experiment(derived)) == {"Select", "Export"}


@pytest.mark.parametrize("source", [("Split", "Results dataset1"), ("Evaluate", "Evaluation results")])
def test_what_writes_training_data_or_an_evaluation_is_left_out(source):
    document = exporting((source, ("Export", "Dataset")))
    derived = derive_predictive(parse_experiment(document), "People")
    assert derived == derive_predictive(parse_experiment(people_experiment()), "People")


def test_scores_of_a_second_scorer_are_those_of_the_first():
    scorer = (("Train", "Trained model"), ("Again", "Trained model"))
    document = exporting(
        scorer,
        (("Split", "Results dataset1"), ("Again", "Dataset")),
        (("Again", "Scored dataset"), ("Export", "Dataset")),
        Again={"module": "Score Model"},
    )
    derived = derive_predictive(parse_experiment(document), "People")
    assert {"from": ["Score", "Scored dataset"], "to": ["Export", "Dataset"]} in derived["connections"]


def test_scores_that_need_the_training_on_their_way_are_refused():
    judged = {"module": "Permutation Feature Importance"}
    document = exporting(
        (("Train", "Trained model"), ("Judge", "Trained model")),
        (SCORES, ("Judge", "Test data")),
        (("Judge", "Feature importance"), ("Export", "Dataset")),
        Judge=judged,
    )
    with pytest.raises(
        BadArgument, match=r"'Export' writes scores that pass '(Judge|Train|Learner)', which only training"
    ):
        derive_predictive(parse_experiment(document), "People")
