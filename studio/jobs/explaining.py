"""What explains the scores of a batch job: any number of rows, for as long as a run may take."""

import time

from studio.errors import ModuleExecutionError
from studio.model.batches import Explain
from studio.model.loaded import LoadedModel
from studio.serving.app import App


def explaining(app: App, model: LoadedModel) -> Explain:
    """Return what explains the rows that a model scores, from now on until the time of a run is used up.

    It raises ModuleExecutionError (0138) then: the host would end the process soon after, and the job would start anew.
    """
    seconds = app.storage.settings.run_seconds
    until, sources = time.monotonic() + seconds, [column.name for column in model.file.encoder.sources]

    def check() -> None:
        if time.monotonic() > until:
            raise ModuleExecutionError(
                "0138",
                f"Score Model: explaining the rows takes longer than {seconds / 60:g} minutes. Split the input into "
                "several jobs, or explain the rows only that you want to know of. The app's operator can change the "
                "app setting PERENNIAL_RUN_MINUTES.",
            )

    return lambda matrix, scores: app.explainers.explain_while(check, model, matrix, scores, sources)
