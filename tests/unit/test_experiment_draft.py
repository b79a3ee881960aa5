"""`perennial experiment new`: the experiment it writes is sound, and its learner suits the label."""

import json
import random

import pytest
from typer.testing import CliRunner

from perennial import PerennialError, cli
from perennial.experiment_draft import CLASSES, LEARNERS, NUMBERS, TWO_CLASSES, draft_experiment
from studio.graph.contract import PortType
from studio.graph.document import parse_experiment
from studio.graph.palette import list_modules
from studio.graph.predictive import check_model_names, derive_predictive
from studio.problems import Problems
from tests.builders import run_document

RNG = random.Random(0)


def table(folder, cells, header="age,city,label", separator=",", encoding="utf-8"):
    rows = [header.replace(",", separator)]
    rows += [separator.join([str(RNG.randint(18, 90)), RNG.choice(("Oslo", "Kyoto")), str(cell)]) for cell in cells]
    (folder / "people.csv").write_text("\n".join(rows) + "\n", encoding=encoding)
    return folder / "people.csv"


CASES = {
    TWO_CLASSES: ["yes", "no"] * 100,
    CLASSES: ["red", "green", "blue", "grey"] * 50,
    NUMBERS: [round(RNG.uniform(0, 9), 3) for _ in range(200)],
}


@pytest.mark.parametrize("kind", CASES)
def test_the_experiment_validates_runs_and_publishes(tmp_path, kind):
    path = table(tmp_path, CASES[kind])
    draft = draft_experiment(path, "label")
    assert draft.learner == LEARNERS[kind][0]
    experiment = parse_experiment(draft.document)
    check_model_names(experiment, problems := Problems())
    problems.raise_all()
    assert run_document(draft.document, path.read_text()).values
    assert derive_predictive(experiment, "New")["webServiceOutputs"]


def test_every_learner_offered_is_in_the_palette_and_every_one_of_the_palette_is_offered():
    known = {
        module.name
        for module in list_modules()
        if any(port.type is PortType.UNTRAINED for port in module.outputs)
        and not module.inputs
        and not module.name.startswith(("K-Means", "PCA-Based", "One-Class", "Scikit-learn"))
    }
    assert {name for names in LEARNERS.values() for name in names} == known


@pytest.mark.parametrize(
    "cells, kind",
    [
        ([0, 1] * 50, TWO_CLASSES),
        (["True", "False", "?"] * 50, TWO_CLASSES),
        (list(range(10)) * 20, CLASSES),
        ([3, 4, 5, 6, 7, 8] * 20, CLASSES),
        (list(range(200)), NUMBERS),
        ([1.5, 2.5, 3.5] * 20, NUMBERS),
        (["$29,738.65", "$1,200.00", "$980.10"] * 20, NUMBERS),
        (["1.234,56", "99,10", "7,5"] * 20, NUMBERS),
        (["12 %", "7 %", "31 %"] * 20, NUMBERS),
    ],
)
def test_the_label_decides_the_learner(tmp_path, cells, kind):
    # A cell with a comma is quoted.
    draft = draft_experiment(table(tmp_path, [f'"{cell}"' for cell in cells]), "label")
    assert draft.learner == LEARNERS[kind][0], draft.why


@pytest.mark.parametrize("separator, encoding", [(";", "utf-8"), ("\t", "utf-8-sig"), (",", "latin-1")])
def test_separators_and_encodings_are_seen(tmp_path, separator, encoding):
    path = table(tmp_path, ["schön", "häßlich"] * 20, "age,city,label", separator, encoding)
    assert "'häßlich' and 'schön'" in draft_experiment(path, "LABEL").why


@pytest.mark.parametrize(
    "cells, options, text",
    [
        (["a", "b"], {"label": "lable"}, "Did you mean 'label'? There are: 'age', 'city', 'label'."),
        (["a", "a"], {}, "only 'a': there is nothing to predict"),
        (["?", ""], {}, "no value"),
        ([f"name {n}" for n in range(50)], {}, "neither classes nor numbers"),
        (["a", "b"] * 9, {"learner": "Two-Class Boosted Tree"}, "Did you mean 'Two-Class Boosted Decision Tree'?"),
        (["a", "b"] * 9, {"learner": "Linear Regression"}, "does not suit 'label', which has two classes"),
        (["a", "b", "c"] * 9, {"learner": "Two-Class Logistic Regression"}, "has several classes"),
    ],
)
def test_what_cannot_be_learned_is_said(tmp_path, cells, options, text):
    with pytest.raises(PerennialError) as caught:
        draft_experiment(table(tmp_path, cells), **{"label": "label"} | options)
    assert text in caught.value.message


def test_a_file_that_is_no_table_is_named(tmp_path):
    (tmp_path / "people.csv").write_bytes(b"PK\x03\x04\0\0")
    with pytest.raises(PerennialError, match="not a CSV or TSV file"):
        draft_experiment(tmp_path / "people.csv", "label")


def test_the_command_writes_the_file_once_and_says_what_to_do_next(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    table(tmp_path, CASES[TWO_CLASSES])
    arguments = ["experiment", "new", "Who buys", "--data", "people.csv", "--label", "label"]
    done = CliRunner().invoke(cli.app, arguments)
    assert done.exit_code == 0
    assert "perennial experiment put 'Who buys' 'Who buys.json'" in done.stdout
    parse_experiment(json.loads((tmp_path / "Who buys.json").read_text()))
    again = CliRunner().invoke(cli.app, arguments)
    assert (again.exit_code, "--force" in again.stderr) == (1, True)
    shown = CliRunner().invoke(cli.app, [*arguments, "--force", "--json"])
    assert json.loads(shown.stdout)["Learner"] == "Two-Class Boosted Decision Tree"
