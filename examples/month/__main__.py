"""Simulates a month of an endpoint and checks what it promises: `python -m examples.month [--picture FILE]`.

Real code on a real storage emulator, in one process, with a clock of its own: some minutes. Exits with status 1 and a
sentence for each promise that was not kept.
"""

import argparse
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from examples.month.days import COLUMNS, read_days, table_rows
from examples.month.endpoint import watched_endpoint
from examples.month.picture import write_picture
from examples.month.promises import promises
from examples.month.story import DAYS, live
from examples.running import errors_shown
from perennial.screen import say, show_table


def main() -> None:
    """Live through the month, print its days and promises, and draw it if asked to."""
    parser = argparse.ArgumentParser(prog="python -m examples.month", description=__doc__)
    parser.add_argument("--picture", type=Path, help="draw the month to this SVG file")
    parser.add_argument("--seed", type=int, default=0, help="random seed of the callers (default: %(default)s)")
    given = parser.parse_args()
    # In the past, since links to blobs only work once their time has come.
    start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS + 1)
    with tempfile.TemporaryDirectory(prefix="perennial-month-") as name, errors_shown():
        say("Starting Azurite, training and publishing the first model")
        with watched_endpoint(Path(name), start) as watched:
            told = live(
                watched, start, given.seed, lambda day: say(f"day {day + 1} of {DAYS}: {watched.shares[-1][1]}")
            )
            days = read_days(watched, start, DAYS)
            show_table("The month", COLUMNS, table_rows(days))
            found = list(promises(watched, told, days, start))
            if given.picture:
                write_picture(given.picture, days, watched.shares, start)
    for promise in found:
        say(f"{'kept  ' if promise.kept else 'BROKEN'} {promise.text}")
    if not all(promise.kept for promise in found):
        sys.exit("The month did not keep all its promises.")


if __name__ == "__main__":
    main()
