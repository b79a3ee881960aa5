"""What holds for every command of `perennial`, and how tables fit the terminal; no app is needed."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from perennial import cli, output
from perennial.cli_app import EXIT_CODES
from perennial.cli_jobs import _read_rows
from perennial.errors import PerennialError
from perennial.output import Output, chosen
from perennial.screen import show_records, show_rows
from tools.cli_page import cli_page

RUNNER = CliRunner()


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(commands(typer.main.get_command(cli.app)))


@pytest.fixture
def narrow(monkeypatch) -> None:
    monkeypatch.setattr(output.console, "width", 80)


@pytest.fixture(autouse=True)
def text_again() -> Iterator[None]:
    yield
    chosen.set(Output.TEXT)


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_prints_json_and_csv_and_has_help(path):
    command = COMMANDS[path]
    options = {option for parameter in command.params for option in parameter.opts}
    assert {"--json", "--csv"} <= options
    assert command.help
    assert all(getattr(parameter, "help", None) for parameter in command.params)


def test_help_lists_the_exit_codes():
    printed = RUNNER.invoke(cli.app, ["--help"]).stdout
    for code, meaning in EXIT_CODES.items():
        assert f"{code:>3}  {meaning}" in printed


def test_the_reference_page_is_current():
    # Written by `make reference`.
    assert (Path(__file__).parents[2] / "docs" / "reference" / "cli.md").read_text() == cli_page()


@pytest.mark.parametrize(
    "arguments, text",
    [
        (["service", "list", "--json", "--csv"], "either --json or --csv"),
        (["score", "s", '{"a": 1}', "--parameter", "x"], "--parameter must be NAME=VALUE, got 'x'"),
        (["score", "s", '{"a": 1}', "--parameter", "x=1", "--parameter", "x=2"], "gives 'x' twice"),
        (["nonsense"], "No such command"),
        (["service", "show"], "Missing argument"),
    ],
)
def test_wrong_usage_exits_with_2(arguments, text):
    done = RUNNER.invoke(cli.app, arguments)
    assert done.exit_code == 2
    assert text in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("rows", ["[]", "[1]", "{", "nowhere.csv", '[{"a": 1}, 5]'])
def test_rows_that_cannot_be_read_are_an_error(rows):
    done = RUNNER.invoke(cli.app, ["--workspace", "w", "--token", "t", "score", "s", rows])
    assert done.exit_code == 1
    assert "RowsUnreadable" in done.stderr


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_rows_to_score_are_read_as_people_have_them(tmp_path, encoding):
    path = tmp_path / "rows.csv"
    path.write_bytes("Stadt;Umsatz\r\nKöln;1.197,44 €\r\n\r\nUlm\r\n".encode(encoding))
    assert _read_rows(str(path)) == [{"Stadt": "Köln", "Umsatz": "1.197,44 €"}, {"Stadt": "Ulm", "Umsatz": None}]
    path.write_bytes("Stadt;Umsatz\nUlm;1;2\n".encode(encoding))
    with pytest.raises(PerennialError, match=r"row 1 has 3 cells, but the header has 2\."):
        _read_rows(str(path))


def wide_rows(count: int) -> list[dict[str, Any]]:
    row = {f"mean measurement {number}": f"{number}.123456" for number in range(30)}
    return [row | {"Scored Labels": "benign", "Scored Probabilities": "0.98"} for _ in range(count)]


def shown(capsys, *, wide: bool = False, count: int = 3, width: int = 80) -> list[str]:
    output.console.width = width
    rows = wide_rows(count)
    names = sorted(rows[0], key=lambda name: not name.startswith("Scored"))
    show_rows(rows, names, wide=wide)
    return capsys.readouterr().out.splitlines()


def test_scores_come_first_and_only_what_fits(capsys, narrow):
    lines = shown(capsys)
    assert max(map(len, lines)) <= 80
    assert lines[1].split("┃")[1].strip() == "Scored Labels"
    assert lines[1].split("┃")[2].strip() == "Scored Probabilities"
    assert "…" not in "".join(lines)
    assert lines[-1] == "29 more columns: --wide shows all of them, and so do --csv and --json."


def test_wide_shows_all_columns_on_one_line_a_row(capsys, narrow):
    lines = shown(capsys, wide=True)
    assert len([line for line in lines if "benign" in line]) == 3
    assert all(name in lines[1] for name in wide_rows(1)[0])
    assert "more columns" not in "".join(lines)


def test_one_row_is_shown_vertically(capsys, narrow):
    lines = shown(capsys, count=1)
    assert len([line for line in lines if line.startswith("│")]) == 32
    assert lines[3].split("│")[1].strip() == "Scored Labels"
    assert max(map(len, lines)) <= 80


def test_the_first_column_is_shown_on_the_narrowest_terminal(capsys, narrow):
    assert any("ben" in line for line in shown(capsys, width=12))


def test_ids_are_never_broken(capsys, narrow):
    records = [{"Name": "a very long name of a web service " * 3, "Id": "0123456789abcdef" * 2}]
    show_records(records, {"Name": "Name", "Id": "Id"})
    assert "0123456789abcdef" * 2 in capsys.readouterr().out


def test_ids_are_whole_in_a_table_that_fits_only_with_narrower_cells(capsys, narrow):
    names = ("Run", "Experiment", "State", "Started", "Details")
    records = [dict(zip(names, ["6b" * 16, "Kunden", "Finished", "2026-11-26 23:17", "-"], strict=True))]
    show_records(records, {name: name for name in names})
    printed = capsys.readouterr().out
    assert "6b" * 16 in printed
    assert max(map(len, printed.splitlines())) <= 80


def test_csv_is_read_back_as_it_was(capsys):
    records = [{"Id": "a" * 32, "Note": 'with "quotes",\nand a line', "Models": [{"Name": "m"}]}, {"Other": None}]
    chosen.set(Output.CSV)
    show_records(records, {"Id": "Id"})
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert rows[0]["Id"] == "a" * 32
    assert rows[0]["Note"] == records[0]["Note"]
    assert json.loads(rows[0]["Models"]) == [{"Name": "m"}]
    assert rows[1]["Other"] == ""


def test_json_of_nothing_is_an_empty_list(capsys):
    chosen.set(Output.JSON)
    show_records([], {"Id": "Id"})
    assert json.loads(capsys.readouterr().out) == []
