"""Content that is stored or sent packed (`Content-Encoding: gzip`): unpacked here, with the bytes counted as they come.

A file of 300 KB can unpack to 300 MB, so neither the storage client nor the HTTP client may unpack what others wrote.
"""

import zlib

GZIP = frozenset(("gzip", "x-gzip", "deflate"))
PIECE_BYTES = 64 * 1024
# Each member of a gzip file costs time, even an empty one. Files made of blocks have one for each 64 KiB.
MAX_MEMBERS = 100_000
# zlib finds out by itself whether content is gzip or zlib.
GZIP_OR_ZLIB, BARE = 47, -15


def is_packed(encoding: str | None) -> bool:
    """Return whether content with this Content-Encoding is unpacked by its readers; unknown names mean nothing."""
    return any(name.strip().lower() in GZIP for name in (encoding or "").split(","))


def unpack(content: bytes, encoding: str | None, limit: int) -> bytes | int:
    """Return content as its author wrote it, or how many bytes had come out when they exceeded `limit`.

    Raises
    ------
    ValueError
        If it is damaged, or packed more than once.
    """
    names = [name.strip().lower() for name in (encoding or "").split(",")]
    packed = [name for name in names if name in GZIP]
    if not packed or not content:
        return content if len(content) <= limit else len(content)
    if len(packed) > 1:
        raise ValueError(f"it is packed {len(packed)} times, with Content-Encoding '{encoding}'")
    try:
        return _inflate(content, limit, GZIP_OR_ZLIB)
    except zlib.error as error:
        if packed == ["deflate"]:
            return _inflate_bare(content, limit)
        raise ValueError(f"its Content-Encoding is {packed[0]}, but the content is not: {error}") from error


def _inflate_bare(content: bytes, limit: int) -> bytes | int:
    # Some servers send `deflate` without the header of zlib.
    try:
        return _inflate(content, limit, BARE)
    except zlib.error as error:
        raise ValueError(f"its Content-Encoding is deflate, but the content is not: {error}") from error


def _inflate(content: bytes, limit: int, form: int) -> bytes | int:
    out, members = bytearray(), 1
    inflater = zlib.decompressobj(form)
    source = memoryview(content)
    for start in range(0, len(source), PIECE_BYTES):
        rest: bytes | memoryview = source[start : start + PIECE_BYTES]
        while rest:
            if inflater.eof:
                members += 1
                if members > MAX_MEMBERS:
                    raise ValueError(f"it is a gzip file of more than {MAX_MEMBERS:,} parts")
                inflater = zlib.decompressobj(form)
            out += inflater.decompress(rest, limit - len(out) + 1)
            if len(out) > limit:
                return len(out)
            rest = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
    if not inflater.eof:
        raise ValueError("its packed content ends too early")
    return bytes(out)
