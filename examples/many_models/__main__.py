"""Trains ten models from one service and updates ten endpoints: `python -m examples.many_models`."""

import csv
import random
import tempfile
from pathlib import Path

from examples.many_models.experiment import LABEL, PARAMETER, rental_experiment
from examples.running import errors_shown, own_workspace
from perennial import Endpoint, Job, WebService, Workspace
from perennial.cli_jobs import read_metrics
from perennial.screen import console, say, show_table
from perennial.transport import download

STATIONS = tuple(f"station{number:02}" for number in range(1, 11))
NAME = "Bike rentals"
WEATHERS = ("clear", "cloudy", "rain")
ROW = {"hour": 17, "temperature": 21.5, "weather": "clear", "holiday": False}


def main() -> None:
    """Run the example; exits with status 1 and the reason if a step fails."""
    with tempfile.TemporaryDirectory(prefix="perennial-many-") as name, errors_shown():
        folder = Path(name)
        say("Starting Azurite and the app")
        with own_workspace(folder, "Many models") as workspace:
            walk(workspace, [write_rentals(folder, station) for station in STATIONS])


def walk(workspace: Workspace, files: list[Path]) -> None:
    """Publish once, then train and update per station."""
    for file in files:
        workspace.upload(file)
    workspace.put_experiment(NAME, rental_experiment(files[0].name))
    workspace.run_experiment(NAME)
    trainer = workspace.get_endpoint(workspace.publish(NAME, "training"))
    service = workspace.publish(NAME, "predictive")
    say(f"One training service ('{PARAMETER}' names the data) and one predictive service with an endpoint per station")
    jobs = {station: start(workspace, trainer, station) for station in STATIONS}
    rows = [finish(workspace, service, station, job) for station, job in jobs.items()]
    show_table(f"{len(rows)} models; the same row scored by each endpoint", ("endpoint", "hold-out R²", LABEL), rows)
    if len({row[2] for row in rows}) < len(rows):
        raise RuntimeError("Two endpoints returned the same score, so one was not updated.")
    console.print("\n[bold green]Done.[/]")


def start(workspace: Workspace, trainer: Endpoint, station: str) -> Job:
    """Start a station's training job, whose only input is a parameter."""
    return workspace.submit_job(trainer, parameters={PARAMETER: f"{station}.csv"})


def finish(workspace: Workspace, service: WebService, station: str, job: Job) -> tuple[str, str, str]:
    """Wait for a station's model, update its endpoint and score a row."""
    done = job.wait()
    endpoint = workspace.add_endpoint(service, station, Description=f"The model of {station}")
    endpoint = workspace.update_endpoint(endpoint, {"": done.results["output1"]})
    metrics = read_metrics(download(done.results["output2"]))
    scored = workspace.score(endpoint, [ROW])[0]["Scored Labels"]
    return station, f"{float(metrics['Coefficient_of_Determination']):.3f}", f"{float(scored):.1f}"


def write_rentals(folder: Path, station: str) -> Path:
    """Write a station's rentals; each station has its own size and rush hours."""
    rng = random.Random(station)
    size, morning, evening = rng.uniform(20, 300), rng.uniform(0.5, 2), rng.uniform(0.5, 2)
    path = folder / f"{station}.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*ROW, LABEL])
        for _ in range(1500):
            hour, temperature = rng.randrange(24), round(rng.uniform(-5, 32), 1)
            weather, holiday = rng.choice(WEATHERS), rng.random() < 0.1
            rush = 0 if holiday else morning * (7 <= hour <= 9) + evening * (16 <= hour <= 18)
            level = size * (0.3 + rush + temperature / 40) * (0.4 if weather == "rain" else 1)
            writer.writerow([hour, temperature, weather, holiday, max(0, round(level + rng.gauss(0, size / 20)))])
    return path


if __name__ == "__main__":
    main()
