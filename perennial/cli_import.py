"""`perennial import`: bring an experiment along that was exported from the original.

The app converts it and says what became of every part. This command reads the files, uploads the datasets that are
given, asks for what is missing, and writes the code of scripts into a folder: it is never run from here.
"""

import json
import re
import sys
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import typer

from perennial.cli_app import INCOMPLETE
from perennial.cli_context import connect
from perennial.client import Workspace
from perennial.errors import PerennialError
from perennial.output import Output, chosen, is_text, write_result
from perennial.screen import say, show_table

MAX_BYTES = 32 * 1024 * 1024
TABLES = (".csv", ".tsv", ".arff")
SCRIPT = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}\.(py|R)")
PART = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
MAX_FILES, MAX_UNPACKED = 1000, 16 * 1024 * 1024


def import_experiment(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Exported graph or web service (JSON).")],
    data: Annotated[
        list[str] | None,
        typer.Option(
            help="ID=FILE: a dataset (CSV, TSV, ARFF; it is uploaded), a script bundle (ZIP), or the name of a dataset "
            "or trained model of the workspace, for what the export refers to by id or name. May be repeated."
        ),
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option("--set", help="PLACE=VALUE: a value that is not in the file, such as a key. May be repeated."),
    ] = None,
    name: Annotated[str, typer.Option("--as", help="Name of the experiment; its title in the file by default.")] = "",
    resource: Annotated[str, typer.Option(help="Name of the web service, if a template has several.")] = "",
    scripts: Annotated[Path, typer.Option(file_okay=False, help="Folder for the code of scripts.")] = Path("scripts"),
    all_parts: Annotated[bool, typer.Option("--all", help="Also list what was carried over as it was.")] = False,
) -> None:
    """Import an experiment exported from Azure ML Studio (classic), and report on every part of it.

    Exits with 0 if all came over, with 4 if something was left out or remains to be given. With --json or --csv nothing
    is asked; --csv prints what became of each part.
    """
    workspace = connect(context)
    known = {id_: _use_data(workspace, given, scripts) for id_, given in _pairs(data, "--data").items()}
    body = {"Export": read_export(file), "Name": name, "Resource": resource}
    answers = {"Data": known, "Values": _pairs(values, "--set")}
    result = workspace.import_experiment(body | answers)
    if result["Report"]["Questions"] and is_text() and sys.stdin.isatty():
        _ask(workspace, result["Report"]["Questions"], answers, scripts)
        result = workspace.import_experiment(body | answers)
    written = write_scripts(result["Report"]["Scripts"], scripts)
    if is_text():
        _show(result, written, all_parts=all_parts)
    else:
        write_result(result["Report"]["Items"] if chosen.get() is Output.CSV else result)
    if not result["Report"]["Complete"]:
        raise typer.Exit(INCOMPLETE)


def read_export(path: Path) -> Any:
    """Return the JSON in an exported file: UTF-8 with or without a byte order mark, or UTF-16 with one."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(f"it has more than {MAX_BYTES // 1024 // 1024} MiB")
        content = path.read_bytes()
        encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        return json.loads(content.decode(encoding))
    except (OSError, ValueError, RecursionError) as error:
        raise PerennialError(0, "FileUnreadable", f"{path} cannot be read as JSON: {error}.") from error


def write_scripts(scripts: Mapping[str, str], folder: Path) -> list[str]:
    """Write the code of scripts into a folder and return the files' names; none that is there is overwritten."""
    written = []
    for name, text in scripts.items():
        if not SCRIPT.fullmatch(name):
            raise PerennialError(0, "FileNameUnsafe", f"The app sent '{name[:100]}' as the name of a script.")
        written.append(str(_write_beside(folder / name, text.encode())))
    return written


def _write_beside(path: Path, content: bytes) -> Path:
    """Write a file and return its path: `NAME.imported` if there is another, which may have been ported."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.read_bytes() != content:
        path = path.with_name(f"{path.name}.imported")
    path.write_bytes(content)
    return path


def unpack_bundle(bundle: Path, scripts: Path) -> str:
    """Write the Python files of a script bundle into a folder of their own and return that folder's name.

    None that is there is overwritten.

    Raises
    ------
    PerennialError
        If it is no ZIP file, too large, or a name in it is not that of a Python module.
    """
    folder = re.sub(r"\W+", "_", bundle.stem, flags=re.ASCII).strip("_") or "bundle"
    try:
        with zipfile.ZipFile(bundle) as archive:
            entries = [entry for entry in archive.infolist() if entry.filename.endswith(".py")]
            if len(entries) > MAX_FILES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
                raise ValueError(f"it has more than {MAX_FILES} Python files, or {MAX_UNPACKED >> 20} MiB of them")
            for entry in entries:
                _write_beside(scripts / folder / _checked(entry.filename), archive.read(entry))
    except (OSError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise PerennialError(0, "FileUnreadable", f"{bundle} cannot be unpacked: {error}.") from error
    return folder


def _checked(name: str) -> PurePosixPath:
    """Return the path of a file in a bundle; ValueError if it could lead elsewhere."""
    path = PurePosixPath(name.replace("\\", "/"))
    parts = [*path.parts[:-1], path.stem]
    if path.is_absolute() or not all(PART.fullmatch(part) for part in parts):
        raise ValueError(f"'{name[:100]}' is not the path of a Python module")
    return path


def _use_data(workspace: Workspace, given: str, scripts: Path) -> str:
    """Upload or unpack a file and return its name in the workspace; anything else is a name already."""
    path = Path(given)
    if path.suffix.lower() == ".zip":
        return unpack_bundle(path, scripts)
    if path.suffix.lower() not in TABLES:
        return given
    if not path.is_file():
        # A mistyped path would otherwise look like the name of a dataset.
        return workspace.get_dataset(given).file_name
    workspace.upload(path)
    return path.name


def _pairs(given: list[str] | None, option: str) -> dict[str, str]:
    pairs = {}
    for item in given or ():
        name, equals, value = item.partition("=")
        if not equals or not name.strip():
            raise typer.BadParameter(f"must be NAME=VALUE, got '{item[:100]}'.", param_hint=option)
        pairs[name.strip()] = value
    return pairs


def _ask(
    workspace: Workspace, questions: list[dict[str, Any]], answers: dict[str, dict[str, str]], scripts: Path
) -> None:
    """Ask for what is missing; an empty answer leaves it open."""
    say("The file does not have the following. Press Enter to leave one out.")
    for item in questions:
        label = f"{item['Kind']} '{item['Name'] or item['Key']}' for {', '.join(item['Places'])}"
        value = typer.prompt(label, default="", show_default=False, hide_input=item["Kind"] == "secret")
        if not value:
            continue
        if item["Kind"] in ("secret", "template value"):
            answers["Values"][item["Key"]] = value
        else:
            answers["Data"][item["Key"]] = _use_data(workspace, value, scripts)


def _show(result: Mapping[str, Any], written: list[str], *, all_parts: bool) -> None:
    report = result["Report"]
    outcomes = ("carried over", "changed", "left out")
    counts = [[part, *(found[outcome] for outcome in outcomes)] for part, found in report["Counts"].items()]
    show_table(f"{result['Name']}, version {result['Version']}", ["Part", *outcomes], counts)
    items = [item for item in report["Items"] if all_parts or item["Outcome"] != "carried over"]
    rows = [[item["Part"], item["Outcome"], item["Source"], item["Target"] or None, item["Note"]] for item in items]
    if rows:
        show_table("", ["Part", "", "In the file", "Here", "How, or what to do"], rows)
    for path in written:
        say(f"{path}: read it, then deploy it with the app.")
    for item in report["Questions"]:
        option = "--set" if item["Kind"] in ("secret", "template value") else "--data"
        say(f'Still to be given: {option} "{item["Key"]}=…", {item["Kind"]} for {", ".join(item["Places"])}.')
    for warning in result["Warnings"]:
        say(warning["message"])
    say("All came over." if report["Complete"] else "Not all came over; see above.")
