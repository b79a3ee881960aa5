"""`make demo`: the whole retraining loop over HTTP, on a temporary app with its own storage."""

import argparse
import re
import tempfile
import time
from pathlib import Path

from examples.retraining.data import TutorialData, prepare_data
from examples.retraining.experiment import training_experiment
from examples.running import errors_shown, own_workspace
from perennial import BlobLink, Endpoint, PerennialError, WebService, Workspace
from perennial.screen import console, progress_bar, say, show_comparison, show_table

SHOWN_COLUMNS, MANY_SCORES = 3, 2


def main() -> None:
    """Run the demo; exits with status 1 and the reason if a step fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="your own table: CSV, Parquet, …; default: the breast cancer table")
    parser.add_argument("--label", help="the column to predict")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="perennial-demo-") as folder, errors_shown():
        data = prepare_data(Path(folder), arguments.data, arguments.label)
        step("Starting Azurite and the app")
        with own_workspace(Path(folder), "Demo") as workspace:
            walk(workspace, data)


def walk(workspace: Workspace, data: TutorialData) -> None:
    """Go through the tutorial's steps."""
    name = experiment_name(data.label)
    say(f"Workspace {workspace.id}")
    step(f"Training experiment '{name}': {data.learner} on {data.first.name}")
    workspace.upload(data.first)
    for note in data.notes:
        say(note)
    document = training_experiment(data.first.name, data.label, data.learner, data.reading)
    workspace.put_experiment(name, document)
    with progress_bar("Run") as bar:
        run = workspace.run_experiment(name, bar.follow)
    say(f"Trained model: runtime {run.models['Train']['Runtime']}")
    step("Publishing it as a training and a predictive web service")
    trainer = workspace.get_endpoint(workspace.publish(name, "training"))
    service = workspace.publish(name, "predictive")
    default = workspace.get_endpoint(service)
    say(f"{service.name} scores at {default.api_location}/execute")
    step("Scoring rows on the default endpoint")
    show_scores({"default": workspace.score(default, data.samples)})
    say(f"Scoring one row takes {row_milliseconds(workspace, default, data):.2f} ms at the client (median of 100).")
    seattle = retrain(workspace, trainer, service, data)
    step("The same rows, scored by both endpoints")
    show_scores(
        {
            "default (old)": workspace.score(default, data.samples),
            "seattle (new)": workspace.score(seattle, data.samples),
        }
    )
    show_history(workspace, seattle)
    console.print(
        "\n[bold green]Done.[/] 'make serve' runs an app for you to use; docs/tutorial.md explains each step."
    )


def retrain(workspace: Workspace, trainer: Endpoint, service: WebService, data: TutorialData) -> Endpoint:
    """Add an endpoint, retrain on the later data, compare, swap; return the updated endpoint."""
    step("Adding the endpoint 'seattle' and retraining through batch execution on newer data")
    seattle = workspace.add_endpoint(service, "seattle", Description="Seattle's own model")
    job = workspace.submit_job(trainer, {"input1": workspace.upload(data.later)})
    with progress_bar("Retraining job") as bar:
        done = job.wait(bar.follow)
    if done.details:
        say(done.details)
    step("Comparing it with the model in use, on rows that neither was trained on")
    gate = {"HeldBackData": workspace.upload(data.held_back).relative_location.rpartition("/")[2]}
    comparison = workspace.compare(seattle, {"": done.results["output1"]}, **gate)
    show_comparison(comparison)
    if not comparison["Passed"]:
        say(f"The retrained model is not better, so a gate would keep the old one: {comparison['Why']}.")
    step("Updating 'seattle' with the retrained model (UpdateResource)")
    say("Links to results expire. To show what happens then, the first attempt uses one that has; it will be refused.")
    try:
        workspace.update_endpoint(seattle, {"": expired(done.results["output1"])})
    except PerennialError as error:
        say(f"As expected, with the expired link: {error}")
    fresh = job.status().results["output1"]
    say("Reading the job's status again gives a fresh link, which works.")
    started = time.perf_counter()
    seattle = workspace.update_endpoint(seattle, {"": fresh})
    console.print(f"[bold]The swap took {(time.perf_counter() - started) * 1000:.0f} ms.[/]")
    return seattle


def experiment_name(label: str) -> str:
    """Return a name for the experiment: the label's, without what names in URLs cannot have."""
    kept = re.sub(r"[/\\\\?#%*:\x00-\x1f]+", " ", label).strip()
    return f"{kept or 'Own'} model"[:80]


def expired(link: BlobLink) -> BlobLink:
    """Return a link as if it had expired a day ago."""
    return BlobLink(
        link.base_location,
        link.relative_location,
        re.sub(r"se=[^&]+", "se=2020-01-01T00%3A00%3A00Z", link.sas_token),
    )


def row_milliseconds(workspace: Workspace, endpoint: Endpoint, data: TutorialData) -> float:
    """Return the median time to score one row, measured at the client, in milliseconds."""
    times = []
    for _ in range(100):
        started = time.perf_counter()
        workspace.score(endpoint, data.samples[:1])
        times.append(time.perf_counter() - started)
    return sorted(times)[50] * 1000


def show_scores(answers: dict[str, list[dict[str, str | None]]]) -> None:
    """Print the first columns of the rows and the scores of each endpoint."""
    first = next(iter(answers.values()))
    columns = [column for column in first[0] if not column.startswith("Scored")][:SHOWN_COLUMNS]
    scores = [column for column in first[0] if column.startswith("Scored")]
    # Of many classes, the probabilities do not fit.
    scores = ["Scored Labels"] if len(scores) > MANY_SCORES else scores
    rows = [
        [row[column] for column in columns]
        + [" ".join(short(answer[index][column]) for column in scores) for answer in answers.values()]
        for index, row in enumerate(first)
    ]
    show_table("", [*columns, *answers], rows)


def show_history(workspace: Workspace, endpoint: Endpoint) -> None:
    """Print the endpoint's history."""
    rows = [[item["Sequence"], item["Action"], item["By"], item["Why"]] for item in workspace.list_history(endpoint)]
    show_table("History of seattle", ["#", "Action", "By", "Why"], rows)


def short(value: str | None) -> str:
    """Return a number with six digits; other text is unchanged."""
    try:
        return f"{float(value or ''):.6f}"
    except ValueError:
        return value or "-"


def step(title: str) -> None:
    """Print the title of a step."""
    console.print(f"\n[bold cyan]▸ {title}[/]")


if __name__ == "__main__":
    main()
