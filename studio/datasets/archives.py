"""Packed table files, `.gz` and `.zip`: the table inside, with the bytes counted as they come out."""

import io
import zipfile
import zlib

from studio.errors import BadUserArgument
from studio.storage.blob_access import table_too_large
from studio.storage.encodings import unpack
from studio.tables.typed_files import METHODS, READABLE
from studio.tables.zip_directories import check_entries

PIECE_BYTES, MAX_ENTRIES = 1024 * 1024, 1000


def unpack_file(name: str, content: bytes, limit: int) -> tuple[str, bytes]:
    """Return the name and content of the table in a packed file; a file that is not packed comes back as it is.

    Parameters
    ----------
    limit
        int, bytes: how large the table may be.

    Raises
    ------
    BadUserArgument
        If the file is damaged, has not exactly one table, or what is in it is none by its name.
    TooLarge
        If the table is larger than the limit.
    """
    extension = name.rpartition(".")[2].lower()
    if extension == "gz":
        try:
            found = unpack(content, "gzip", limit)
        except ValueError as error:
            raise _bad(f"'{name}' is not a gzip file, or it is damaged: {error}.") from error
        if isinstance(found, int):
            raise table_too_large(name, found, limit, name)
        return _checked(name, name[: -len(".gz")]), found
    return _only_member(name, content, limit) if extension == "zip" else (name, content)


def _only_member(name: str, content: bytes, limit: int) -> tuple[str, bytes]:
    try:
        check_entries(content, MAX_ENTRIES)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            tables = [item for item in archive.infolist() if _is_table(item.filename)]
            if len(tables) != 1:
                names = ", ".join(item.filename for item in tables[:5]) or "none"
                raise _bad(f"'{name}' must hold exactly one table, got {len(tables)} ({names}). Upload each by itself.")
            member = tables[0]
            if member.flag_bits & 1 or member.compress_type not in METHODS:
                raise _bad(f"'{member.filename}' in '{name}' is encrypted or packed in an unusual way. Zip it plainly.")
            return _checked(name, member.filename), _member(archive, member, name, limit)
    except (ValueError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise _bad(f"'{name}' is not a zip file, or it is damaged: {error}.") from error


def _checked(name: str, inner: str) -> str:
    """Return the file name of what is in a packed file."""
    found = inner.rpartition("/")[2]
    if not found.lower().endswith(READABLE):
        raise _bad(f"'{name}' holds '{found[:100]}', whose name must end in one of {', '.join(READABLE)}.")
    return found


def _is_table(path: str) -> bool:
    # What file managers add.
    last = path.rpartition("/")[2]
    return bool(last) and not last.startswith(".") and not path.startswith("__MACOSX/")


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, limit: int) -> bytes:
    """Return a member's content, counting what comes out: the size that it states may be wrong."""
    found = bytearray()
    with archive.open(member) as source:
        while piece := source.read(PIECE_BYTES):
            found += piece
            if len(found) > limit:
                raise table_too_large(name, len(found), limit, name)
    return bytes(found)


def _bad(message: str) -> BadUserArgument:
    return BadUserArgument("InputParseError", message)
