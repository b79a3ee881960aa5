"""What a module's result depends on: decides whether a module must run again, and says why."""

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from studio.graph.contract import Call
from studio.graph.scripts import FOLDER as SCRIPTS

FOLDERS = (Path(__file__).parent, *(Path(__file__).parents[1] / room for room in ("model", "tables")), SCRIPTS)
LIBRARIES = ("scikit-learn", "numpy", "pandas", "pyarrow", "scipy")
FIRST_RUN, NEW_MODULE, OUTSIDE = "first run", "new module", "its data comes from outside and may have changed"
DELIVERS = "it writes outside the experiment"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Code, property values, input results by port, and the version of outside data (empty if there is none)."""

    code: str
    properties: Mapping[str, Any]
    inputs: Mapping[str, str]
    data: str = ""

    @property
    def digest(self) -> str:
        """A hash of all parts."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True, default=str).encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Return the fingerprint for a run's summary, with property values hashed because some are secrets."""
        hashes = {name: _hash(value) for name, value in self.properties.items()}
        return {
            "digest": self.digest,
            "code": self.code,
            "properties": hashes,
            "inputs": self.inputs,
            "data": self.data,
        }


def take_fingerprint(call: Call, inputs: Mapping[str, str]) -> Fingerprint | None:
    """Return what the call's result depends on, or None if that is unknown.

    Parameters
    ----------
    inputs
        The digest of the result at each connected input port.
    """
    module = call.module
    if module.exports or "" in inputs.values():
        return None
    data = ""
    if module.version is not None:
        found = module.version(call)
        if found is None:
            return None
        data = found
    return Fingerprint(code_version(), dict(call.properties), dict(inputs), data)


def why_again(call: Call, now: Fingerprint | None, before: Mapping[str, Any] | None, *, first: bool) -> str:
    """Return the reason why a module runs again.

    Parameters
    ----------
    before
        The result of `Fingerprint.to_json` in the previous run; None if the module was not in it or had none.
    first
        Whether there was no previous run.
    """
    if call.module.exports:
        return DELIVERS
    if first:
        return FIRST_RUN
    if now is None:
        return OUTSIDE
    if before is None:
        return NEW_MODULE
    current = now.to_json()
    if before["code"] != current["code"]:
        return "code changed"
    changed = [name for name, value in current["properties"].items() if before["properties"].get(name) != value]
    changed += [name for name in before["properties"] if name not in current["properties"]]
    if changed:
        return f"property '{changed[0]}' changed"
    if before["data"] != current["data"]:
        return "input etag changed"
    ports = [name for name, value in current["inputs"].items() if before["inputs"].get(name) != value]
    return f"input '{ports[0]}' changed" if ports else "its result was not stored"


@cache
def code_version() -> str:
    """Return a hash of the code of all modules and scripts, and of the versions of the libraries they use."""
    digest = hashlib.sha256(platform.python_version().encode())
    for library in LIBRARIES:
        digest.update(f"{library} {version(library)}".encode())
    for folder in FOLDERS:
        for path in sorted((*folder.rglob("*.py"), *folder.rglob("*.zip"))):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
