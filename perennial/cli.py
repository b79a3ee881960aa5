"""The `perennial` command."""

from typing import Annotated

import typer

from perennial import (
    __version__,
    cli_datasets,
    cli_datastores,
    cli_drift,
    cli_endpoints,
    cli_environments,
    cli_events,
    cli_experiments,
    cli_import,
    cli_jobs,
    cli_models,
    cli_pipelines,
    cli_policies,
    cli_runs,
    cli_services,
    cli_traffic,
    cli_workspaces,
)
from perennial.cli_app import EXIT_CODES, CommandLine
from perennial.cli_context import Connection, connect
from perennial.doctor import examine
from perennial.output import is_text, write_result
from perennial.screen import say, show_table

app = CommandLine(
    help="Publish scikit-learn experiments as web services, score rows, retrain in batch and swap models.",
    epilog="\n\n".join(
        [
            "Set PERENNIAL_URL, PERENNIAL_WORKSPACE and PERENNIAL_TOKEN to leave out --url, --workspace and --token.",
            "Every command takes --json and --csv.",
            "\b\nExit codes:\n" + "\n".join(f"{code:>3}  {meaning}" for code, meaning in EXIT_CODES.items()),
        ]
    ),
)
app.add_typer(cli_workspaces.app, name="workspace")
app.add_typer(cli_datasets.app, name="dataset")
app.add_typer(cli_datastores.app, name="datastore")
app.add_typer(cli_experiments.app, name="experiment")
app.add_typer(cli_runs.app, name="run")
app.add_typer(cli_models.app, name="model")
app.add_typer(cli_environments.app, name="environment")
app.add_typer(cli_services.app, name="service")
app.add_typer(cli_endpoints.app, name="endpoint")
cli_endpoints.app.command("traffic")(cli_traffic.traffic)
cli_endpoints.app.command("promotion")(cli_traffic.promotion)
cli_endpoints.app.command("shadow")(cli_traffic.shadow)
cli_endpoints.app.command("drift")(cli_drift.drift)
app.add_typer(cli_policies.app, name="policy")
app.add_typer(cli_pipelines.app, name="pipeline")
app.add_typer(cli_pipelines.trigger_app, name="trigger")
app.add_typer(cli_jobs.app, name="job")
app.add_typer(cli_events.app, name="events")
app.command("audit")(cli_events.audit)
app.command("score")(cli_jobs.score)
app.command("retrain")(cli_jobs.retrain)
app.command("import")(cli_import.import_experiment)


def _show_version(wanted: bool) -> None:
    if wanted:
        say(__version__)
        raise typer.Exit()


@app.callback()
def options(
    context: typer.Context,
    url: Annotated[str, typer.Option(envvar="PERENNIAL_URL", help="URL of the app.")] = "http://127.0.0.1:7071",
    workspace: Annotated[str, typer.Option(envvar="PERENNIAL_WORKSPACE", help="Id of the workspace.")] = "",
    token: Annotated[str, typer.Option(envvar="PERENNIAL_TOKEN", help="Authorization token of the workspace.")] = "",
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Store the connection options."""
    context.obj = Connection(url, workspace, token)


@app.command("doctor")
def doctor(context: typer.Context) -> None:
    """Check a deployment and explain how to fix problems. Exits with 1 if a check fails.

    Includes the workspace if its id and token are given.
    """
    connection: Connection = context.obj
    workspace = connect(context) if connection.workspace or connection.token else None
    findings = list(examine(connection.url.rstrip("/"), workspace))
    if is_text():
        rows = [["OK" if finding.ok else "FAIL", finding.what, finding.text] for finding in findings]
        show_table(connection.url, ("", "Check", "Details"), rows)
    else:
        write_result([{"Ok": finding.ok, "Check": finding.what, "Details": finding.text} for finding in findings])
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
