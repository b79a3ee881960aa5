"""HTTP for the client: sends and reads JSON, and turns error responses into PerennialError."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from perennial.errors import PerennialError
from perennial.resources import BlobLink

TIMEOUT_SECONDS = 60.0
CHUNK_BYTES = 1 << 20


class Transport:
    """One base address and one credential.

    Parameters
    ----------
    url
        URL of the app, such as `http://127.0.0.1:7071`.
    key
        Workspace token, endpoint key or administrator token.
    client
        The httpx client to send requests with.
    """

    def __init__(self, url: str, key: str, client: httpx.Client) -> None:
        self.url = url.rstrip("/")
        self._client = client
        self._headers = {"Authorization": f"Bearer {key}"}

    def send(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """Send a request and return the response's JSON, or None if the body is empty.

        Raises
        ------
        PerennialError
            If the service returns an error or cannot be reached.
        """
        response = self.send_raw(method, path, body, **query)
        return response.json() if response.content else None

    def send_raw(self, method: str, path: str, body: Any = None, **query: str) -> httpx.Response:
        """Send a request and return the response; PerennialError on an error status."""
        url = path if path.startswith("http") else f"{self.url}/{path}"
        try:
            response = self._client.request(
                method, url, headers=self._headers, params=query, json=body if body is not None else None
            )
        except httpx.TransportError as error:
            raise PerennialError(
                0, "Unreachable", f"{self.url} does not respond ({error}). Is the app running?"
            ) from error
        if response.status_code >= 400:
            raise read_error(response)
        return response


def read_error(response: httpx.Response) -> PerennialError:
    """Return the error in a response with an error status."""
    try:
        error = response.json()["error"]
    except (ValueError, KeyError, TypeError):
        return PerennialError(response.status_code, f"HTTP {response.status_code}", response.text[:500])
    codes = [error["code"], *(detail["code"] for detail in error["details"][:1])]
    messages = tuple(detail["message"] for detail in error["details"])
    return PerennialError(response.status_code, "/".join(codes), error["message"], messages)


def upload_file(link: BlobLink, path: Path) -> None:
    """Upload a local file to the blob a link points to."""

    def parts() -> Iterator[bytes]:
        with path.open("rb") as file:
            while part := file.read(CHUNK_BYTES):
                yield part

    headers = {"x-ms-blob-type": "BlockBlob", "content-length": str(path.stat().st_size)}
    response = httpx.put(link.url, content=parts(), headers=headers, timeout=600)
    if response.status_code >= 400:
        raise PerennialError(
            response.status_code, "UploadFailed", f"{path} could not be uploaded: {response.text[:300]}"
        )


def download(link: BlobLink) -> bytes:
    """Return the bytes of the blob a link points to."""
    response = httpx.get(link.url, timeout=600)
    if response.status_code >= 400:
        location = link.relative_location
        raise PerennialError(
            response.status_code, "DownloadFailed", f"{location} cannot be read: {response.text[:300]}"
        )
    return response.content
