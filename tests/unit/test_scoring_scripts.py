"""Which scripts a derived predictive experiment keeps, and what publishing says of those that it cannot keep."""

import pytest

from studio.errors import BadArgument, ModuleExecutionError
from studio.graph.document import parse_experiment
from studio.graph.predictive import derive_predictive
from studio.graph.scripts import script_digest
from tests.builders import call_module, dataset, people_experiment

# Seconds of processor time: `make check` leaves them to `make test`.
pytestmark = pytest.mark.slow


def script(runs=True, name="ratio_of_two_columns"):
    return {"module": "Execute Python Script", "properties": {"Script": name, "Runs when scoring": runs}}


def connected(*pairs, **modules):
    """The people experiment with further modules, and connections that replace those to the same port."""
    document = people_experiment()
    document["modules"] |= modules
    new = [{"from": list(source), "to": list(target)} for source, target in pairs]
    taken = [item["to"] for item in new]
    document["connections"] = [item for item in document["connections"] if item["to"] not in taken] + new
    return document


BEFORE = (
    (("Mark", "Results dataset"), ("Ratio", "Dataset1")),
    (("Ratio", "Result Dataset"), ("Clean", "Dataset")),
)
AFTER = ((("Score", "Scored dataset"), ("Decide", "Dataset1")),)


def derive(document):
    found = derive_predictive(parse_experiment(document), "People")
    parse_experiment(found)
    return found


def edges(document):
    return {(*item["from"], *item["to"]) for item in document["connections"]}


def test_a_script_is_left_out_unless_it_says_that_it_runs_when_scoring():
    plain = derive(people_experiment())
    document = derive(connected(*BEFORE, *AFTER, Ratio=script(False), Decide=script(False)))
    assert set(document["modules"]) == {"People [trained model]", "Score", "Clean"}
    assert document["webServiceInputs"] == [{"name": "input1", "to": ["Clean", "Dataset"]}]
    assert document["webServiceOutputs"] == plain["webServiceOutputs"]


def test_scripts_before_and_after_the_model_stay_and_the_model_does_what_is_between():
    document = derive(connected(*BEFORE, *AFTER, Ratio=script(), Decide=script(name="decide_by_probability")))
    assert set(document["modules"]) == {"People [trained model]", "Score", "Ratio", "Decide"}
    assert document["modules"]["Score"]["properties"]["Append columns as in training"] is True
    assert document["webServiceInputs"] == [{"name": "input1", "to": ["Ratio", "Dataset1"]}]
    assert document["webServiceOutputs"] == [{"name": "output1", "from": ["Decide", "Result Dataset"]}]
    assert edges(document) == {
        ("People [trained model]", "Trained model", "Score", "Trained model"),
        ("Ratio", "Result Dataset", "Score", "Dataset"),
        ("Score", "Scored dataset", "Decide", "Dataset1"),
    }


def test_after_the_model_alone_rows_enter_at_the_scorer():
    document = derive(connected(*AFTER, Decide=script(name="decide_by_probability")))
    assert document["webServiceInputs"] == [{"name": "input1", "to": ["Score", "Dataset"]}]
    assert set(document["modules"]) == {"People [trained model]", "Score", "Decide"}


def test_modules_that_learn_nothing_stay_between_two_scripts():
    document = derive(
        connected(
            BEFORE[0],
            (("Ratio", "Result Dataset"), ("Choose", "Dataset")),
            (("Choose", "Results dataset"), ("Again", "Dataset1")),
            (("Again", "Result Dataset"), ("Clean", "Dataset")),
            Ratio=script(),
            Again=script(),
            Choose={"module": "Select Columns in Dataset", "properties": {"Select Columns": ["age", "bought"]}},
        )
    )
    assert {
        ("Ratio", "Result Dataset", "Choose", "Dataset"),
        ("Choose", "Results dataset", "Again", "Dataset1"),
        ("Again", "Result Dataset", "Score", "Dataset"),
    } < edges(document)
    assert document["webServiceInputs"] == [{"name": "input1", "to": ["Ratio", "Dataset1"]}]


def test_the_script_that_a_parameter_names_is_the_one_that_stays():
    document = connected(*BEFORE, Ratio={"module": "Execute Python Script", "properties": {"Runs when scoring": True}})
    document["webServiceParameters"] = [
        {"name": "which", "module": "Ratio", "property": "Script", "default": "ratio_of_two_columns"}
    ]
    assert derive(document)["modules"]["Ratio"]["properties"]["Script"] == "ratio_of_two_columns"


@pytest.mark.attack("Scripts")
@pytest.mark.parametrize(
    ("document", "words"),
    [
        (
            connected(
                (("Clean", "Cleaned dataset"), ("Ratio", "Dataset1")),
                (("Ratio", "Result Dataset"), ("Split", "Dataset")),
                Ratio=script(),
            ),
            r"'Ratio'.*gets what 'Clean' \(Clean Missing Data\) makes of the training data.*before 'Clean'",
        ),
        (
            connected(*BEFORE, (("Data", "Results dataset"), ("Ratio", "Dataset2")), Ratio=script()),
            "second dataset at 'Dataset2'",
        ),
        (
            connected((("Data", "Results dataset"), ("Aside", "Dataset1")), Aside=script()),
            r"'Aside'.*not on the path of the rows.*Set 'Runs when scoring' to false",
        ),
        (
            connected(
                BEFORE[1],
                (("Data", "Results dataset"), ("First", "Dataset1")),
                (("First", "Result Dataset"), ("Mark", "Dataset")),
                (("Mark", "Results dataset"), ("Other", "Dataset1")),
                (("Other", "Result Dataset"), ("Ratio", "Dataset1")),
                First=script(),
                Ratio=script(),
                Other=script(False),
            ),
            "'First'.*not on the path",
        ),
        (
            connected(
                (("Evaluate", "Evaluation results"), ("Decide", "Dataset1")),
                Decide=script(),
            ),
            r"pass 'Evaluate' \(Evaluate Model\)",
        ),
        (
            connected(*AFTER, (("Score", "Scored dataset"), ("Other", "Dataset1")), Decide=script(), Other=script()),
            "both end the path of the same scores",
        ),
        (
            connected(
                *BEFORE,
                (("Learner", "Untrained model"), ("Train 2", "Untrained model")),
                (("Data", "Results dataset"), ("Train 2", "Dataset")),
                Ratio=script(),
                **{"Train 2": {"module": "Train Model", "properties": {"Label column": "bought"}}},
            ),
            "would enter at 'Score Train 2' and 'Ratio'",
        ),
    ],
)
def test_what_cannot_be_kept_is_refused_with_what_to_do(document, words):
    with pytest.raises(BadArgument, match=words):
        derive(document)


@pytest.fixture
def dropping(tmp_path, monkeypatch):
    monkeypatch.setattr("studio.graph.scripts.FOLDER", tmp_path)
    (tmp_path / "dropping.py").write_text("def azureml_main(frame, other=None):\n    return frame[frame.a > 1]\n")
    return {"Script": "dropping", "Script hash": script_digest("dropping")}


@pytest.mark.attack("Scripts")
def test_a_script_that_drops_rows_cannot_answer_for_them(dropping):
    rows = {"Dataset1": dataset("a\n1\n2\n3\n")}
    assert call_module("Execute Python Script", rows, **dropping)[0].cells("a") == [2, 3]
    with pytest.raises(
        ModuleExecutionError, match=r"made 2 rows of 3\. A script that runs when scoring returns one row"
    ):
        call_module("Execute Python Script", rows, **dropping, **{"Runs when scoring": True})
