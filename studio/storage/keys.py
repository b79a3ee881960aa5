"""Keys and tokens: derived from the master secret, never stored, compared in constant time."""

import base64
import functools
import hashlib
import hmac
import re
import secrets

from cryptography.fernet import Fernet

from studio.errors import Unauthorized

SLOTS = ("primary", "secondary")
ID = re.compile(r"[0-9a-f]{32}")
BEARER = re.compile(r"^\s*(?:bearer\s+)?(\S+)\s*$", re.IGNORECASE)


@functools.lru_cache(maxsize=65536)
def derive_key(master_secret: str, *parts: str) -> str:
    """Return the 88 characters of base64(HMAC-SHA512(master secret, parts)).

    Parts of an endpoint key are workspace, service, endpoint, slot and generation; of a workspace token
    workspace, slot and generation; of the administrator's token the word `admin`.
    """
    message = "\n".join(parts).encode()
    return base64.b64encode(hmac.new(master_secret.encode(), message, hashlib.sha512).digest()).decode()


def admin_token(master_secret: str) -> str:
    """Return the token that creates workspaces."""
    return derive_key(master_secret, "admin")


def new_generation(seconds: float) -> int:
    """Return a first generation number, so that something deleted and made again does not get its old keys back."""
    return int(seconds) * 1000 + secrets.randbelow(1000)


def is_id(text: str) -> bool:
    """Tell whether a text is an id as this app makes them: 32 hex digits in lower case."""
    return ID.fullmatch(text) is not None


def new_id() -> str:
    """Return a random id: 32 lower-case hex digits."""
    return secrets.token_hex(16)


def read_bearer(header: str | None) -> str:
    """Return the key of an Authorization header, whatever the case of `Bearer` and the blanks around it."""
    found = BEARER.match(header or "")
    return found[1] if found else ""


def same_key(given: str, expected: str) -> bool:
    """Compare two keys in constant time."""
    return hmac.compare_digest(given.encode(), expected.encode())


def check_admin(master_secret: str, header: str | None) -> None:
    """Raise Unauthorized unless the header carries the administrator's token."""
    if not same_key(read_bearer(header), admin_token(master_secret)):
        raise Unauthorized(
            "AdminRequestUnauthorized",
            "Creating workspaces needs the administrator's token. 'perennial workspace admin-token' prints it "
            "for a deployment whose PERENNIAL_MASTER_SECRET you hold.",
        )


def seal(master_secret: str, text: str) -> str:
    """Encrypt a text that holds other people's secrets (connection strings, SAS tokens) for storage."""
    return _cipher(master_secret).encrypt(text.encode()).decode()


def unseal(master_secret: str, sealed: str) -> str:
    """Return the text that seal encrypted."""
    return _cipher(master_secret).decrypt(sealed.encode()).decode()


def _cipher(master_secret: str) -> Fernet:
    digest = hmac.new(master_secret.encode(), b"sealed requests", hashlib.sha256).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
