"""What a person sees of a run in the terminal: the progress of its learner, its last loss, its warnings."""

import pytest

from perennial.cli_runs import show_run
from perennial.output import console
from perennial.resources import RunStatus
from perennial.screen import describe_curve, progress_bar

CURVE = {"unit": "epoch", "total": 100, "done": 2, "loss": [2.5, 0.123456], "validation": [0.5, 0.75]}


def status(state, **more):
    return RunStatus.from_json(
        {
            "RunId": "0",
            "Status": {"StatusCode": state, "StatusDetail": None},
            "Modules": [],
            "Metrics": {},
            "Models": {},
            "Progress": {"done": 4, "total": 8, "step": "Train"},
            **more,
        }
    )


def test_the_end_of_a_run_has_its_curves_and_warnings():
    with console.capture() as seen:
        show_run(status("Finished", Curves={"Train": CURVE}, Warnings=[{"Title": "Train", "Message": "not converged"}]))
    assert "Train: epoch 2 of 100, loss 0.1235, validation 0.75" in seen.get()
    assert "Note: Train: not converged" in seen.get()


@pytest.mark.parametrize("more", [{}, {"Curves": {}, "Warnings": []}])
def test_a_run_of_an_app_that_tells_nothing_is_shown_as_before(more):
    with console.capture() as seen:
        show_run(status("Finished", **more))
    assert "Note" not in seen.get()


def test_the_progress_bar_says_how_far_the_learner_is():
    with progress_bar("Run") as bar:
        bar.follow(status("Running", Curves={"Train": CURVE}))
        assert bar._progress.tasks[0].fields["step"] == "Train: epoch 2 of 100, loss 0.1235, validation 0.75"


def test_a_curve_without_numbers_is_described():
    assert describe_curve({"unit": "tree", "total": 5, "done": 1, "loss": [None]}) == "tree 1 of 5"
