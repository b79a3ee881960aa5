"""Print what CHANGELOG.md says of a version: `python -m tools.changelog 0.2.0`."""

import re
import sys
from pathlib import Path

CHANGELOG = Path(__file__).parent.parent / "CHANGELOG.md"


def changes(version: str) -> str:
    """Return the section of a version without its heading; ValueError if there is none."""
    found = re.search(rf"^## \[{re.escape(version)}\].*?\n(.*?)(?=^## \[|\Z)", CHANGELOG.read_text(), re.M | re.S)
    if found is None:
        raise ValueError(f"CHANGELOG.md has no section [{version}].")
    return found[1].strip() + "\n"


if __name__ == "__main__":
    try:
        print(changes(sys.argv[1]), end="")
    except ValueError as error:
        sys.exit(str(error))
