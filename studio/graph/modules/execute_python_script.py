"""Execute Python Script: run a function deployed with the app."""

from typing import Any

from studio.graph.contract import Call, Effect, Kind, Module, Port, PortType, Property
from studio.graph.frames import dataset_from_frame, frame_for_scripts
from studio.graph.scripts import importing_bundle, load_script

PORTS, BUNDLE = ("Dataset1", "Dataset2"), "Script Bundle"


def run(call: Call) -> tuple[Any, ...]:
    """Call the script's `azureml_main` with the datasets as data frames and return the first frame it returns.

    Raises
    ------
    ModuleExecutionError
        0085 if there is no such script, or it fails, or does not return a data frame.
    """
    import pandas as pd

    name = call.properties["Script"]
    frames = [frame_for_scripts(call.inputs[port]) if port in call.inputs else None for port in PORTS]
    with importing_bundle(call, call.properties.get(BUNDLE)):
        function = load_script(call, name)
        try:
            result = function(*frames)
        except Exception as error:
            raise call.error("0085", f"the script '{name}' failed: {type(error).__name__}: {error}.") from error
    frame = result[0] if isinstance(result, (tuple, list)) and result else result
    if not isinstance(frame, pd.DataFrame):
        raise call.error("0085", f"the script '{name}' must return a data frame, or a tuple whose first item is one.")
    return (dataset_from_frame(call, frame),)


MODULES = (
    Module(
        name="Execute Python Script",
        family="cdb56f957f4c404dbde75bb972e6f232",
        inputs=tuple(Port(name, PortType.DATASET, optional=True) for name in PORTS),
        outputs=(Port("Result Dataset", PortType.DATASET),),
        properties=(Property("Script", Kind.TEXT), Property(BUNDLE, Kind.TEXT, optional=True)),
        run=run,
        effect=Effect.TABLE,
        notes=(
            "Script is the name of a file in the folder `scripts/`, deployed with the app. Code in an experiment is "
            "never run: the original's Python Script is rejected.",
            "Script Bundle, a port in the original, is the name of a folder or zip file in `scripts/` whose modules "
            "the script can import. It is deployed with the app as well: an uploaded zip file is never run.",
            "`azureml_main(dataframe1, dataframe2)` takes and returns pandas data frames. No Python Device output.",
        ),
    ),
)
