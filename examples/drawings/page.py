"""Writes a page that scores drawings made with the mouse: the trained model, the scorer for browsers, and the page."""

import shutil
from pathlib import Path

from perennial import Workspace
from perennial.transport import download

PAGE = Path(__file__).parent / "page"
SCORER = Path(__file__).parents[2] / "web" / "dist" / "scoring" / "perennial-scoring.js"


def write_page(workspace: Workspace, experiment: str, folder: Path) -> None:
    """Write the page to a folder, which any web server can serve.

    Raises
    ------
    FileNotFoundError
        If the scorer was not built; `make setup` builds it.
    """
    if not SCORER.exists():
        raise FileNotFoundError(f"{SCORER} is not there. Run 'make setup', which builds it.")
    shutil.copytree(PAGE, folder, dirs_exist_ok=True)
    shutil.copy(SCORER, folder)
    endpoint = workspace.get_endpoint(workspace.publish(experiment, "predictive"))
    (folder / "drawings.ilearner").write_bytes(download(endpoint.resources[0].location))
