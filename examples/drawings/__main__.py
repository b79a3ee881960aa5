"""Trains a network on drawings and shows its loss while it learns: `python -m examples.drawings --classes 30`."""

import argparse
import tempfile
from pathlib import Path
from typing import Any

from examples.drawings.data import FEWEST, MOST, write_drawings
from examples.drawings.experiment import EVALUATION, TRAINER, drawing_experiment
from examples.drawings.page import write_page
from examples.running import errors_shown, own_workspace
from perennial import Workspace
from perennial.resources import RunStatus
from perennial.screen import console, say, show_table

NAME = "Drawings"


def main() -> None:
    """Run the example; exits with status 1 and the reason if a step fails."""
    parser = argparse.ArgumentParser(prog="python -m examples.drawings", description=__doc__)
    parser.add_argument("--classes", type=int, default=30, help=f"{FEWEST} to {MOST} (default: %(default)s)")
    parser.add_argument("--each", type=int, default=100, help="drawings of each class (default: %(default)s)")
    parser.add_argument("--epochs", type=int, default=50, help="the most epochs to train (default: %(default)s)")
    parser.add_argument("--page", type=Path, metavar="FOLDER", help="write a page there that scores what one draws")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="perennial-drawings-") as name, errors_shown():
        folder = Path(name)
        file = folder / "drawings.csv"
        write_drawings(file, arguments.classes, arguments.each)
        say(f"{arguments.classes * arguments.each:,} drawings in {arguments.classes} classes. Starting the app")
        with own_workspace(folder, NAME) as workspace:
            workspace.upload(file)
            workspace.put_experiment(NAME, drawing_experiment(file.name, arguments.epochs))
            show_result(train(workspace))
            if arguments.page:
                write_page(workspace, NAME, arguments.page)
                say(f"Draw: run 'python -m http.server --bind 127.0.0.1 -d {arguments.page}' and open its address.")
        console.print("\n[bold green]Done.[/]")


def train(workspace: Workspace) -> RunStatus:
    """Run the experiment, and print each epoch as soon as the run shows it."""
    shown = 0

    def show_epochs(run: RunStatus) -> None:
        nonlocal shown
        curve: dict[str, Any] = run.curves.get(TRAINER, {})
        for epoch in range(shown, curve.get("done", 0)):
            right = curve["validation"][epoch] if epoch < len(curve.get("validation", ())) else float("nan")
            say(f"  epoch {epoch + 1:3} of {curve['total']}: loss {curve['loss'][epoch]:.4f}, validation {right:.3f}")
        shown = max(shown, curve.get("done", 0))

    run = workspace.run_experiment(NAME, show_epochs)
    show_epochs(run)
    return run


def show_result(run: RunStatus) -> None:
    """Print the network's layers and how often the right class is first, or among the first three."""
    (model,) = run.raw["Models"].values()
    layers = [
        (layer["inputs"], layer["outputs"], layer["activation"], f"{layer['parameters']:,}")
        for layer in model["Summary"]["layers"]
    ]
    show_table("The network", ("inputs", "outputs", "activation", "parameters"), layers)
    metrics = run.metrics[EVALUATION]
    found = [(name, f"{metrics[name]:.3f}") for name in ("Overall_Accuracy", "Top_3_Accuracy")]
    show_table("On the 30 % of drawings it has not seen", ("metric", "value"), found)
    for warning in run.warnings:
        say(f"{warning['Title']}: {warning['Message']}")


if __name__ == "__main__":
    main()
