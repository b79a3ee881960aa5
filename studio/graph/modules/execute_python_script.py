"""Execute Python Script: run a function deployed with the app."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.dataset import Dataset
from studio.graph.frames import dataset_from_frame, frame_for_scripts
from studio.graph.scripts import (
    BUNDLE,
    DIGEST,
    INPUTS,
    MODULE,
    RESULT,
    RUNS,
    SCRIPT,
    importing_bundle,
    load_script,
    script_digest,
)


def run(call: Call) -> tuple[Any, ...]:
    """Call the script's `azureml_main` with the datasets as data frames and return the first frame it returns.

    Raises
    ------
    ModuleExecutionError
        0085 if there is no such script, it is another than it must be, fails, or does not return a data frame.
    """
    import pandas as pd

    name, digest = call.properties[SCRIPT], call.properties.get(DIGEST)
    if digest and digest != script_digest(name, call.properties.get(BUNDLE)):
        raise call.error(
            "0085",
            f"the script '{name}' is not the one that the web service was published with: it was changed in, or is "
            "missing from, the app's deployment. Run and publish the experiment again, or deploy the former script.",
        )
    frames = [frame_for_scripts(call.inputs[port]) if port in call.inputs else None for port in INPUTS]
    with importing_bundle(call, call.properties.get(BUNDLE)):
        function = load_script(call, name)
        try:
            result = function(*frames)
        except Exception as error:
            # Rows sent for scoring stand for themselves.
            place, cause = _first_failure(function, frames, error) if digest else (None, error)
            where = "" if place is None else f" at row {_row(call, place)}"
            raise call.error("0085", f"the script '{name}' failed{where}: {type(cause).__name__}: {cause}.") from error
    frame = result[0] if isinstance(result, (tuple, list)) and result else result
    if not isinstance(frame, pd.DataFrame):
        raise call.error("0085", f"the script '{name}' must return a data frame, or a tuple whose first item is one.")
    made = dataset_from_frame(call, frame)
    return (
        _beside_its_rows(call, made) if digest and call.properties.get(RUNS) and INPUTS[0] in call.inputs else made,
    )


def _beside_its_rows(call: Call, made: Dataset) -> Dataset:
    """Return what a script made of rows sent for scoring under the numbers of those rows; there must be as many."""
    index = call.inputs[INPUTS[0]].frame.index
    if len(made.frame) != len(index):
        raise call.error(
            "0085",
            f"the script '{call.properties[SCRIPT]}' made {len(made.frame)} rows of {len(index)}. A script that runs "
            "when scoring returns one row for each row it gets, in the same order.",
        )
    frame = made.frame.set_axis(index)
    return replace(made, frame=frame, source=frame)


def _row(call: Call, place: int) -> int:
    """Return the number of a row among those that were sent, from 1."""
    return int(call.inputs[INPUTS[0]].frame.index[place]) + 1 if call.properties.get(RUNS) else place + 1


def _first_failure(function: Callable[..., Any], frames: list[Any], error: Exception) -> tuple[int | None, Exception]:
    """Return the position of the row that makes a script fail, and its error; None if each half passes alone."""
    rows, others = frames[0], frames[1:]
    start, end = 0, 0 if rows is None else len(rows)
    while end - start > 1:
        middle = (start + end) // 2
        for half in ((start, middle), (middle, end)):
            try:
                function(rows.iloc[slice(*half)].reset_index(drop=True), *others)
            except Exception as found:
                (start, end), error = half, found
                break
        else:
            return None, error
    return (start if end else None), error


MODULES = (
    Module(
        name=MODULE,
        family="cdb56f957f4c404dbde75bb972e6f232",
        inputs=tuple(Port(name, PortType.DATASET, optional=True) for name in INPUTS),
        outputs=(Port(RESULT, PortType.DATASET),),
        properties=(
            Property(SCRIPT, Kind.TEXT),
            Property(BUNDLE, Kind.TEXT, optional=True),
            Property(RUNS, Kind.BOOLEAN, False),
            Property(DIGEST, Kind.TEXT, optional=True),
        ),
        run=run,
        effect=Effect.TABLE,
        notes=(
            "Script is the name of a file in the folder `scripts/`, deployed with the app. Code in an experiment is "
            "never run: the original's Python Script is rejected.",
            "Script Bundle, a port in the original, is the name of a folder or zip file in `scripts/` whose modules "
            "the script can import. It is deployed with the app as well: an uploaded zip file is never run.",
            "A predictive experiment [drawn by hand](../experiment.md#predictive-experiments-drawn-by-hand) may have "
            "scripts before and after Score Model, too. Publishing sets Script hash, the SHA-256 of the script and its "
            "bundle: if the deployment has another script by then, requests are refused until the experiment is "
            "published again. An error names the first row that makes the script fail. A request has a minute.",
            "Runs when scoring: a derived predictive experiment "
            "[keeps the script](../experiment.md#scripts-that-run-when-scoring), and it handles each row by itself: it "
            "returns one row for each row it gets, in the same order. Jobs then run it over blocks of rows, so that "
            "their memory stays bounded. Without it, publishing leaves the script out, and rows sent for scoring enter "
            "after it.",
            "`azureml_main(dataframe1, dataframe2)` takes and returns pandas data frames. No Python Device output.",
        ),
    ),
)
