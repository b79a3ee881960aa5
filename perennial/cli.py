"""The `perennial` command."""

import base64
import hashlib
import hmac
import sys
from typing import Annotated

import typer

from perennial import cli_endpoints, cli_experiments, cli_jobs, cli_pipelines, cli_policies, cli_services
from perennial.cli_context import Connection, connect
from perennial.client import Admin
from perennial.doctor import examine
from perennial.errors import PerennialError
from perennial.screen import say, show_error, show_json, show_table

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Publish scikit-learn experiments as web services, score, retrain in batch, swap models.",
    epilog="Set PERENNIAL_URL, PERENNIAL_WORKSPACE and PERENNIAL_TOKEN once instead of giving the options.",
)
workspace_app = typer.Typer(no_args_is_help=True, help="The workspace, and making new ones.")
app.add_typer(workspace_app, name="workspace")
app.add_typer(cli_experiments.dataset_app, name="dataset")
app.add_typer(cli_experiments.app, name="experiment")
app.add_typer(cli_services.app, name="service")
app.add_typer(cli_endpoints.app, name="endpoint")
app.add_typer(cli_policies.app, name="policy")
app.add_typer(cli_pipelines.app, name="pipeline")
app.add_typer(cli_pipelines.trigger_app, name="trigger")
app.add_typer(cli_jobs.app, name="job")
app.command("score")(cli_jobs.score)
app.command("retrain")(cli_jobs.retrain)


@app.callback()
def options(
    context: typer.Context,
    url: Annotated[str, typer.Option(envvar="PERENNIAL_URL", help="Where the app is.")] = "http://127.0.0.1:7071",
    workspace: Annotated[str, typer.Option(envvar="PERENNIAL_WORKSPACE", help="Workspace id.")] = "",
    token: Annotated[str, typer.Option(envvar="PERENNIAL_TOKEN", help="Workspace token.")] = "",
) -> None:
    """Remember where to connect."""
    context.obj = Connection(url, workspace, token)


@workspace_app.command("show")
def show_workspace(context: typer.Context) -> None:
    """Show the workspace and its tokens."""
    show_json(connect(context).show())


@workspace_app.command("create")
def create_workspace(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A friendly name.")],
    admin_token: Annotated[str, typer.Option(envvar="PERENNIAL_ADMIN_TOKEN", help="The administrator's token.")],
) -> None:
    """Create a workspace and print the settings that open it."""
    created = Admin(context.obj.url, admin_token).create_workspace(name)
    say(f"export PERENNIAL_WORKSPACE={created.id}")
    say(f"export PERENNIAL_TOKEN={created.token}")


@workspace_app.command("admin-token")
def admin_token(
    master_secret: Annotated[str, typer.Option(envvar="PERENNIAL_MASTER_SECRET", help="The deployment's secret.")],
) -> None:
    """Print the administrator's token of a deployment whose master secret you hold."""
    digest = hmac.new(master_secret.encode(), b"admin", hashlib.sha512).digest()
    say(base64.b64encode(digest).decode())


@app.command("doctor")
def doctor(context: typer.Context) -> None:
    """Look at a deployment and say what is wrong; ends with 1 if anything is. With a workspace, at that, too."""
    connection: Connection = context.obj
    workspace = connect(context) if connection.workspace or connection.token else None
    findings = list(examine(connection.url.rstrip("/"), workspace))
    rows = [["well" if finding.ok else "WRONG", finding.what, finding.text] for finding in findings]
    show_table(connection.url, ("", "what", ""), rows)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


def main() -> None:
    """Run the command line; errors of the service are printed with what to do, and end with 1."""
    try:
        app()
    except PerennialError as error:
        show_error(error)
        sys.exit(1)


if __name__ == "__main__":
    main()
