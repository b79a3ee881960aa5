"""The `.ilearner` container: a zip with known members, limited in size and verified by hash. Data only, never code.

Equal contents give equal bytes: members have a fixed order and fixed timestamps.
"""

import hashlib
import io
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import Any

import orjson

from studio.errors import BadArgument, TooLarge
from studio.model.encoder import Encoder
from studio.model.manifest import ONNX, SKOPS, Manifest
from studio.tables.zip_directories import check_entries

MANIFEST, ENCODER, GRAPH, PIPELINE = "manifest.json", "encoder.json", "model.onnx", "model.skops"
GOLDEN, EVALUATION = "golden.jsonl", "evaluation.json"
MEMBERS = (MANIFEST, ENCODER, GRAPH, PIPELINE, GOLDEN, EVALUATION)
# A pipeline inside is a zip file as well.
MAX_ENTRIES = 100_000
MAX_DOCUMENT = 64 << 20
EPOCH = (1980, 1, 1, 0, 0, 0)


# What zipfile, zlib and the readers of the members raise on files that are no intact models.
UNREADABLE = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class GoldenRow:
    """A row as callers send it (cells of the encoder's sources), with scikit-learn's scores."""

    cells: tuple[Any, ...]
    scores: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """The contents of a trained model file; `manifest.runtime` says whether it has a `graph` or a `pipeline`."""

    manifest: Manifest
    encoder: Encoder
    golden: tuple[GoldenRow, ...]
    evaluation: dict[str, Any]
    graph: bytes = b""
    pipeline: bytes = b""


def write_model_file(file: ModelFile) -> bytes:
    """Return the bytes of a `.ilearner` file."""
    golden = [orjson.dumps({"cells": row.cells, "scores": row.scores}) for row in file.golden]
    members = {
        ENCODER: orjson.dumps(file.encoder.to_json()),
        GRAPH: file.graph,
        PIPELINE: file.pipeline,
        GOLDEN: b"\n".join(golden),
        EVALUATION: orjson.dumps(file.evaluation, option=orjson.OPT_SERIALIZE_NUMPY),
    }
    members = {name: content for name, content in members.items() if content}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    manifest = file.manifest.to_json() | {"members": hashes}
    members = {MANIFEST: orjson.dumps(manifest, option=orjson.OPT_INDENT_2)} | members
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in MEMBERS:
            if name in members:
                info = zipfile.ZipInfo(name, EPOCH)
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, members[name])
    return target.getvalue()


def read_model_file(content: bytes, max_bytes: int) -> ModelFile:
    """Read and verify a `.ilearner` file.

    Parameters
    ----------
    max_bytes
        The maximum total size of its members, unpacked.

    Raises
    ------
    TooLarge
        If its members are larger.
    BadArgument
        If it is not an intact trained model file: not a zip, unknown members, wrong hashes, unreadable parts.
    """
    try:
        members = _read_members(content, max_bytes)
        document = orjson.loads(members[MANIFEST])
        hashes = document["members"]
        if set(hashes) != set(members) - {MANIFEST}:
            raise ValueError("the manifest does not list the members")
        for name, digest in hashes.items():
            if hashlib.sha256(members[name]).hexdigest() != digest:
                raise ValueError(f"{name} is damaged: its SHA-256 differs from the manifest's")
        manifest = Manifest.from_json(document)
        wanted = {ONNX: GRAPH, SKOPS: PIPELINE}[manifest.runtime]
        golden = [orjson.loads(line) for line in members.get(GOLDEN, b"").splitlines()]
        return ModelFile(
            manifest,
            Encoder.from_json(orjson.loads(members[ENCODER])),
            tuple(GoldenRow(tuple(row["cells"]), tuple(row["scores"])) for row in golden),
            orjson.loads(members[EVALUATION]),
            graph=members[GRAPH] if wanted == GRAPH else b"",
            pipeline=members[PIPELINE] if wanted == PIPELINE else b"",
        )
    except UNREADABLE as error:
        raise BadArgument(
            "InvalidBlob",
            f"The file is not an intact trained model (.ilearner): {error}. Train it again, or take it "
            "from the results of a finished training job.",
        ) from error


def read_description(content: bytes) -> tuple[Manifest, dict[str, Any]]:
    """Return what a file says of itself, its manifest and its evaluation, without unpacking the model.

    Raises
    ------
    BadArgument
        If it is not an intact model file.
    """
    try:
        check_entries(content, MAX_ENTRIES)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            manifest, evaluation = (_read_document(archive, name) for name in (MANIFEST, EVALUATION))
        return Manifest.from_json(manifest), evaluation
    except UNREADABLE as error:
        raise BadArgument("InvalidBlob", f"The file is not an intact trained model (.ilearner): {error}.") from error


def _read_document(archive: zipfile.ZipFile, name: str) -> dict[str, Any]:
    info = archive.getinfo(name)
    if info.file_size > MAX_DOCUMENT or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{name} is too large or packed in another way")
    found: dict[str, Any] = orjson.loads(read_member(archive, info))
    return found


def unpacked_size(content: bytes, max_bytes: int) -> int:
    """Return the size of a file's members as its directory gives it, at most `max_bytes`; 0 if it is no zip.

    `read_model_file` holds every member to the size given there.
    """
    try:
        check_entries(content, MAX_ENTRIES)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return min(max_bytes, sum(info.file_size for info in archive.infolist()))
    except (ValueError, zipfile.BadZipFile, NotImplementedError):
        return 0


def _read_members(content: bytes, max_bytes: int) -> dict[str, bytes]:
    check_entries(content, MAX_ENTRIES)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        infos = archive.infolist()
        names = [info.filename for info in infos]
        foreign = sorted(set(names) - set(MEMBERS))
        if foreign or len(set(names)) != len(names):
            raise ValueError(f"it has unknown members: {', '.join(foreign[:3]) or 'duplicates'}")
        if any(info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for info in infos):
            # Of the others, a few bytes unpack to any number before one can count them.
            raise ValueError("its members are neither stored nor deflated")
        if sum(info.file_size for info in infos) > max_bytes:
            raise TooLarge(
                "OutOfMemoryLimit",
                f"The trained model unpacks to more than {max_bytes // 1048576} MiB. Raise the app setting "
                "PERENNIAL_MAX_MODEL_MB, or train a smaller model.",
            )
        return {info.filename: read_member(archive, info) for info in infos}


def read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Return a member, never unpacking more than the size that the archive's directory gives it.

    Raises
    ------
    ValueError
        If it has another size.
    """
    with archive.open(info) as member:
        # Without a number, all that a member unpacks to is unpacked before it is cut to its size.
        data = member.read(info.file_size) + member.read(1)
    if len(data) != info.file_size:
        raise ValueError(f"{info.filename[:80]} does not have the size that the archive gives it")
    return data
