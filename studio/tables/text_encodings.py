"""Encodings of text files: which one a file has, and its text as UTF-8.

What is valid UTF-8 is UTF-8. Anything else is told by its byte order mark or its zero bytes (UTF-16, UTF-32), and what
remains is an older encoding of one or two bytes a letter. charset-normalizer knows scripts apart; between the Latin
ones, in which a few letters say little, Windows-1252 is assumed unless it makes nonsense of words.
"""

import codecs
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

from studio.errors import BadUserArgument

UTF8 = "utf-8"
MARKS = (
    (codecs.BOM_UTF8, UTF8),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
UNICODE = (UTF8, "utf-16", "utf-16-le", "utf-16-be", "utf-32")
WESTERN = "cp1252"
OTHER_SCRIPTS = ("cp1251", "cp1253", "koi8_r", "shift_jis", "gb18030", "euc_kr", "big5")
LATIN = (WESTERN, "cp1250", "cp850")
# Encodings of names and of source code, in which no table is saved; the time of punycode grows with the length squared.
NOT_OF_FILES = ("punycode", "idna", "unicode-escape", "raw-unicode-escape")
# The names under which people know them.
NAMES = {
    UTF8: "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
    **{f"cp{number}": f"Windows-{number}" for number in (1250, 1251, 1252, 1253, 1254)},
    "cp850": "DOS (850)",
    "koi8_r": "KOI8-R",
    "shift_jis": "Shift JIS",
    "gb18030": "GB 18030",
    "euc_kr": "EUC-KR",
    "big5": "Big5",
}
SAMPLE_BYTES, HEAD_BYTES, PIECE_BYTES = 64 * 1024, 4096, 1024 * 1024
# What older letters become in the wrong Latin encoding: signs within words.
NONSENSE = re.compile(r"\w[³¹¿£¯¶¥±¬][^\W\d_]|(?<!\w)[³¹¯¶¬][^\W\d_]{2}|[^\W\d_]{2}[¿£¯¶¥¬]|[a-zß-ÿ]Ÿ|£[a-zß-ÿ]{2}")
# Words in other scripts are runs of bytes above 127; what is foreign in Latin text stands alone.
RUN = re.compile(rb"[\x80-\xff]{2,}")
# Files that are no tables, by their first bytes, and what to do with them.
OTHERS = (
    (b"PK\x03\x04", "a zip archive, such as an Excel workbook. In Excel, save it as 'CSV UTF-8'"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook. In Excel, save it as 'CSV UTF-8'"),
    (b"\x1f\x8b", "packed by gzip. Give it a name that ends in .gz"),
    (b"PAR1", "a Parquet file. Give it a name that ends in .parquet"),
    (b"\x93NUMPY", "a NumPy array. Give it a name that ends in .npy"),
    (b"%PDF", "a PDF. Export the table as CSV"),
    (b"\x89PNG", "a picture. Export the table as CSV"),
)


def to_utf8(content: bytes, given: str = "", expected: Iterable[str] = ()) -> tuple[bytes, str]:
    """Return a file's text as UTF-8 without a byte order mark, and the encoding it had, as Python names it.

    Parameters
    ----------
    given
        The encoding, if it is known; if not, it is guessed.
    expected
        The encodings to try first on what is not UTF-8: those of the file that a model was trained on.

    Raises
    ------
    BadUserArgument
        If it is not text in a known encoding, with what to do.
    """
    encoding = check_encoding(given) if given else find_encoding(content, expected)
    if encoding == UTF8 and not given:
        return content.removeprefix(codecs.BOM_UTF8), UTF8
    try:
        return content.decode(encoding).removeprefix("\ufeff").encode(), encoding
    except UnicodeError as error:
        raise _unreadable(f"The file is not in {encoding_name(encoding)}: {_place(content, error)}.") from error


def check_encoding(name: str) -> str:
    """Return Python's name of an encoding; BadUserArgument if there is none of this name that encodes text."""
    try:
        found = codecs.lookup(name.strip().lower().replace("windows-", "cp")).name
        "a".encode(found)
        if found in NOT_OF_FILES:
            raise LookupError(found)
    except (LookupError, ValueError) as error:
        raise _unreadable(
            f"There is no encoding {name[:60]!r}. Give one such as UTF-8, Windows-1252, ISO-8859-15 or UTF-16."
        ) from error
    return found


def encoding_name(encoding: str) -> str:
    """Return the name under which people know an encoding."""
    return NAMES.get(encoding, encoding)


def find_encoding(content: bytes, expected: Iterable[str] = ()) -> str:
    """Return a file's encoding; the same file always has the same. Raises and parameters as of to_utf8."""
    marked = marked_encoding(content)
    if marked:
        return marked
    if content.isascii():
        return UTF8
    try:
        content.decode(UTF8)
    except UnicodeDecodeError as error:
        return _older(content, error, expected)
    return UTF8


def is_utf8(head: bytes) -> bool:
    """Return whether the beginning of a file is UTF-8; its last letter may be cut in two."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in head[:HEAD_BYTES]:
        return False
    try:
        codecs.getincrementaldecoder(UTF8)().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def marked_encoding(content: bytes) -> str:
    """Return the encoding that a file's first bytes show, empty if they show none; refuse what is no text."""
    for start, what in OTHERS:
        if content.startswith(start):
            raise _unreadable(f"The file is not a table of text: it is {what}.")
    for mark, name in MARKS:
        if content.startswith(mark):
            return name
    head = content[:HEAD_BYTES]
    if b"\0" in head:
        zeros = [head[place::2].count(0) / max(len(head[place::2]), 1) for place in (0, 1)]
        if max(zeros) > 0.4 and min(zeros) < 0.2:
            return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
        raise _unreadable("The file is not a table of text: it has zero bytes. Export the table as CSV.")
    if head.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
        raise _unreadable("The file is a web page, not a table. It may be a sign-in or an error page; look at it.")
    return ""


def _older(content: bytes, error: UnicodeDecodeError, expected: Iterable[str]) -> str:
    sample = _sample(content)
    many, broken = _pairs(sample)
    if many > broken:
        raise _unreadable(
            f"The file is UTF-8 except for a few bytes: {_place(content, error)}. Part of it was pasted from a file in "
            "another encoding. Open it in an editor, correct that place, and save it as UTF-8."
        )
    for name in (*expected, *_guesses(sample)):
        try:
            content.decode(name)
        except UnicodeError:
            continue
        return name
    raise _unreadable(
        f"The file is not UTF-8 ({_place(content, error)}), and its encoding cannot be told. Save it as UTF-8 (in "
        "Excel: 'CSV UTF-8'), or name its encoding."
    )


def _sample(content: bytes) -> bytes:
    """Return the first lines that are not plain ASCII, SAMPLE_BYTES at most."""
    lines: list[bytes] = []
    size = 0
    for line in io.BytesIO(content):
        if not line.isascii():
            lines.append(line[:SAMPLE_BYTES])
            size += len(line)
            if size >= SAMPLE_BYTES:
                break
    return b"".join(lines)[:SAMPLE_BYTES]


def _pairs(sample: bytes) -> tuple[int, int]:
    """Return how many letters of several bytes are valid UTF-8, and how many bytes above 127 are not part of one."""
    text = sample.decode(UTF8, "surrogateescape")
    broken = sum("\udc80" <= char <= "\udcff" for char in text)
    return sum(char > "\x7f" for char in text) - broken, broken


def _guesses(sample: bytes) -> Iterator[str]:
    if sum(map(len, RUN.findall(sample))) > sum(bytes((byte,)).isalpha() for byte in sample):
        from charset_normalizer import from_bytes

        best = from_bytes(sample, cp_isolation=list(OTHER_SCRIPTS)).best()
        if best is not None:
            yield best.encoding
    sensible = [name for name in LATIN if not NONSENSE.search(sample.decode(name, "replace"))]
    yield from dict.fromkeys((*sensible, *LATIN))


def _place(content: bytes, error: UnicodeError) -> str:
    if not isinstance(error, UnicodeDecodeError):
        return "it ends too early" if content else "it is empty"
    line = content.count(b"\n", 0, error.start) + 1
    return f"byte {error.start + 1:,}, in line {line:,}, is 0x{content[error.start]:02X}" if content else "it is empty"


def _unreadable(message: str) -> BadUserArgument:
    return BadUserArgument("InputParseError", message)


class Utf8Stream(io.RawIOBase):
    """A stream in some encoding, read as UTF-8."""

    def __init__(self, source: Any, encoding: str) -> None:
        self._source = source
        self._encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._waiting = b""

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with the next bytes; 0 at the end. BadUserArgument for bytes of another encoding."""
        while not self._waiting:
            piece = self._source.read(PIECE_BYTES) or b""
            try:
                self._waiting = self._decoder.decode(piece, final=not piece).replace("\ufeff", "").encode()
            except UnicodeError as error:
                raise _unreadable(
                    f"The input is not in {encoding_name(self._encoding)} throughout: {error}."
                ) from error
            if not piece:
                break
        size = min(len(buffer), len(self._waiting))
        buffer[:size], self._waiting = self._waiting[:size], self._waiting[size:]
        return size
