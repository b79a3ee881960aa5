"""The file that `perennial workspace export` writes and `import` reads: a zip with a fixed set of names.

`workspace.json` says what there is: Format, FriendlyName, Experiments, Services, Policies, Subscriptions (absent in
earlier ones), Models and Datasets. Trained models are `models/{SHA-256}.ilearner`, datasets `datasets/{number}`. It has
no key, no token and no secret. A file may come from anybody: its members are never unpacked under the names they have,
and what they unpack to is bounded.
"""

import hashlib
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from perennial.errors import PerennialError

FORMAT = 1
MANIFEST = "workspace.json"
MODEL = re.compile(r"models/[0-9a-f]{64}\.ilearner")
DATASET = re.compile(r"datasets/[0-9]{1,6}")
LISTS = ("Experiments", "Services", "Policies", "Models", "Datasets")
MAX_MEMBERS = 100_000
MAX_MANIFEST_BYTES = 64 << 20
MAX_MODEL_BYTES = 512 << 20
MAX_TOTAL_BYTES = 50 << 30
# Of what unpacks to more than a megabyte; tables of numbers reach 10, of repeated texts 100.
MAX_RATIO = 500
CHUNK_BYTES = 1 << 20
PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def model_member(digest: str) -> str:
    """Return the name of a trained model in the file."""
    return f"models/{digest}.ilearner"


def write_manifest(file: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    """Write what there is into an open file, after everything else."""
    file.writestr(MANIFEST, json.dumps({"Format": FORMAT, **manifest}, indent=1, ensure_ascii=False))


class WorkspaceFile:
    """An export that was opened and checked: `manifest` is what there is."""

    def __init__(self, file: zipfile.ZipFile, name: str) -> None:
        self._file = file
        self._name = name
        _check_members(file, name)
        self.manifest = self._read_manifest()

    def read_model(self, digest: str) -> bytes:
        """Return a trained model's file; PerennialError unless its content has this hash."""
        member = model_member(digest)
        if not MODEL.fullmatch(member):
            raise _broken(self._name, f"names a model with the hash {digest[:64]!r}")
        content = self._read(member, MAX_MODEL_BYTES)
        if hashlib.sha256(content).hexdigest() != digest:
            raise _broken(self._name, f"{member} has another content than its name says")
        return content

    def save_dataset(self, member: str, target: IO[bytes]) -> None:
        """Write a dataset into an open file, piece by piece."""
        if not DATASET.fullmatch(member):
            raise _broken(self._name, f"names a dataset {member[:100]!r}")
        with self._open(member) as source:
            shutil.copyfileobj(source, target, CHUNK_BYTES)

    def _read_manifest(self) -> dict[str, Any]:
        try:
            manifest = json.loads(self._read(MANIFEST, MAX_MANIFEST_BYTES))
        except (ValueError, RecursionError) as error:
            raise _broken(self._name, f"{MANIFEST} is not JSON") from error
        if not isinstance(manifest, dict) or manifest.get("Format") != FORMAT:
            found = manifest.get("Format") if isinstance(manifest, dict) else None
            raise _broken(self._name, f"it has the format {found!r}, and this version of the client reads {FORMAT}")
        for name in LISTS:
            items = manifest.get(name)
            if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
                raise _broken(self._name, f"{MANIFEST} has no list {name}")
        return manifest

    def _read(self, member: str, limit: int) -> bytes:
        with self._open(member) as source:
            content = source.read(limit + 1)
        if len(content) > limit:
            raise _broken(self._name, f"{member} has more than {limit} bytes")
        return content

    @contextmanager
    def _open(self, member: str) -> Iterator[IO[bytes]]:
        try:
            with self._file.open(member) as source:
                yield source
        except KeyError as error:
            raise _broken(self._name, f"{member} is missing") from error
        except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError) as error:
            raise _broken(self._name, f"{member} cannot be unpacked: {error}") from error


@contextmanager
def open_workspace_file(path: Path) -> Iterator[WorkspaceFile]:
    """Open an export; PerennialError if it is not one, or could unpack to more than is bearable."""
    try:
        with zipfile.ZipFile(path) as file:
            yield WorkspaceFile(file, path.name)
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        raise PerennialError(0, "FileUnreadable", f"{path} is not an export of a workspace: {error}.") from error


def _check_members(file: zipfile.ZipFile, name: str) -> None:
    """Check the directory of the zip: known names, once each, packed by deflate, and not too large together."""
    members = file.infolist()
    if len(members) > MAX_MEMBERS:
        raise _broken(name, f"it has {len(members)} members; at most {MAX_MEMBERS} are read")
    seen: set[str] = set()
    for member in members:
        known = member.filename == MANIFEST or MODEL.fullmatch(member.filename) or DATASET.fullmatch(member.filename)
        if not known:
            raise _broken(name, f"an export has no member {member.filename[:100]!r}")
        if member.filename in seen:
            raise _broken(name, f"it has {member.filename} twice")
        if member.compress_type not in PACKINGS or member.flag_bits & 1:
            raise _broken(name, f"{member.filename} is encrypted, or packed by something other than deflate")
        if member.file_size > max(member.compress_size * MAX_RATIO, CHUNK_BYTES):
            raise _broken(name, f"{member.filename} unpacks to {member.file_size} bytes: it looks like a bomb")
        seen.add(member.filename)
    total = sum(member.file_size for member in members)
    if total > MAX_TOTAL_BYTES:
        raise _broken(name, f"it unpacks to {total} bytes; at most {MAX_TOTAL_BYTES} are read")


def _broken(name: str, problem: str) -> PerennialError:
    return PerennialError(0, "FileUnreadable", f"{name} is not a sound export of a workspace: {problem}.")
