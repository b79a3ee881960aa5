"""`make attack`: every test that attacks the app, by class of attack; a fuzzer; what tenants notice of a hostile one.

Ends with 1 unless all was held.
"""

import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from perennial.screen import console, show_table
from tests.trials.fuzz import SECONDS, TARGETS, fuzz, is_available
from tests.trials.tenants import show_hostile_tenant

ROOT = Path(__file__).parents[2]


class Tally:
    """Counts what pytest reports: cases by test, or attacks where a test made many in one case."""

    def __init__(self) -> None:
        self.classes: dict[str, str] = {}
        self.tried: Counter[tuple[str, str]] = Counter()
        self.held: Counter[tuple[str, str]] = Counter()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Take note of the class of each attack: the argument of its marker."""
        for item in items:
            for marker in item.iter_markers("attack"):
                self.classes[item.nodeid] = str(marker.args[0])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a case once it ran, or could not."""
        if report.when != "call" and not report.failed:
            return
        name = report.nodeid.partition("[")[0].rpartition("::")[2]
        key = self.classes[report.nodeid], name.removeprefix("test_").replace("_", " ")
        attacks = int(dict(report.user_properties).get("attacks", 1))
        self.tried[key] += attacks
        self.held[key] += attacks if report.passed else 0


def run_tests() -> bool:
    """Run all tests marked `attack` and print each class of attack; returns whether all was held."""
    tally = Tally()
    status = pytest.main(["-m", "attack", "-q", "--no-header", str(ROOT / "tests")], plugins=[tally])
    rows = [[class_, what, tried, tally.held[class_, what]] for (class_, what), tried in sorted(tally.tried.items())]
    show_table("Attacks", ["class", "what has to hold", "tried", "held"], rows)
    console.print(f"{sum(tally.tried.values()):,} attacks, {sum(tally.held.values()):,} held off.")
    return status == pytest.ExitCode.OK


def run_fuzzer() -> bool:
    """Fuzz every parser of foreign bytes, two at a time, and print what came of it; returns whether all was held."""
    if not is_available():
        console.print("The fuzzer is left out: atheris has no wheel for this platform.")
        return True
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda name: fuzz(name, SECONDS), TARGETS))
    rows = [(item.target, item.tried, "held" if item.finding is None else str(item.finding)) for item in found]
    show_table(f"Fuzzer, {SECONDS} s for each parser", ["parser", "inputs", "held, or the input that was not"], rows)
    return all(item.finding is None for item in found)


def main() -> None:
    """Attack in three ways and print what came of each."""
    console.width = max(console.width, 140)
    # First, while this process is small: Linux counts its size as that of the processes it starts, which are limited.
    held = run_fuzzer()
    held &= run_tests()
    held &= show_hostile_tenant()
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
