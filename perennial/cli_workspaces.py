"""`perennial workspace`."""

import base64
import hashlib
import hmac
from pathlib import Path
from typing import Annotated

import typer

from perennial.cli_app import CommandLine
from perennial.cli_context import connect
from perennial.client import Admin
from perennial.errors import USAGE, PerennialError
from perennial.moving import Outcome, export_workspace, import_workspace
from perennial.output import is_text
from perennial.screen import progress_bar, report, say, show_json

app = CommandLine(help="Show, create, export, import and delete workspaces.")

AdminToken = Annotated[str, typer.Option(envvar="PERENNIAL_ADMIN_TOKEN", help="Administrator token.")]


@app.command("show")
def show_workspace(context: typer.Context) -> None:
    """Show the workspace, including its tokens."""
    show_json(connect(context).show())


@app.command("create")
def create_workspace(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Display name of the new workspace.")],
    admin_token: AdminToken,
) -> None:
    """Create a workspace. Prints the commands that set its id and token in the environment."""
    admin = context.with_resource(Admin(context.obj.url, admin_token))
    created = context.with_resource(admin.create_workspace(name))
    lines = [f"export PERENNIAL_WORKSPACE={created.id}", f"export PERENNIAL_TOKEN={created.token}"]
    report({"WorkspaceId": created.id, "Token": created.token}, "\n".join(lines))


@app.command("export")
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(dir_okay=False, help="Zip file to write.")],
    dataset: Annotated[list[str] | None, typer.Option("--dataset", help="Dataset to include; can be repeated.")] = None,
    all_datasets: Annotated[bool, typer.Option("--all-datasets", help="Include all datasets.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """Write the workspace to a file: experiments, models, services, endpoints, policies, subscriptions; no keys."""
    if dataset and all_datasets:
        raise PerennialError(0, USAGE, "Pass either --dataset or --all-datasets.")
    if file.exists() and not force:
        raise PerennialError(0, "FileExists", f"{file} exists. Pass --force to replace it.")
    workspace = connect(context)
    with progress_bar("Exporting") as bar:
        done = export_workspace(
            workspace, file, None if all_datasets else dataset or [], lambda step: bar.update(0, 0, step)
        )
    _report(done, f"Exported to {file}", {"File": str(file), "Size": file.stat().st_size})


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Zip file that 'export' wrote.")],
) -> None:
    """Bring an exported workspace into this one. What exists is left as it is; endpoints get new keys and addresses."""
    workspace = connect(context)
    with progress_bar("Importing") as bar:
        done = import_workspace(workspace, file, lambda step: bar.update(0, 0, step))
    _report(done, f"Imported from {file}", {"WorkspaceId": workspace.id})


@app.command("delete")
def delete(
    context: typer.Context,
    admin_token: AdminToken,
    yes: Annotated[bool, typer.Option("--yes", help="Delete without asking for confirmation.")] = False,
) -> None:
    """Delete the workspace with all that it owns. Needs the administrator's token, and cannot be undone."""
    id_ = context.obj.workspace
    if not id_:
        raise PerennialError(0, "NotConnected", "No workspace given. Set PERENNIAL_WORKSPACE, or pass --workspace.")
    if not yes:
        typer.confirm(f"Delete the workspace {id_} with all that it owns?", abort=True, err=not is_text())
    context.with_resource(Admin(context.obj.url, admin_token)).delete_workspace(id_)
    report({"WorkspaceId": id_, "Deleted": True}, f"Workspace {id_} deleted.")


@app.command("admin-token")
def admin_token(
    master_secret: Annotated[
        str, typer.Option(envvar="PERENNIAL_MASTER_SECRET", help="The deployment's master secret.")
    ],
) -> None:
    """Print the administrator token. It is derived from the deployment's master secret."""
    digest = hmac.new(master_secret.encode(), b"admin", hashlib.sha512).digest()
    token = base64.b64encode(digest).decode()
    report({"AdminToken": token}, token)


def _report(done: Outcome, what: str, record: dict[str, object]) -> None:
    counted = ", ".join(f"{kind.lower()} {number}" for kind, number in done.counts.items()) or "nothing"
    report(record | done.to_json(), f"{what}: {counted}.")
    if is_text():
        for note in done.notes:
            say(note)
