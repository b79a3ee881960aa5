"""Execute Python Script: run a function deployed with the app."""

from collections.abc import Callable
from typing import Any

from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.frames import dataset_from_frame, frame_for_scripts
from studio.graph.scripts import BUNDLE, DIGEST, MODULE, SCRIPT, importing_bundle, load_script, script_digest

PORTS = ("Dataset1", "Dataset2")


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
    frames = [frame_for_scripts(call.inputs[port]) if port in call.inputs else None for port in PORTS]
    with importing_bundle(call, call.properties.get(BUNDLE)):
        function = load_script(call, name)
        try:
            result = function(*frames)
        except Exception as error:
            # Rows sent for scoring stand for themselves.
            where, cause = _first_failure(function, frames, error) if digest else ("", error)
            raise call.error("0085", f"the script '{name}' failed{where}: {type(cause).__name__}: {cause}.") from error
    frame = result[0] if isinstance(result, (tuple, list)) and result else result
    if not isinstance(frame, pd.DataFrame):
        raise call.error("0085", f"the script '{name}' must return a data frame, or a tuple whose first item is one.")
    return (dataset_from_frame(call, frame),)


def _first_failure(function: Callable[..., Any], frames: list[Any], error: Exception) -> tuple[str, Exception]:
    """Return which row makes a script fail, as a message has it, and its error; no row if each half passes alone."""
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
            return "", error
    return (f" at row {start + 1}" if end else ""), error


MODULES = (
    Module(
        name=MODULE,
        family="cdb56f957f4c404dbde75bb972e6f232",
        inputs=tuple(Port(name, PortType.DATASET, optional=True) for name in PORTS),
        outputs=(Port("Result Dataset", PortType.DATASET),),
        properties=(
            Property(SCRIPT, Kind.TEXT),
            Property(BUNDLE, Kind.TEXT, optional=True),
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
            "scripts before and after Score Model. Publishing sets Script hash, the SHA-256 of the script and its "
            "bundle: if the deployment has another script by then, requests are refused until the experiment is "
            "published again. An error names the first row that makes the script fail. A request has a minute.",
            "`azureml_main(dataframe1, dataframe2)` takes and returns pandas data frames. No Python Device output.",
        ),
    ),
)
