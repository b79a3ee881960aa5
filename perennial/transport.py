"""HTTP for the client: sends and reads JSON, repeats what may be repeated, and turns failures into PerennialError."""

import builtins
import contextlib
import os
import random
import ssl
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import IO, Any

import httpx

from perennial.errors import PerennialError
from perennial.json_values import encode_json
from perennial.resources import BlobLink

TIMEOUT_SECONDS = 60.0
FILE_TIMEOUT_SECONDS = 600.0
CHUNK_BYTES = 1 << 20
# Repeated after a response that may be another one next time, at most so often.
RETRIES = 3
BUSY = (429, 502, 503, 504)
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 30.0
IDEMPOTENT = ("GET", "HEAD", "PUT", "DELETE")
# The kinds of failure before anything was sent.
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def tls_context() -> ssl.SSLContext:
    """Return the TLS settings that all clients share: reading the certificates takes longer than a request.

    They are read again when `SSL_CERT_FILE` or `SSL_CERT_DIR` names others.
    """
    return _tls_context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@cache
def _tls_context(file: str | None, folder: str | None) -> ssl.SSLContext:
    return httpx.create_ssl_context()


class Transport:
    """One base address and one credential.

    A request that can be repeated without harm is repeated after a failure, up to `retries` times, with pauses that
    double and vary; a `Retry-After` of the response is honoured up to 30 seconds. One that cannot is repeated only if
    it was not sent, or refused before it was done (status 429).

    Parameters
    ----------
    url
        URL of the app, such as `http://127.0.0.1:7071`.
    key
        Workspace token, endpoint key or administrator token.
    client
        The httpx client to send requests with.
    retries
        How often a request is repeated; 0 for never.
    pause
        Waits for so many seconds.
    """

    def __init__(
        self,
        url: str,
        key: str,
        client: httpx.Client,
        retries: int = RETRIES,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = url.rstrip("/")
        self._client = client
        self._key = key
        self._retries = retries
        self._pause = pause

    def __repr__(self) -> str:
        return f"Transport({self.url!r})"

    def at(self, url: str, key: str) -> "Transport":
        """Return a transport to another address with another credential, which shares the rest."""
        return Transport(url, key, self._client, self._retries, self._pause)

    def send(self, method: str, path: str, body: Any = None, *, repeatable: bool | None = None, **query: str) -> Any:
        """Send a request and return the response's JSON, or None if the body is empty.

        Parameters
        ----------
        repeatable
            Whether the request may be done twice; by default, as its method says.

        Raises
        ------
        PerennialError
            If the service returns an error, cannot be reached, or is a different one.
        """
        response = self.send_raw(method, path, body, repeatable=repeatable, **query)
        if not response.content:
            return None
        try:
            return response.json()
        except ValueError as error:
            raise _not_perennial(response) from error

    def list(self, path: str, **query: Any) -> Iterator[Any]:
        """Yield the items of a list that comes in pages; requests a page when it is needed."""
        response = self.send_raw("GET", path, **query)
        while True:
            # A generator of the asynchronous twin cannot `yield from`.
            for item in response.json():  # noqa: UP028
                yield item
            following = response.links.get("next", {}).get("url")
            if not following:
                return
            if not following.startswith(f"{self.url}/"):
                # Behind a proxy the app may know itself by another address, where the token must not go.
                following = f"{self.url}/{following.partition('://')[2].partition('/')[2]}"
            response = self.send_raw("GET", following)

    def take(self, path: str, most: int | None = None, **query: Any) -> builtins.list[Any]:
        """Return the items of a list that comes in pages, all or so many; requests no page that is not needed."""
        found: builtins.list[Any] = []
        if most is not None and most <= 0:
            return found
        for item in self.list(path, **query):
            found.append(item)
            if len(found) == most:
                break
        return found

    def send_raw(
        self, method: str, path: str, body: Any = None, *, repeatable: bool | None = None, **query: str
    ) -> httpx.Response:
        """Send a request and return the response; PerennialError on an error status."""
        if not (self._key.isascii() and self._key.isprintable()):
            text = "The key or token has a line break or another character that no HTTP header can have. Copy it again."
            raise PerennialError(0, "KeyMalformed", text)
        url = path if path.startswith("http") else f"{self.url}/{path}"
        headers = {"Authorization": f"Bearer {self._key}"}
        if isinstance(body, bytes):
            content: bytes | None = body
            headers["Content-Type"] = "application/octet-stream"
        else:
            content = None if body is None else encode_json(body)
            headers |= {} if body is None else {"Content-Type": "application/json"}

        def request() -> httpx.Response:
            return self._client.request(method, url, headers=headers, params=query or None, content=content)

        may_repeat = method in IDEMPOTENT if repeatable is None else repeatable
        response = _repeated(request, self.url, may_repeat, self._retries, self._pause)
        if response.status_code >= 300 and response.status_code != 304:
            raise read_error(response)
        return response


def read_error(response: httpx.Response) -> PerennialError:
    """Return the error in a response with an error status."""
    try:
        error = response.json()["error"]
        codes = [error["code"], *(detail["code"] for detail in error["details"][:1])]
        messages = tuple(detail["message"] for detail in error["details"])
        return PerennialError(response.status_code, "/".join(codes), error["message"], messages)
    except (ValueError, KeyError, TypeError):
        return _not_perennial(response)


def upload_file(link: BlobLink, path: Path) -> None:
    """Upload a local file to the blob a link points to."""

    def parts() -> Iterator[bytes]:
        with path.open("rb") as file:
            while part := file.read(CHUNK_BYTES):
                yield part

    def request() -> httpx.Response:
        headers = {"x-ms-blob-type": "BlockBlob", "content-length": str(path.stat().st_size)}
        with httpx.Client(timeout=FILE_TIMEOUT_SECONDS, verify=tls_context()) as client:
            return client.request("PUT", link.url, content=parts(), headers=headers)

    try:
        response = _repeated(request, link.base_location, True, RETRIES, time.sleep)
    except OSError as error:
        raise PerennialError(0, "FileUnreadable", f"{path} cannot be read: {error}.") from error
    if response.status_code >= 400:
        raise PerennialError(response.status_code, "UploadFailed", f"{path} could not be uploaded: {_reason(response)}")


def download(link: BlobLink, first_bytes: int | None = None) -> bytes:
    """Return the bytes of the blob a link points to, or only so many of the first."""
    # Classic: storage refuses a range of an empty blob with 416.
    headers = {} if first_bytes is None else {"x-ms-range": f"bytes=0-{first_bytes - 1}"}

    def request() -> httpx.Response:
        with httpx.Client(timeout=FILE_TIMEOUT_SECONDS, verify=tls_context()) as client:
            return client.request("GET", link.url, headers=headers)

    response = _repeated(request, link.base_location, True, RETRIES, time.sleep)
    if response.status_code == 416 and first_bytes is not None:
        return b""
    if response.status_code >= 400:
        location = link.relative_location
        raise PerennialError(response.status_code, "DownloadFailed", f"{location} cannot be read: {_reason(response)}")
    return response.content


def download_to(link: BlobLink, file: IO[bytes]) -> int:
    """Write the blob a link points to into an open file, piece by piece, and return its size in bytes."""
    size = 0
    try:
        with httpx.stream("GET", link.url, timeout=FILE_TIMEOUT_SECONDS, verify=tls_context()) as response:
            if response.status_code >= 400:
                text = f"{link.relative_location} cannot be read: {_reason(response)}"
                raise PerennialError(response.status_code, "DownloadFailed", text)
            for part in response.iter_bytes(CHUNK_BYTES):
                file.write(part)
                size += len(part)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _failed(error, link.base_location) from error
    return size


def _repeated(
    request: Callable[[], httpx.Response],
    url: str,
    may_repeat: bool,
    retries: int,
    pause: Callable[[float], None],
) -> httpx.Response:
    """Return the response to a request, which is repeated while that may help; PerennialError if there is none."""
    for attempt in range(retries + 1):
        last = attempt == retries
        try:
            response = request()
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            sent = not isinstance(error, NOT_SENT)
            if last or not isinstance(error, httpx.TransportError) or (sent and not may_repeat):
                raise _failed(error, url) from error
            pause(_backoff(attempt))
            continue
        refused = response.status_code == 429
        seconds = _asked_pause(response)
        if last or response.status_code not in BUSY or not (may_repeat or refused) or seconds > LONGEST_PAUSE_SECONDS:
            return response
        pause(seconds or _backoff(attempt))
    raise AssertionError("the last attempt returns or raises")


def _backoff(attempt: int) -> float:
    """Return the seconds to wait after an attempt: they double, and vary so that clients do not come back together."""
    most: float = min(FIRST_PAUSE_SECONDS * 2**attempt, LONGEST_PAUSE_SECONDS)
    return most * random.uniform(0.5, 1)  # noqa: S311


def _asked_pause(response: httpx.Response) -> float:
    """Return the seconds that a response asks to wait, or 0."""
    text = str(response.headers.get("retry-after", "")).strip()
    if text.isdigit():
        return float(text[:9])
    with contextlib.suppress(ValueError):
        when: datetime = parsedate_to_datetime(text)
        when = when if when.tzinfo else when.replace(tzinfo=timezone.utc)
        seconds = (when - datetime.now(timezone.utc)).total_seconds()
        return max(seconds, 0.0)
    return 0.0


def _failed(error: Exception, url: str) -> PerennialError:
    """Return the error for a request without a response."""
    if isinstance(error, (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError)):
        text = f"{url!r} is not the URL of an app ({error}). It must be like http://127.0.0.1:7071."
        return PerennialError(0, "UrlMalformed", text)
    if isinstance(error, httpx.TimeoutException) and not isinstance(error, httpx.ConnectTimeout):
        return PerennialError(0, "TimedOut", f"{url} did not respond in time. What was asked for may have been done.")
    return PerennialError(0, "Unreachable", f"{url} does not respond ({error}). Is the app running?")


def _not_perennial(response: httpx.Response) -> PerennialError:
    """Return the error for a response that the app would not give."""
    url, kind = response.request.url, response.headers.get("content-type", "").partition(";")[0] or "nothing"
    where = f"{url.scheme}://{url.netloc.decode()}"
    if response.status_code in BUSY:
        text = f"{where} returned {response.status_code}. The app is starting, or too busy. Try again in a moment."
        return PerennialError(response.status_code, "Unavailable", text)
    if response.is_redirect:
        text = (
            f"{where} redirects to {response.headers.get('location', '')[:200]}. Use that address if the app is there."
        )
        return PerennialError(response.status_code, "NotPerennial", text)
    text = f"{where} answered {response.status_code} with {kind}, as Perennial does not: another program runs there"
    return PerennialError(response.status_code, "NotPerennial", f"{text}, or the app failed to start.")


def _reason(response: httpx.Response) -> str:
    """Return what storage says of a failure, without its markup."""
    return f"storage returned {response.status_code} {response.headers.get('x-ms-error-code', '')}".rstrip() + "."
