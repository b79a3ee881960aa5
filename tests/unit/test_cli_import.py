"""What the command `perennial import` does with files, before and after the app has converted an experiment."""

import json
import zipfile
from pathlib import Path

import pytest

from perennial.cli_import import read_export, unpack_bundle, write_scripts
from perennial.errors import PerennialError


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_an_export_is_read_with_and_without_a_byte_order_mark(tmp_path, encoding):
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"Description": "Größe"}, ensure_ascii=False), encoding=encoding)
    assert read_export(path) == {"Description": "Größe"}


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe{", b"[" * 100_000])
def test_what_is_no_json_is_said(tmp_path, content):
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(PerennialError, match="cannot be read as JSON"):
        read_export(path)


def test_code_is_written_and_never_overwrites(tmp_path):
    folder = tmp_path / "scripts"
    assert write_scripts({"a.py": "x = 1\r\n"}, folder) == [str(folder / "a.py")]
    assert (folder / "a.py").read_bytes() == b"x = 1\r\n"
    (folder / "a.py").write_text("x = 2  # read and mended")
    assert write_scripts({"a.py": "x = 1\r\n"}, folder) == [str(folder / "a.py.imported")]
    assert "mended" in (folder / "a.py").read_text()


@pytest.mark.attack("Names, headers and keys")
@pytest.mark.parametrize("name", ["../a.py", "/etc/a.py", "a.sh", ".py", "a/b.py", "a.py\n", "C:a.py"])
def test_an_apps_script_cannot_leave_the_folder(tmp_path, name):
    with pytest.raises(PerennialError, match="as the name of a script"):
        write_scripts({name: "x"}, tmp_path)
    assert [*tmp_path.iterdir()] == []


def bundle(path: Path, **files: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def test_a_bundles_python_files_get_a_folder_of_their_own(tmp_path):
    file = bundle(tmp_path / "Pricing engine.zip", **{"pricing/__init__.py": "", "pricing/a.py": "x", "b.dll": "MZ"})
    assert unpack_bundle(file, tmp_path / "scripts") == "Pricing_engine"
    found = sorted(str(path.relative_to(tmp_path)) for path in (tmp_path / "scripts").rglob("*.*"))
    assert found == ["scripts/Pricing_engine/pricing/__init__.py", "scripts/Pricing_engine/pricing/a.py"]


def test_a_file_of_a_bundle_that_was_ported_is_kept_when_the_bundle_is_unpacked_again(tmp_path):
    file, scripts = bundle(tmp_path / "pricing.zip", **{"a.py": "print 1", "b.py": "x = 1"}), tmp_path / "scripts"
    unpack_bundle(file, scripts)
    (scripts / "pricing" / "a.py").write_text("print(1)")
    unpack_bundle(file, scripts)
    found = {path.name: path.read_text() for path in (scripts / "pricing").iterdir()}
    assert found == {"a.py": "print(1)", "a.py.imported": "print 1", "b.py": "x = 1"}


@pytest.mark.attack("Bombs")
@pytest.mark.parametrize(
    "files",
    [
        {"../../x.py": "x"},
        {"/etc/x.py": "x"},
        {"..\\x.py": "x"},
        {"a b.py": "x"},
        {f"m{n}.py": "" for n in range(1001)},
        {"big.py": "0" * (17 * 1024 * 1024)},
    ],
    ids=["up", "absolute", "backslash", "blank", "many", "bomb"],
)
def test_a_hostile_bundle_writes_nothing(tmp_path, files):
    with pytest.raises(PerennialError, match="cannot be unpacked"):
        unpack_bundle(bundle(tmp_path / "x.zip", **files), tmp_path / "scripts")
    assert not [*(tmp_path / "scripts").rglob("*.py")]
