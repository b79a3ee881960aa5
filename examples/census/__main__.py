"""Writes census rows: `python -m examples.census people.csv --rows 30000`."""

import argparse
from pathlib import Path

from examples.census.data import write_census


def main() -> None:
    """Write the file described by the arguments."""
    parser = argparse.ArgumentParser(prog="python -m examples.census", description=__doc__)
    parser.add_argument("file", type=Path, help="the CSV file to write")
    parser.add_argument("--rows", type=int, default=30_000, help="number of rows (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="random seed (default: %(default)s)")
    parser.add_argument("--without-label", action="store_true", help="omit the column income, as for scoring")
    arguments = parser.parse_args()
    write_census(arguments.file, arguments.rows, arguments.seed, label=not arguments.without_label)
    print(f"{arguments.file}: {arguments.rows:,} rows, {arguments.file.stat().st_size / 1048576:.1f} MiB")


if __name__ == "__main__":
    main()
