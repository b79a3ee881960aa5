"""The built files of the Studio, web/dist, chosen by name from a list that is read once, and held in memory.

Whatever has an address of its own in the Studio is a page of index.html; only a file below `assets/` can be missing.
The build gives each asset a name with its hash, so browsers keep it for good, and index.html is asked for each time.
Large files (ONNX Runtime) are read from disk when they are asked for, which browsers do once.

References
----------
RFC 9110, sections 8.8.3 and 12.5.3; w3.org/TR/CSP3; w3.org/TR/trusted-types.
"""

import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

INDEX = "index.html"
ASSETS = "assets/"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
}
# No code but the Studio's own files, none made from texts, and nothing sent anywhere but to this app.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "require-trusted-types-for 'script'; trusted-types perennial-worker; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
# Workers have the policy of their own file: only there may WebAssembly be compiled.
WORKERS = "assets/workers/"
WORKER_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
LARGE = 1024 * 1024
SAFETY = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
NOT_BUILT = (
    b'<!doctype html><html lang="en"><meta charset="utf-8"><title>Perennial Studio</title>'
    b"<h1>The Studio was not built</h1><p>Run <code>make setup</code> where the app lies, then reload this page. "
    b"The API works without it.</p></html>"
)


@dataclass(frozen=True, slots=True)
class WebFile:
    """One file: its bytes as they are and compressed by Brotli, if the build did so, and the headers of both.

    Large contents are the paths of their files.
    """

    name: str
    plain: bytes | Path
    brotli: bytes | Path | None
    etag: str

    @property
    def headers(self) -> dict[str, str]:
        """The headers that do not depend on the encoding."""
        is_asset = self.name.startswith(ASSETS)
        policy = {"content-security-policy": WORKER_POLICY} if self.name.startswith(WORKERS) else {}
        return (
            SAFETY
            | policy
            | {
                "content-type": TYPES.get(Path(self.name).suffix, "application/octet-stream"),
                "cache-control": "public, max-age=31536000, immutable" if is_asset else "no-cache",
                "vary": "Accept-Encoding",
            }
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send."""

    status: int
    body: bytes
    headers: dict[str, str]


def find_file(folder: Path, path: str) -> WebFile | None:
    """Return the file for a path below /studio/: an asset, or index.html for whatever may be a page.

    Returns
    -------
    WebFile or None
        None if it is an asset that does not exist, or if the Studio was not built.
    """
    try:
        built_at = (folder / INDEX).stat().st_mtime_ns
    except OSError:
        return None
    files = _read_files(folder, built_at)
    return files.get(path) if path.startswith(ASSETS) else files.get(path, files.get(INDEX))


def answer_with(file: WebFile, request_headers: Mapping[str, str]) -> Answer:
    """Return the response with a file: compressed if the client takes that, 304 if it has it."""
    compressed = file.brotli is not None and takes_brotli(request_headers.get("accept-encoding", ""))
    # Strong validators differ between encodings.
    etag = f'"{file.etag}-br"' if compressed else f'"{file.etag}"'
    headers = file.headers | {"etag": etag}
    known = [item.strip().removeprefix("W/") for item in request_headers.get("if-none-match", "").split(",")]
    if etag in known or "*" in known:
        return Answer(304, b"", headers)
    if compressed:
        headers["content-encoding"] = "br"
    content = file.brotli if compressed else file.plain
    return Answer(200, content.read_bytes() if isinstance(content, Path) else (content or b""), headers)


def takes_brotli(accept_encoding: str) -> bool:
    """Return whether the header Accept-Encoding allows Brotli."""
    weights = {}
    for item in accept_encoding[:1000].lower().split(","):
        coding, _, weight = item.partition(";")
        weights[coding.strip()] = weight.replace(" ", "").removeprefix("q=") or "1"
    return weights.get("br", weights.get("*", "0")).strip("0.") != ""


@functools.lru_cache(maxsize=1)
def _read_files(folder: Path, built_at: int) -> dict[str, WebFile]:
    """Return all files by their names; read again when index.html was built again."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    compressed = {name: _content(path) for name, path in found.items() if name.endswith(".br")}
    return {
        name: WebFile(name, _content(path), compressed.get(f"{name}.br"), hashlib.sha256(path.read_bytes()).hexdigest())
        for name, path in found.items()
        if name not in compressed
    }


def _content(path: Path) -> bytes | Path:
    return path if path.stat().st_size > LARGE else path.read_bytes()
