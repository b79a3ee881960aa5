"""Trained model files from outside: damaged, foreign and hostile ones are refused with words, never run."""

import hashlib
import io
import json
import tracemalloc
import zipfile

import pytest

from studio.errors import BadArgument, TooLarge
from studio.model.container import read_model_file, write_model_file
from tests.builders import people_model_file

pytestmark = pytest.mark.attack("Trained model files")

LIMIT = 1 << 28


@pytest.fixture(scope="module")
def content() -> bytes:
    return write_model_file(people_model_file())


def rewritten(content: bytes, **members: bytes | None) -> bytes:
    """The file with members replaced, added (None removes), hashes untouched."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(target, "w") as changed:
        for name in archive.namelist():
            if name not in members:
                changed.writestr(name, archive.read(name))
        for name, data in members.items():
            if data is not None:
                changed.writestr(name, data)
    return target.getvalue()


def check_refused(content: bytes) -> str:
    with pytest.raises(BadArgument, match=r"not an intact trained model") as caught:
        read_model_file(content, LIMIT)
    assert caught.value.details[0].code == "InvalidBlob"
    return caught.value.message


def test_a_file_reads_back_as_it_was_written(content):
    assert write_model_file(read_model_file(content, LIMIT)) == content


@pytest.mark.parametrize("junk", [b"", b"PK\x03\x04", b"\x80\x04\x95 pickled", b"a,b\n1,2\n"])
def test_something_that_is_no_zip_is_refused(junk):
    check_refused(junk)


def test_every_truncation_is_refused(content):
    for length in range(0, len(content), max(1, len(content) // 60)):
        check_refused(content[:length])


def test_a_changed_member_is_noticed(content):
    assert "golden.jsonl is damaged" in check_refused(rewritten(content, **{"golden.jsonl": b"{}"}))


@pytest.mark.parametrize("name", ["../../etc/passwd", "/abs", "model.pkl", "model.onnx.data", "a/b"])
def test_foreign_members_are_refused(content, name):
    assert "unknown members" in check_refused(rewritten(content, **{name: b"x"}))


@pytest.mark.parametrize("name", ["link", "golden.jsonl"])
def test_symbolic_links_are_not_followed(content, name):
    link = zipfile.ZipInfo(name)
    link.create_system, link.external_attr = 3, 0o120777 << 16
    kept = rewritten(content, **{name: None})
    target = io.BytesIO(kept)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "root:" not in check_refused(target.getvalue())


def test_duplicate_members_are_refused(content):
    target = io.BytesIO(content)
    with zipfile.ZipFile(target, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("golden.jsonl", b"x")
    check_refused(target.getvalue())


@pytest.mark.parametrize("name", ["manifest.json", "encoder.json", "evaluation.json", "model.onnx"])
def test_a_missing_member_is_refused(content, name):
    check_refused(rewritten(content, **{name: None}))


@pytest.mark.parametrize("change", [{"formatVersion": 99}, {"runtime": "pickle"}, {"members": {}}, {"inputs": 3}])
def test_a_manifest_of_another_kind_is_refused(content, change):
    manifest = json.loads(zipfile.ZipFile(io.BytesIO(content)).read("manifest.json"))
    check_refused(rewritten(content, **{"manifest.json": json.dumps(manifest | change).encode()}))


def test_a_zip_bomb_is_stopped_at_the_limit(content):
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", b"0" * (64 << 20))
    assert len(bomb.getvalue()) < 100_000
    with pytest.raises(TooLarge, match="PERENNIAL_MAX_MODEL_MB"):
        read_model_file(bomb.getvalue(), 1 << 20)


@pytest.mark.parametrize("told", [10, 64 << 20, 1 << 33])
def test_a_member_unpacks_to_no_more_than_its_archive_tells(content, told):
    """The size in the directory is false: less than what comes out, or more than the limit."""
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", b"0" * (64 << 20))
        archive.getinfo("manifest.json").file_size = told
    tracemalloc.start()
    with pytest.raises((BadArgument, TooLarge)):
        read_model_file(bomb.getvalue(), 32 << 20)
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()


def test_a_file_of_format_version_1_is_still_read(content):
    encoder = people_model_file().encoder
    old = json.dumps(
        {
            "columns": [plan.to_json() for plan in encoder.plans],
            "features": [feature.to_json() for feature in encoder.features],
        }
    ).encode()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        manifest = json.loads(archive.read("manifest.json")) | {"formatVersion": 1}
    manifest["members"]["encoder.json"] = hashlib.sha256(old).hexdigest()
    members = {"encoder.json": old, "manifest.json": json.dumps(manifest).encode()}
    assert read_model_file(rewritten(content, **members), LIMIT).encoder == encoder


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_members_that_cannot_be_counted_while_they_unpack_are_refused(content, method):
    """A few kilobytes of bzip2 unpack to gigabytes in one call."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(target, "w", method) as changed:
        for name in archive.namelist():
            changed.writestr(name, archive.read(name))
    assert "neither stored nor deflated" in check_refused(target.getvalue())
