"""Exports of workspaces as files: what an attacker could make of one is refused before anything is unpacked."""

import hashlib
import json
import struct
import zipfile

import pytest

from perennial import PerennialError, workspace_file
from perennial.workspace_file import open_workspace_file, write_manifest

MODEL = b"a model"
DIGEST = hashlib.sha256(MODEL).hexdigest()
EMPTY = {name: [] for name in workspace_file.LISTS}


def export(path, members=(), manifest=EMPTY, packing=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", packing) as file:
        for name, content in members:
            file.writestr(name, content)
        write_manifest(file, manifest)
    return path


def refusal(path, read=lambda file: None) -> str:
    with pytest.raises(PerennialError) as caught, open_workspace_file(path) as file:
        read(file)
    assert caught.value.code == "FileUnreadable"
    return caught.value.message


def test_what_was_written_is_read(tmp_path):
    members = [(f"models/{DIGEST}.ilearner", MODEL), ("datasets/0", b"a,b\n1,2\n")]
    with open_workspace_file(export(tmp_path / "a.zip", members, EMPTY | {"FriendlyName": "Ü"})) as file:
        assert file.manifest["FriendlyName"] == "Ü"
        assert file.read_model(DIGEST) == MODEL
        with (tmp_path / "out.csv").open("wb") as target:
            file.save_dataset("datasets/0", target)
    assert (tmp_path / "out.csv").read_bytes() == b"a,b\n1,2\n"


@pytest.mark.attack("Workspace exports")
@pytest.mark.parametrize(
    "name",
    [
        "../evil.py",
        "/etc/passwd",
        "datasets/../../evil",
        "datasets/0/../1",
        "datasets\\..\\evil",
        "C:\\evil",
        "models/x.ilearner",
        f"models/{DIGEST}.ilearner/../x",
        f"models/{DIGEST.upper()}.ilearner",
        "datasets/",
        "datasets/1\n",
        "Workspace.json",
        "other.txt",
    ],
)
def test_members_under_other_names_are_refused(tmp_path, name):
    assert "has no member" in refusal(export(tmp_path / "a.zip", [(name, b"x")]))


@pytest.mark.attack("Workspace exports")
def test_names_in_the_manifest_lead_nowhere_else(tmp_path):
    path = export(tmp_path / "a.zip", [("datasets/0", b"x")])
    for name in ("../../etc/passwd", "workspace.json", "datasets/00/1", "", "datasets/1"):
        with (tmp_path / "out").open("wb") as target:
            assert name[:20] in refusal(path, lambda file, name=name, target=target: file.save_dataset(name, target))
    for digest in ("../../../etc/passwd", "", DIGEST):
        refusal(path, lambda file, digest=digest: file.read_model(digest))


@pytest.mark.attack("Workspace exports")
def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    bomb = export(tmp_path / "a.zip", [("datasets/0", b"\0" * (20 << 20))])
    assert "looks like a bomb" in refusal(bomb)
    manifest = tmp_path / "b.zip"
    with zipfile.ZipFile(manifest, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("workspace.json", b" " * (20 << 20))
    assert "looks like a bomb" in refusal(manifest)


@pytest.mark.attack("Workspace exports")
def test_a_member_that_understates_its_size_does_not_unpack_to_more(tmp_path):
    content = bytes(range(256)) * 400
    path = export(tmp_path / "a.zip", [("datasets/0", content)])
    data = path.read_bytes()
    # Both headers say that 1,000 bytes come out.
    path.write_bytes(data.replace(struct.pack("<L", len(content)), struct.pack("<L", 1000)))
    with (tmp_path / "out").open("wb") as target:
        refusal(path, lambda file: file.save_dataset("datasets/0", target))
    assert (tmp_path / "out").stat().st_size <= 1000


@pytest.mark.attack("Workspace exports")
def test_other_packings_encryption_doubles_and_crowds_are_refused(tmp_path, monkeypatch):
    for packing in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        assert "other than deflate" in refusal(export(tmp_path / "a.zip", packing=packing))
    path = export(tmp_path / "b.zip")
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert "encrypted" in refusal(path)
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = export(tmp_path / "c.zip", [("datasets/0", b"x"), ("datasets/0", b"y")])
    assert "twice" in refusal(twice)
    monkeypatch.setattr(workspace_file, "MAX_MEMBERS", 2)
    assert "at most 2" in refusal(export(tmp_path / "d.zip", [("datasets/0", b"x"), ("datasets/1", b"y")]))
    monkeypatch.setattr(workspace_file, "MAX_TOTAL_BYTES", 10)
    assert "at most 10" in refusal(export(tmp_path / "e.zip"))


@pytest.mark.attack("Workspace exports")
def test_a_model_whose_content_was_exchanged_is_refused(tmp_path):
    path = export(tmp_path / "a.zip", [(f"models/{DIGEST}.ilearner", b"another")])
    assert "another content" in refusal(path, lambda file: file.read_model(DIGEST))


@pytest.mark.attack("Workspace exports")
@pytest.mark.parametrize(
    "manifest, text",
    [
        ("[]", "format None"),
        ('{"Format": 2}', "format 2"),
        ('{"Format": 1}', "no list Experiments"),
        (json.dumps({"Format": 1, **EMPTY, "Services": [1]}), "no list Services"),
        (json.dumps({"Format": 1, **EMPTY, "Models": {}}), "no list Models"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        (b"\xff", "not JSON"),
    ],
)
def test_a_manifest_of_another_form_is_refused(tmp_path, manifest, text):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("workspace.json", manifest)
    assert text in refusal(tmp_path / "a.zip")


@pytest.mark.attack("Workspace exports")
def test_what_is_no_zip_or_a_broken_one_is_named(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"not a zip")
    assert "is not an export" in refusal(tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as file:
        file.writestr("datasets/0", b"x")
    assert "workspace.json is missing" in refusal(tmp_path / "b.zip")
    whole = export(tmp_path / "c.zip", [("datasets/0", bytes(5000))], packing=zipfile.ZIP_STORED).read_bytes()
    for cut in range(0, len(whole), 97):
        (tmp_path / "d.zip").write_bytes(whole[:cut])
        refusal(tmp_path / "d.zip")
