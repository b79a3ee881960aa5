"""`make bench`: benchmarks everything against its peers in one run, prints the results and writes bench/results.md."""

import argparse
import os
import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bench.app import App, measured_app
from bench.batch import measure_batch, measure_training
from bench.deployed import measure_log, measure_shares
from bench.load import require_wrk
from bench.registry import measure_registry
from bench.report import Line, markdown
from bench.requests import measure_constant, measure_in_process, measure_peers
from bench.starts import measure_starts
from bench.studio import measure_studio
from bench.swaps import measure_swaps
from perennial.screen import console

RESULTS = Path(__file__).with_name("results.md")
HEAD = """# Results of `make bench`

{when} on {cpus} cores ({machine}), Python {python}.

The first figure is Perennial's, the second that of what it is compared with. `100 x 4` means requests of 100 rows over
4 connections. Ratios are from paired runs. Values are given as median (minimum to maximum).

Perennial runs one HTTP process on the development host and one background process; each peer runs one worker process.
Azurite and the load generator share the same cores, so the ratios mean more than the absolute figures.

"""
Section = tuple[str, dict[str, str], list[Callable[[App], list[Line]]]]
SECTIONS: dict[str, Section] = {
    "requests": (
        "Request-response scoring",
        {},
        [
            measure_constant,
            measure_in_process,
            lambda app: measure_peers(app, "logistic"),
            lambda app: measure_peers(app, "boosted"),
        ],
    ),
    "deployed": ("Logged rows and shared traffic, relative to neither", {}, [measure_log, measure_shares]),
    "starts": ("Cold start and memory", {}, [measure_starts]),
    "batch": ("Batch execution", {}, [measure_training, measure_batch]),
    "swaps": ("Swapping models under load", {}, [measure_swaps]),
    "registry": ("Many endpoints", {"PERENNIAL_MODEL_CACHE_MB": "128"}, [measure_registry]),
    "studio": ("The Studio in a browser", {}, [measure_studio]),
}


def main() -> None:
    """Measure the sections given by the arguments, all by default."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "sections", nargs="*", help=f"of {', '.join(SECTIONS)}; without, all, and results.md is written"
    )
    arguments = parser.parse_args()
    unknown = set(arguments.sections) - set(SECTIONS)
    if unknown:
        parser.error(f"unknown section: {', '.join(sorted(unknown))}")
    require_wrk()
    # Installed packages have their bytecode on disk, so let the measured programs write theirs as well.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    parts = _known_parts()
    for name in arguments.sections or list(SECTIONS):
        parts[SECTIONS[name][0]] = _measure(name)
        titles = [title for title, _, _ in SECTIONS.values() if title in parts]
        RESULTS.write_text(_head() + "\n".join(parts[title] for title in titles))
    console.print(f"Written to {RESULTS.name}.")


def _known_parts() -> dict[str, str]:
    """Return the previous results by title: a section measured alone replaces only its own part."""
    text = RESULTS.read_text() if RESULTS.exists() else ""
    return {part.partition("\n")[0]: f"## {part.rstrip()}\n" for part in text.split("\n## ")[1:]}


def _measure(name: str) -> str:
    title, settings, measures = SECTIONS[name]
    console.rule(f"[bold]{title}")
    lines: list[Line] = []
    started = time.monotonic()
    with measured_app(**settings) as app:
        for measure in measures:
            for line in measure(app):
                lines.append(line)
                sign = {True: "[green]yes[/]", False: "[red]no[/]", None: ""}[line.holds]
                console.print(f"{line.what}: {line.figure}  [bold]{line.reached}[/] {line.mark} {sign}", soft_wrap=True)
    console.print(f"[dim]{time.monotonic() - started:.0f} s[/]")
    return markdown(title, lines)


def _head() -> str:
    cpus = len([line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("processor")])
    when = datetime.now(UTC).strftime("%d %B %Y")
    return HEAD.format(when=when, cpus=cpus, machine=_processor(), python=platform.python_version())


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


if __name__ == "__main__":
    main()
