"""`perennial datastore`: named connections of a workspace to data that stays where it is."""

import sys
from typing import Annotated

import typer

from perennial.cli_app import CommandLine
from perennial.cli_context import connect
from perennial.errors import USAGE, PerennialError
from perennial.output import is_text
from perennial.screen import Columns, report, show_json, show_records

app = CommandLine(help="Add, test and remove datastores: named connections to blobs, tables, databases and addresses.")

Name = Annotated[str, typer.Argument(help="Name of the datastore.")]
NOTHING = "none"


@app.command("add")
def add(
    context: typer.Context,
    name: Name,
    kind: Annotated[str, typer.Option(help="Blob, Table, Sql or Http.")],
    account: Annotated[str | None, typer.Option(help="Name of an Azure Storage account.")] = None,
    url: Annotated[str | None, typer.Option(help="Address of the account, or below which the files are.")] = None,
    container: Annotated[str | None, typer.Option(help="Name of the blob container.")] = None,
    server: Annotated[str | None, typer.Option(help="Host and port of a PostgreSQL server.")] = None,
    database: Annotated[str | None, typer.Option(help="Name of the database.")] = None,
    user: Annotated[str | None, typer.Option(help="Name of the user.")] = None,
    header: Annotated[str | None, typer.Option(help="Name of the header that has the secret.")] = None,
    authentication: Annotated[
        str | None, typer.Option(help="AccountKey, Sas, Password, None, Basic, Bearer, Header or Query.")
    ] = None,
    description: Annotated[str | None, typer.Option(help="What it is.")] = None,
    secret: Annotated[
        str | None,
        typer.Option(
            envvar="PERENNIAL_DATASTORE_SECRET",
            show_envvar=True,
            help="Better left out, since others see command lines: it is then asked for, or read from standard input.",
        ),
    ] = None,
    keep_secret: Annotated[
        bool, typer.Option("--keep-secret", help="Keep the secret of the datastore that is replaced.")
    ] = False,
) -> None:
    """Store a datastore, replacing one of that name. The secret is asked for without being shown."""
    workspace = connect(context)
    opened = authentication or _default(kind, server)
    if secret is None and not keep_secret and opened.lower() != NOTHING:
        secret = _ask()
    shown = workspace.put_datastore(
        name,
        kind,
        secret=secret,
        authentication=authentication,
        account=account,
        url=url,
        container=container,
        server=server,
        database=database,
        user=user,
        header=header,
        description=description,
    )
    report(shown, f"{name}: stored. 'perennial datastore test {name}' tries it.")


@app.command("list")
def list_datastores(context: typer.Context) -> None:
    """List the datastores, without their secrets."""
    columns: Columns = {
        "Name": "Name",
        "Kind": "Kind",
        "Leads to": _where,
        "Opened by": "Authentication",
        "Secret in": "SecretIn",
    }
    show_records(connect(context).list_datastores(), columns)


@app.command("show")
def show(context: typer.Context, name: Name) -> None:
    """Show a datastore, without its secret."""
    show_json(connect(context).get_datastore(name))


@app.command("test")
def try_datastore(
    context: typer.Context,
    name: Name,
    path: Annotated[str | None, typer.Argument(help="A blob, rest of an address, table or query to look at.")] = None,
) -> None:
    """Have the app call what a datastore leads to. Exits with 1 if that fails."""
    tried = connect(context).test_datastore(name, path)
    state = "works" if tried["Works"] else "FAILS"
    report(tried, f"{name} {state} ({tried['Milliseconds']} ms): {tried['Details']}")
    if not tried["Works"]:
        raise typer.Exit(1)


@app.command("reference")
def add_reference(
    context: typer.Context,
    name: Name,
    path: Annotated[str, typer.Argument(help="A blob, rest of an address, table or query.")],
    dataset: Annotated[str, typer.Argument(help="Name of the dataset, with the extension that it is read by.")],
) -> None:
    """Make a dataset a reference to data in a datastore, which stays there."""
    stored = connect(context).put_reference(dataset, name, path)
    report(stored, f"{dataset}: read from {name} when it is needed.")


@app.command("remove")
def remove(context: typer.Context, name: Name) -> None:
    """Delete a datastore with its secret. What it leads to stays. Refused while something uses it."""
    connect(context).delete_datastore(name)
    report({"Name": name, "Deleted": True}, f"{name}: datastore deleted.")


def _default(kind: str, server: str | None) -> str:
    """Return how a datastore is opened if nothing is said: a database of the operator's and an address need nothing."""
    return NOTHING if kind.lower() == "http" or (kind.lower() == "sql" and not server) else "a secret"


def _ask() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Secret", hide_input=True, err=not is_text()))
    found = sys.stdin.readline().strip("\r\n")
    if not found:
        text = "The secret is missing: write it to standard input, or into PERENNIAL_DATASTORE_SECRET."
        raise PerennialError(0, USAGE, text)
    return found


def _where(item: dict[str, str | None]) -> str:
    place = item["Url"] or item["Server"] or ""
    return "/".join(part.rstrip("/") for part in (place, item["Container"] or item["Database"] or "") if part)
