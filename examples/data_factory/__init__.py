"""Data Factory documents of both versions, as users have them, with placeholders for hosts, keys and storage."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def read_documents(version: str, **places: str) -> dict[str, Any]:
    """Return the documents of `v1` or `v2` by file name, with each `{{name}}` replaced."""
    found = {}
    for path in sorted((FOLDER / version).glob("*.json")):
        text = path.read_text()
        for name, value in places.items():
            text = text.replace(f"{{{{{name}}}}}", value)
        found[path.stem] = json.loads(text)
    return found
