"""Warnings and curves of a run: heard in the right thread, short, thinned, and kept with results."""

import json
import threading
import warnings

import pytest
from sklearn.exceptions import ConvergenceWarning

from studio.graph.document import parse_experiment
from studio.graph.journal import MAX_WARNINGS, Curve, Journal, heard_by
from studio.graph.results import package_trained
from studio.graph.runner import Reuse, run_experiment
from studio.model.curves import training_curve
from studio.work.state import MAX_COLUMN
from tests.builders import people_csv, people_experiment
from tests.unit.test_result_file import Data, Files

CSV = people_csv(200)


def run(document, on_change=lambda journal: None, results=None):
    experiment = parse_experiment(document)
    return run_experiment(
        experiment,
        Data({"people.csv": CSV}),
        wanted=set(experiment.nodes),
        fed={},
        parameters={},
        progress=lambda done, total, step: None,
        reuse=Reuse(results, {}) if results else None,
        journal=Journal(on_change),
    )


def test_each_thread_hears_its_own_warnings_every_time():
    heard = {"one": [], "two": []}
    together = threading.Barrier(2)

    def work(name):
        with heard_by(heard[name].append):
            for _ in range(2):
                together.wait(5)
                warnings.warn(f"{name} did not arrive", ConvergenceWarning, stacklevel=1)

    threads = [threading.Thread(target=work, args=(name,)) for name in heard]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == {name: [f"{name} did not arrive"] * 2 for name in heard}


def test_a_warning_that_nobody_asked_for_goes_where_it_went():
    with heard_by(lambda text: None):
        pass
    with pytest.warns(UserWarning, match="outside"):
        warnings.warn("outside", UserWarning, stacklevel=1)


def test_warnings_are_short_few_and_said_once():
    journal = Journal()
    for number in range(100):
        journal.warn("Train", "twice\n   told")
        journal.warn("Train", f"{number} " + "x" * 1000)
    found = journal.warnings()
    assert len(found) == MAX_WARNINGS
    assert found[0] == {"title": "Train", "message": "twice told"}
    assert max(len(item["message"]) for item in found) == 300


def test_a_long_curve_is_thinned_and_keeps_its_ends():
    found = Curve("epoch", 10_000, tuple(range(10_000))).to_json(5)
    assert found == {
        "unit": "epoch",
        "total": 10_000,
        "done": 10_000,
        "loss": [0, 2500, 5000, 7499, 9999],
        "step": [1, 2501, 5001, 7500, 10_000],
    }
    assert Curve("tree", 3, (1.5, float("nan")), (0.5,)).to_json() == {
        "unit": "tree",
        "total": 3,
        "done": 2,
        "loss": [1.5, None],
        "validation": [0.5],
    }


@pytest.mark.attack("Size and time")
def test_the_journal_of_any_run_fits_in_its_column():
    journal = Journal()
    for number in range(1000):
        journal.warn(f"Module {number} " + "ß" * 80, f"{number} " + "ü" * 1000)
        journal.draw(f"Module {number} " + "ß" * 80, Curve("epoch", 9999, (-1.23456e-100,) * 999, (0.987654,) * 999))
    assert len(journal.to_text()) < MAX_COLUMN


def test_a_network_that_does_not_converge_warns_with_its_module_and_again_when_its_result_is_reused():
    document = people_experiment("Two-Class Neural Network", **{"Number of learning iterations": 3})
    results = Files()
    for _ in range(2):
        journal = run(document, results=results).journal
        (warning,) = journal.warnings()
        assert warning["title"] == "Train"
        assert "Maximum iterations (3) reached" in warning["message"]
        assert journal.curves()["Train"]["done"] == 3


@pytest.mark.long
@pytest.mark.parametrize(
    "learner, count, unit",
    [
        ("Two-Class Neural Network", "Number of learning iterations", "epoch"),
        ("Two-Class Boosted Decision Tree", "Total number of trees constructed", "tree"),
    ],
)
def test_the_curve_is_drawn_while_the_learner_trains(learner, count, unit):
    seen = []
    result = run(people_experiment(learner, **{count: 300}), lambda journal: seen.append(journal.curves()["Train"]))
    whole = result.journal.curves()["Train"]
    assert (whole["unit"], whole["total"], whole["done"]) == (unit, 300, 300)
    assert whole["loss"][-1] < whole["loss"][0]
    assert seen[0]["done"] < 300
    assert [item["done"] for item in seen] == sorted(item["done"] for item in seen)


def test_the_losses_of_trees_are_those_of_the_finished_model():
    result = run(people_experiment("Two-Class Boosted Decision Tree", **{"Total number of trees constructed": 20}))
    model = next(value for port, value in result.values.items() if port.node == "Train")
    assert result.journal.curves()["Train"]["loss"] == pytest.approx(training_curve(model)["loss"], rel=1e-5)


def test_the_file_of_a_model_says_what_training_warned_of():
    result = run(people_experiment("Two-Class Neural Network", **{"Number of learning iterations": 2}))
    model = next(value for port, value in result.values.items() if port.node == "Train")
    (warning,) = package_trained(result, model, "x", lineage={}).manifest.lineage["warnings"]
    assert warning.startswith("Train: ")
    assert "Maximum iterations (2) reached" in warning


def test_notes_come_back_as_they_were():
    before, after = Journal(), Journal()
    before.warn("Train", "careful")
    before.draw("Train", Curve("epoch", 2, (1.0, 0.5)))
    after.restore("Train", before.notes("Train"))
    assert json.loads(after.to_text()) == json.loads(before.to_text())
