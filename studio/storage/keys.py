"""Keys and tokens, derived from the master secret, never stored, and compared in constant time; ids; encryption."""

import base64
import functools
import hashlib
import hmac
import re
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from studio.errors import Unauthorized

SLOTS = ("primary", "secondary")
ID = re.compile(r"[0-9a-f]{32}")
BEARER = re.compile(r"^\s*(?:bearer\s+)?(\S+)\s*$", re.IGNORECASE)


@functools.lru_cache(maxsize=65536)
def derive_key(master_secret: str, *parts: str) -> str:
    """Return the 88 characters of base64(HMAC-SHA512(master secret, parts)).

    The parts of an endpoint key are workspace, service, endpoint, slot and generation; those of a workspace token are
    workspace, the word `workspace`, slot and generation; that of the administrator's token is the word `admin`.
    """
    message = "\n".join(parts).encode()
    return base64.b64encode(hmac.new(master_secret.encode(), message, hashlib.sha512).digest()).decode()


def admin_token(master_secret: str) -> str:
    """Return the administrator's token, which is needed to create workspaces."""
    return derive_key(master_secret, "admin")


def new_generation(seconds: float) -> int:
    """Return an initial generation number; it differs if something is deleted and recreated, and so do its keys."""
    return int(seconds) * 1000 + secrets.randbelow(1000)


def is_id(text: str) -> bool:
    """Return whether a text is an id as the app generates them: 32 lower-case hex digits."""
    return ID.fullmatch(text) is not None


def new_id() -> str:
    """Return a random id: 32 lower-case hex digits."""
    return secrets.token_hex(16)


def name_key(name: str) -> str:
    """Return the row key of a name: the first 32 hex digits of its SHA-256."""
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:32]


def read_bearer(header: str | None) -> str:
    """Return the key in an Authorization header, ignoring the case of `Bearer` and surplus blanks."""
    found = BEARER.match(header or "")
    return found[1] if found else ""


def same_key(given: str, expected: str) -> bool:
    """Return whether two keys are equal, in constant time."""
    return hmac.compare_digest(given.encode(), expected.encode())


def check_admin(master_secret: str, header: str | None) -> None:
    """Raise Unauthorized unless the header contains the administrator's token."""
    if not same_key(read_bearer(header), admin_token(master_secret)):
        raise Unauthorized(
            "AdminRequestUnauthorized",
            "Creating and deleting workspaces requires the administrator's token. 'perennial workspace admin-token' "
            "prints it if you have the app's PERENNIAL_MASTER_SECRET.",
        )


def seal(master_secret: str, text: str) -> str:
    """Encrypt a text that contains callers' secrets (connection strings, SAS tokens), so that it can be stored."""
    return _cipher(master_secret).encrypt(text.encode()).decode()


def unseal(master_secret: str, sealed: str) -> str:
    """Decrypt a text that `seal` encrypted."""
    return _cipher(master_secret).decrypt(sealed.encode()).decode()


def seal_for(master_secret: str, text: str, *binding: str) -> str:
    """Encrypt a secret so that it can only be decrypted with the same binding, such as workspace and destination.

    The same text with the same binding gives the same result, so that documents that hold it stay comparable.
    """
    return base64.urlsafe_b64encode(_bound_cipher(master_secret).encrypt(text.encode(), _associated(binding))).decode()


def unseal_for(master_secret: str, sealed: str, *binding: str) -> str | None:
    """Decrypt what `seal_for` encrypted; None if it was sealed with another binding or master secret."""
    try:
        content = base64.urlsafe_b64decode(sealed)
        return _bound_cipher(master_secret).decrypt(content, _associated(binding)).decode()
    except (InvalidTag, ValueError):
        return None


def _bound_cipher(master_secret: str) -> AESSIV:
    return AESSIV(hmac.new(master_secret.encode(), b"secrets in experiments", hashlib.sha512).digest())


def _associated(binding: tuple[str, ...]) -> list[bytes]:
    # AES-SIV takes no empty parts.
    return [b"=" + part.encode() for part in binding]


def _cipher(master_secret: str) -> Fernet:
    digest = hmac.new(master_secret.encode(), b"sealed requests", hashlib.sha256).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
