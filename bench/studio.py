"""Benchmarks of the Studio in a browser: how soon pages are there, their sizes, frames per second of the canvas.

Chromium is driven by web/measure/measure.ts, which prints what it measured as one line of JSON.
"""

import json
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from bench.app import App
from bench.registry import ENDPOINTS, fill_with_endpoints
from bench.report import Line, figure_line, spread

WEB = Path(__file__).parents[1] / "web"
TIMEOUT_SECONDS = 900
PAINT_MARK, READY_MARK = 1.0, 1.5
KB = 1000
SHELL_MARK_KB = 90
# Modules of the drawn experiment, with the least frames per second of panning and dragging.
CANVASES = {200: 50, 400: 30}
STEP_MARK_MS = 32
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# The modules of a branch.
BRANCH = 6


def measure_studio(app: App) -> list[Line]:
    """Return the lines on the Studio's pages; nothing if no Chromium is installed, which is said."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        return [Line("not measured: no Chromium is installed", "on Debian: apt-get install chromium")]
    for count in CANVASES:
        app.workspace.put_experiment(canvas_name(count), wide_experiment(count, app.training_data.name))
    fill_with_endpoints(app)
    found = _in_browser(app, browser)
    return [
        *(_page_lines(found["pages"])),
        figure_line(
            "code and styles of the frame, brotli",
            f"{found['shell'] / KB:.1f} kB in {found['files']} files",
            found["shell"] / KB,
            SHELL_MARK_KB,
        ),
        Line("code of each page besides, brotli", _sizes(found["sizes"])),
        *(line for count in CANVASES for line in _canvas_lines(count, found["canvases"][str(count)])),
        _step_line("a step of the threshold's slider, to the next frame", found["threshold"]),
        _step_line("a keystroke in the Test page's form, scored in the browser, to the next frame", found["form"]),
        *_list_lines(found["list"]),
    ]


def canvas_name(modules: int) -> str:
    """Return the name of the experiment with so many modules."""
    return f"canvas of {modules}"


def wide_experiment(modules: int, dataset: str) -> dict[str, Any]:
    """Return an experiment of so many modules that could run: branches that each clean, split, train, score, evaluate.

    Each branch goes on from the cleaned rows of the one before the last, as long experiments of many people do.
    """
    made: dict[str, Any] = {
        "Data": {"module": "Import Data", "properties": {"Path to container, directory or blob": dataset}}
    }
    wires: list[dict[str, Any]] = []
    rows = [("Data", "Results dataset"), ("Data", "Results dataset")]

    def add(title: str, module: str, inputs: dict[str, tuple[str, str]], **properties: Any) -> None:
        if len(made) < modules:
            made[title] = {"module": module, "properties": properties}
            wires.extend({"from": list(source), "to": [title, port]} for port, source in inputs.items())

    for number in range(1, modules // BRANCH + 2):
        words = ("Clean", "Split", "Learn", "Train", "Score")
        clean, split, learner, train, score = (f"{word} {number}" for word in words)
        add(clean, "Clean Missing Data", {"Dataset": rows[-2]})
        rows.append((clean, "Cleaned dataset"))
        add(split, "Split Data", {"Dataset": rows[-1]})
        add(learner, "Two-Class Logistic Regression", {})
        sources = {"Untrained model": (learner, "Untrained model"), "Dataset": (split, "Results dataset1")}
        add(train, "Train Model", sources, **{"Label column": "income"})
        sources = {"Trained model": (train, "Trained model"), "Dataset": (split, "Results dataset2")}
        add(score, "Score Model", sources)
        add(f"Evaluate {number}", "Evaluate Model", {"Scored dataset": (score, "Scored dataset")})
    return {"modules": made, "connections": [wire for wire in wires if {wire["from"][0], wire["to"][0]} <= set(made)]}


def _in_browser(app: App, browser: str) -> dict[str, Any]:
    """Run the script and return what it measured."""
    service = app.services["logistic"].id
    asked = {
        "browser": browser,
        "origin": app.processes.url,
        "workspace": app.workspace.id,
        "token": app.workspace.token,
        "service": service,
        "experiment": "logistic",
        "canvases": {str(count): canvas_name(count) for count in CANVASES},
        "endpoints": ENDPOINTS,
    }
    with tempfile.NamedTemporaryFile("w+", suffix=".json") as result:
        subprocess.run(
            ["node", "run.mjs", "measure/measure.ts", result.name],
            cwd=WEB,
            # Through the input: a command's words can be read by everybody on the machine.
            input=json.dumps(asked),
            text=True,
            check=True,
            timeout=TIMEOUT_SECONDS,
        )
        return json.loads(Path(result.name).read_text())  # type: ignore[no-any-return]


def _page_lines(pages: dict[str, dict[str, list[float]]]) -> list[Line]:
    lines = []
    for name, times in pages.items():
        paint, ready = ([value / 1000 for value in times[kind]] for kind in ("paint", "ready"))
        lines.append(figure_line(f"{name}: first paint", f"{spread(paint)} s", statistics.median(paint), PAINT_MARK))
        lines.append(figure_line(f"{name}: ready", f"{spread(ready)} s", statistics.median(ready), READY_MARK))
    return lines


def _sizes(sizes: dict[str, float]) -> str:
    return "; ".join(f"{name} {size / KB:.1f} kB" for name, size in sizes.items())


def _canvas_lines(modules: int, found: dict[str, dict[str, float]]) -> list[Line]:
    whats = {
        "overview": "panning with all of it in the picture",
        "pan": "panning at reading size",
        "drag": "dragging a module",
    }
    return [
        figure_line(
            f"canvas of {modules} modules, {what}: frames per second",
            f"{found[kind]['rate']:.0f} a second, the longest {found[kind]['longest']:.0f} ms",
            found[kind]["rate"],
            CANVASES[modules],
            at_most=False,
        )
        for kind, what in whats.items()
    ]


def _step_line(what: str, times: list[float]) -> Line:
    return figure_line(what, f"{spread(times, 1)} ms", statistics.median(times), STEP_MARK_MS)


def _list_lines(found: dict[str, float]) -> list[Line]:
    return [
        figure_line(
            f"list of {ENDPOINTS:,} endpoints, scrolled by the wheel: frames per second",
            f"{found['rate']:.0f} a second, the longest {found['longest']:.0f} ms; {found['passed']:,} rows passed, "
            f"at most {found['drawn']} in the page",
            found["rate"],
            CANVASES[200],
            at_most=False,
        ),
        Line("the same, from the last letter of a name to its row", f"{found['found'] / 1000:.2f} s"),
    ]
