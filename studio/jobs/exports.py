"""Export Data in scoring jobs: the modules that write scores outside run on the outputs, once those are written.

Each destination's content is replaced as a whole, as in every run (studio/graph/modules/export_data.py). So a job that
is killed at any moment and tried again leaves what one that was not killed leaves.
"""

from studio.datasets.workspace_data import WorkspaceData
from studio.errors import BadArgument
from studio.graph.dataset import Dataset, dataset_from_table
from studio.graph.document import parse_experiment
from studio.graph.exports import modules_after_scoring, scored_ports
from studio.graph.runner import OnProgress, run_experiment
from studio.graph.time_budget import TimeBudget
from studio.jobs.jobs import OpenJob
from studio.jobs.scoring import ScoringTask
from studio.storage.account import Storage
from studio.storage.blob_access import read_table_blob
from studio.storage.blobs import own_blob
from studio.tables.files import read_typed_table


def export_scores(
    storage: Storage, job: OpenJob, tasks: dict[str, ScoringTask], progress: OnProgress, budget: TimeBudget
) -> None:
    """Run the modules after scoring.

    Parameters
    ----------
    tasks
        What was done for each output, by its name.

    Raises
    ------
    StudioError
        If an output cannot be read back or is too large, or a module fails.
    """
    experiment, parameters = parse_experiment(job.definition.experiment), job.record.request.parameters
    wanted = modules_after_scoring(experiment)
    ports = {target: name for target, name in scored_ports(experiment).items() if target.node in wanted}
    outputs = {name: _read_output(storage, job, tasks[name], name) for name in dict.fromkeys(ports.values())}
    run_experiment(
        experiment,
        WorkspaceData(storage, job.record.workspace_id),
        wanted=wanted,
        fed={target: outputs[name] for target, name in ports.items()},
        parameters={(item.module, item.property): parameters[item.name] for item in job.definition.parameters},
        progress=progress,
        budget=budget,
    )


def _read_output(storage: Storage, job: OpenJob, task: ScoringTask, name: str) -> Dataset:
    reference = job.locations[name]
    if not reference.base_location and not reference.connection_string:
        reference = own_blob(storage, reference.relative_location, storage.clock())
    try:
        content = read_table_blob(storage, reference, storage.settings.max_table_bytes, name)
    except BadArgument as error:
        raise BadArgument(
            "InvalidBlob",
            f"Export Data reads the rows of the output '{name}' back, which failed: {error.message} If the output is "
            "given with a SAS token, the token needs the permission to read ('r').",
            name,
        ) from error
    return dataset_from_table(*read_typed_table(content, task.extension, task.scorer().columns))
