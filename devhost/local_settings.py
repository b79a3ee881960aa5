"""local.settings.json: created once with a random master secret, and read as Core Tools read it."""

import json
import secrets
from pathlib import Path

FILE_NAME = "local.settings.json"


def write_local_settings(folder: Path) -> Path:
    """Create the file if it does not exist, and return its path."""
    path = folder / FILE_NAME
    if not path.exists():
        values = {
            "FUNCTIONS_WORKER_RUNTIME": "python",
            "AzureWebJobsStorage": "UseDevelopmentStorage=true",
            "PERENNIAL_MASTER_SECRET": secrets.token_urlsafe(48),
        }
        path.write_text(json.dumps({"IsEncrypted": False, "Values": values}, indent=2) + "\n")
        path.chmod(0o600)
    return path


def read_local_settings(folder: Path) -> dict[str, str]:
    """Return the `Values` of the file, all as text."""
    values = json.loads((folder / FILE_NAME).read_text())["Values"]
    return {name: str(value) for name, value in values.items()}
