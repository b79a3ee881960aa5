"""The `.ilearner` container: a zip with known members, limited in size and verified by hash. Data only, never code.

Equal contents give equal bytes: members have a fixed order and fixed timestamps.
"""

import hashlib
import io
import zipfile
from dataclasses import dataclass
from typing import Any

import orjson

from studio.errors import BadArgument, TooLarge
from studio.model.encoder import Encoder
from studio.model.manifest import ONNX, SKOPS, Manifest

MANIFEST, ENCODER, GRAPH, PIPELINE = "manifest.json", "encoder.json", "model.onnx", "model.skops"
GOLDEN, EVALUATION = "golden.jsonl", "evaluation.json"
MEMBERS = (MANIFEST, ENCODER, GRAPH, PIPELINE, GOLDEN, EVALUATION)
EPOCH = (1980, 1, 1, 0, 0, 0)


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
    except (ValueError, KeyError, TypeError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise BadArgument(
            "InvalidBlob",
            f"The file is not an intact trained model (.ilearner): {error}. Train it again, or take it "
            "from the results of a finished training job.",
        ) from error


def _read_members(content: bytes, max_bytes: int) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        infos = archive.infolist()
        names = [info.filename for info in infos]
        foreign = sorted(set(names) - set(MEMBERS))
        if foreign or len(set(names)) != len(names):
            raise ValueError(f"it has unknown members: {', '.join(foreign[:3]) or 'duplicates'}")
        members, left = {}, max_bytes
        for info in infos:
            with archive.open(info) as member:
                # The size in the zip directory may be false, so count the bytes read.
                data = member.read(left + 1)
            left -= len(data)
            if left < 0:
                raise TooLarge(
                    "OutOfMemoryLimit",
                    f"The trained model unpacks to more than {max_bytes // 1048576} MiB. Raise the app setting "
                    "PERENNIAL_MAX_MODEL_MB, or train a smaller model.",
                )
            members[info.filename] = data
    return members
