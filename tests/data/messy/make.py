"""Writes the messy files: `python -m tests.data.messy.make`. CASES has what is expected of each.

All files but those that cannot be read hold the same sales: a region, an amount, a day, the units and whether it was
paid. Only how that is written differs, so a model trained on any of them gives the same scores.
"""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
NAMES = ("region", "amount", "day", "units", "paid")
REGIONS = ("Köln", "Málaga", "Orléans", "Århus")
PLAIN = {"region": "String", "amount": "Double", "day": "DateTime", "units": "Int32", "paid": "String"}
N_ROWS = 60


@dataclass(frozen=True)
class Case:
    """A file, and what is expected of it.

    `types` are those that differ from PLAIN, `says` are parts of its warnings, `error` is part of the message if it
    cannot be read, and `same` says whether its cells mean the same as those of all others.
    """

    name: str
    content: bytes
    types: dict[str, str] = field(default_factory=dict)
    says: tuple[str, ...] = ()
    error: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    same: bool = True


def sales() -> list[tuple[str, float, date, int, str]]:
    """Return the rows; every number and text is the same in each run."""
    rows = []
    for number in range(N_ROWS):
        amount = round((number * 7919 % 4001) * 9.37 + 1.25, 2)
        units = 1 + number * 31 % 17
        day = date(2025, 1, 3) + timedelta(days=number * 11 % 300)
        region = REGIONS[number * 5 % 4]
        paid = "yes" if amount / 20000 + units / 17 + REGIONS.index(region) / 8 > 1.4 else "no"
        rows.append((region, amount, day, units, paid))
    return rows


def dollars(value: float) -> str:
    return f"${value:,.2f}"


def german(value: float) -> str:
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


def table(
    *,
    amount: Callable[[float], Any] = lambda value: f"{value:.2f}",
    day: Callable[[date], str] = date.isoformat,
    units: Callable[[int], Any] = str,
    region: Callable[[str], str] = str,
    separator: str = ",",
    names: Sequence[str] = NAMES,
    line: str = "\n",
    quoting: Any = csv.QUOTE_MINIMAL,
) -> str:
    """Return the sales as delimited text, with cells written by the functions."""
    target = io.StringIO()
    writer = csv.writer(target, delimiter=separator, lineterminator=line, quoting=quoting)
    writer.writerows([names] if names else [])
    writer.writerows(
        [region(place), amount(value), day(when), units(count), paid] for place, value, when, count, paid in sales()
    )
    return target.getvalue()


def with_column(name: str, cell: Callable[[int], str]) -> bytes:
    """Return the plain file with one column more."""
    lines = table().splitlines()
    return "\n".join([f"{lines[0]},{name}", *(f"{text},{cell(row)}" for row, text in enumerate(lines[1:]))]).encode()


def numbered() -> bytes:
    """Return the plain file with row numbers before each row, as pandas writes them."""
    lines = table().splitlines()
    return "\n".join([f",{lines[0]}", *(f"{row},{text}" for row, text in enumerate(lines[1:]))]).encode()


def zipped(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def parquet() -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    target = io.BytesIO()
    columns = dict(zip(NAMES, map(list, zip(*sales(), strict=True)), strict=True))
    pq.write_table(pa.table(columns), target, compression="gzip")
    return target.getvalue()


def json_lines() -> bytes:
    rows = [dict(zip(NAMES, (*row[:2], row[2].isoformat(), *row[3:]), strict=True)) for row in sales()]
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


def arrays() -> bytes:
    import numpy as np

    target = io.BytesIO()
    columns = list(zip(*sales(), strict=True))
    np.savez(target, **{name: np.array(column) for name, column in zip(NAMES, map(_plain, columns), strict=True)})
    return target.getvalue()


def _plain(column: Sequence[Any]) -> list[Any]:
    return [cell.isoformat() if isinstance(cell, date) else cell for cell in column]


def objects() -> bytes:
    import numpy as np

    target = io.BytesIO()
    np.save(target, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    return target.getvalue()


def arff() -> bytes:
    head = "@relation sales\n" + "".join(
        f"@attribute {name} {'numeric' if name in ('amount', 'units') else 'string'}\n" for name in NAMES
    )
    return (head + "@data\n" + table(names=())).encode("cp1252")


def packed() -> bytes:
    target = io.BytesIO()
    with gzip.GzipFile("", "wb", fileobj=target, mtime=0) as file:
        file.write(table().encode())
    return target.getvalue()


def accounting(value: float) -> str:
    return f"({value:,.2f})"


def paper(value: float, mark: str) -> str:
    return f"{value:,.2f}".replace(",", mark)


CASES = (
    Case("plain.csv", table().encode()),
    Case("currency.csv", table(amount=dollars).encode()),
    Case("currency_spaced.csv", table(amount=lambda value: f"€ {value:,.2f}").encode()),
    Case("currency_code.csv", table(amount=lambda value: f"{value:,.2f} USD").encode()),
    Case("german.csv", table(amount=german, day=lambda d: f"{d:%d.%m.%Y}", separator=";").encode("utf-8-sig")),
    Case(
        "german_windows.csv",
        table(amount=lambda value: f"{german(value)} €", day=lambda d: f"{d:%d.%m.%Y}", separator=";").encode("cp1252"),
        says=("read as Windows-1252",),
    ),
    Case("swiss.csv", table(amount=lambda value: paper(value, "'"), separator=";").encode()),
    Case(
        "french.csv",
        table(
            amount=lambda value: paper(value, "\u00a0").replace(".", ","), day=lambda d: f"{d:%d/%m/%Y}", separator=";"
        ).encode("cp1252"),
        says=("read as Windows-1252",),
    ),
    Case("thousands.csv", table(amount=lambda value: f"{value:,.2f}", quoting=csv.QUOTE_ALL).encode()),
    Case("percent.csv", table(amount=lambda value: f"{value:.2f} %").encode()),
    Case("accounting.csv", table(amount=accounting).encode(), same=False),
    Case("decimal_comma.tsv", table(amount=lambda value: f"{value:.2f}".replace(".", ","), separator="\t").encode()),
    Case("decimal_comma.csv", table(amount=lambda value: f"{value:.2f}".replace(".", ",")).encode()),
    Case("utf16.csv", table(separator="\t").encode("utf-16")),
    Case("utf16_unmarked.csv", table().encode("utf-16-be")),
    Case("latin1.csv", table().encode("latin-1"), says=("read as Windows-1252",)),
    Case(
        "windows1250.csv",
        table(region=lambda text: f"Łódź {text[0]}").encode("cp1250", "replace"),
        says=("read as Windows-1250",),
        same=False,
    ),
    Case(
        "cyrillic.csv",
        table(region=lambda text: "Москва" if text > "L" else "Казань", names=("регион", *NAMES[1:])).encode("cp1251"),
        types={"region": "", "регион": "String"},
        says=("read as Windows-1251",),
        same=False,
    ),
    Case("pipes.csv", table(separator="|").encode()),
    Case("tabs.csv", table(separator="\t").encode()),
    Case("sep_line.csv", b"sep=;\r\n" + table(separator=";", line="\r\n").encode()),
    Case("line_ends.csv", table(line="\r\n").replace("Köln", '"Köln"').encode("utf-8-sig") + b"\r\n\r\n"),
    Case(
        "line_breaks.csv",
        table(region=lambda text: f"{text}\n(Mitte)" if text == "Köln" else text).encode(),
        same=False,
    ),
    Case("us_dates.csv", table(day=lambda d: f"{d:%m/%d/%Y}").encode()),
    Case("uk_dates.csv", table(day=lambda d: f"{d:%d/%m/%Y}").encode()),
    Case("dotted_times.csv", table(day=lambda d: f"{d:%d.%m.%Y} 00:00").encode()),
    Case("month_names.csv", table(day=lambda d: f"{d:%d %b %Y}").encode()),
    Case("times.csv", table(day=lambda d: f"{d}T00:00:00Z").encode()),
    Case(
        "ambiguous_dates.csv",
        table(day=lambda d: f"{d.day % 12 + 1:02}/{d.month:02}/2025").encode(),
        says=("Column 'day'", "it could also be"),
        same=False,
    ),
    Case("own_dates.csv", table(day=lambda d: f"{d:%d|%m|%Y}").encode(), options={"Types": {"day": "%d|%m|%Y"}}),
    Case(
        "missing_words.csv",
        table(
            amount=lambda value: "n/a" if value < 900 else f"${value:,.2f}", units=lambda n: "?" if n == 3 else n
        ).encode(),
        same=False,
    ),
    Case(
        "named_missing.csv",
        table(amount=lambda value: "unknown" if value < 900 else f"{value:.2f}").encode(),
        options={"Missing": ["unknown"]},
        same=False,
    ),
    Case(
        "nearly_numbers.csv",
        table(amount=lambda value: "ask Ann" if value < 900 else f"{value:.2f}").encode(),
        types={"amount": "String"},
        says=("Column 'amount'", "looks like numbers", "are not, such as 'ask Ann'"),
        same=False,
    ),
    Case(
        "mixed_units.csv",
        table(amount=lambda value: f"€{value:.2f}" if value < 20000 else f"${value:.2f}").encode(),
        types={"amount": "String"},
        says=("Column 'amount'", "several units ($, €)"),
        same=False,
    ),
    Case(
        "ambiguous_thousands.csv",
        table(amount=lambda value: f"{1000 + value:,.0f}").encode(),
        types={"amount": "Int32"},
        says=("Column 'amount'", "it could also be"),
        same=False,
    ),
    Case(
        "ids.csv",
        with_column("order", lambda row: f"A-{row * 7:04}-{row}"),
        types={"order": "String"},
        says=("Column 'order'", "a different text in nearly every row"),
    ),
    Case(
        "constant.csv",
        with_column("shop", lambda row: "main"),
        types={"shop": "String"},
        says=("Column 'shop'", "the same value in every row"),
        same=False,
    ),
    Case("row_numbers.csv", numbered(), types={"Col1": "Int32"}, same=False),
    Case(
        "headerless.csv",
        table(names=()).encode(),
        types={f"Col{place + 1}": kind for place, kind in enumerate(PLAIN.values())} | dict.fromkeys(NAMES, ""),
        says=("The first row looks like data",),
    ),
    Case("latin1.arff", arff(), says=("read as Windows-1252",)),
    Case("sales.parquet", parquet()),
    Case("sales.jsonl", json_lines()),
    Case("sales.npz", arrays()),
    Case("sales.csv.gz", packed()),
    Case("sales.zip", zipped({"__MACOSX/._sales.csv": b"x", "data/sales.csv": table().encode()})),
    Case(
        "ragged.csv", table().encode() + b"Oslo,1,2025-01-01,1,yes,more\n", error="A row has 6 cells, but the first row"
    ),
    Case("workbook.csv", zipped({"xl/workbook.xml": b"<x/>"}), error="such as an Excel workbook"),
    Case("page.csv", b"<!DOCTYPE html><html><body>Sign in</body></html>", error="is a web page, not a table"),
    Case(
        "two_encodings.csv",
        table().encode() + "Düsseldorf,1,2025-01-01,1,yes\n".encode("cp1252"),
        error="is UTF-8 except for a few bytes: byte 2,032, in line 62",
    ),
    Case("twice.csv", table(names=("region", "amount", "day", "amount", "paid")).encode(), error="two columns named"),
    Case("no_name.csv", table(names=("region", "amount", "", "units", "paid")).encode(), error="Column 3 has no name"),
    Case("zeros.csv", b"a,b\n1,\0\0\n", error="it has zero bytes"),
    Case("two_tables.zip", zipped({"a.csv": b"a\n1\n", "b.csv": b"a\n1\n"}), error="exactly one table, got 2"),
    Case("objects.npy", objects(), error="Python objects, which are not read"),
    Case("not_packed.csv.gz", table().encode(), error="is not a gzip file"),
    Case("nested.jsonl", b'{"a": {"b": 1}}\n', error="'a' is nested"),
)


def main() -> None:
    """Write every file."""
    for case in CASES:
        (FOLDER / case.name).write_bytes(case.content)


if __name__ == "__main__":
    main()
