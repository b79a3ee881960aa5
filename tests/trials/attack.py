"""`make attack`: every test that attacks the app, with how often it tried and how often the app held."""

import sys
from collections import Counter
from pathlib import Path

import pytest

from perennial.screen import console, show_table

ROOT = Path(__file__).parents[2]


class Tally:
    """Counts what pytest reports: cases by test, or attacks where a test made many in one case."""

    def __init__(self) -> None:
        self.tried: Counter[tuple[str, str]] = Counter()
        self.held: Counter[tuple[str, str]] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a case once it ran, or could not."""
        if report.when != "call" and not report.failed:
            return
        where, _, name = report.nodeid.partition("[")[0].rpartition("::")
        key = where, name.removeprefix("test_").replace("_", " ")
        attacks = int(dict(report.user_properties).get("attacks", 1))
        self.tried[key] += attacks
        self.held[key] += attacks if report.passed else 0


def main() -> None:
    """Attack, print what came of it, and end with 1 unless all of it was held off."""
    tally = Tally()
    status = pytest.main(["-m", "attack", "-q", "--no-header", str(ROOT / "tests")], plugins=[tally])
    console.width = max(console.width, 140)
    rows = [
        [where.removeprefix("tests/"), what, tried, tally.held[where, what]]
        for (where, what), tried in tally.tried.items()
    ]
    show_table("Attacks", ["in tests/", "what has to hold", "tried", "held"], rows)
    console.print(f"{sum(tally.tried.values()):,} attacks, {sum(tally.held.values()):,} held off.")
    sys.exit(int(status))


if __name__ == "__main__":
    main()
