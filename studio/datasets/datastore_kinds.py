"""What a datastore is made of: its kinds, what each says about where it leads, and how a secret opens it.

Everything is checked here before it is stored; whether a host may be called is asked again where a connection opens
(studio/storage/connections.py).
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from studio.errors import BadArgument, InvalidOperation
from studio.storage.account import Storage
from studio.storage.addresses import Address, BadAddress, is_allowed, is_number, parse_address
from studio.wire import invalid_value

BLOB, TABLE, SQL, HTTP = "Blob", "Table", "Sql", "Http"
ACCOUNT_KEY, SAS, PASSWORD = "AccountKey", "Sas", "Password"
NONE, BASIC, BEARER, HEADER, QUERY = "None", "Basic", "Bearer", "Header", "Query"
# The first of each kind is the default.
AUTHENTICATIONS = {
    BLOB: (ACCOUNT_KEY, SAS, NONE),
    TABLE: (ACCOUNT_KEY, SAS),
    SQL: (PASSWORD, NONE),
    HTTP: (NONE, BASIC, BEARER, HEADER, QUERY),
}
KINDS = tuple(AUTHENTICATIONS)
PLACES = ("Url", "Container", "Server", "Database", "User", "Header")
# What does not decide where a secret is sent.
WITHIN = ("Container",)
POSTGRESQL_PORT = 5432
MAX_SECRET = 4000
ACCOUNT = re.compile(r"[a-z0-9]{3,24}")
ACCOUNT_PATH = re.compile(r"/(?:[a-z0-9-]{3,63}/?)?")
CONTAINER = re.compile(r"(?!.*--)[a-z0-9$][a-z0-9-]{2,62}")
DATABASE, USER = re.compile(r"[A-Za-z0-9_$. -]{1,63}"), re.compile(r"[^\x00-\x1f\x7f:]{1,200}")
HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,100}")
# Headers that decide how a request is understood, and not who sends it.
NOT_HEADERS = ("host", "content-length", "transfer-encoding", "connection", "cookie", "accept-encoding", "expect")
SECRETS = {
    ACCOUNT_KEY: (re.compile(r"[A-Za-z0-9+/]{20,200}={0,2}"), "the key of the storage account, in base64"),
    SAS: (re.compile(r"\??(?=.*\bsig=)[!-~]+"), "a SAS token that contains sig="),
    PASSWORD: (re.compile(r"[^\x00\r\n]+"), "a password on one line"),
    BASIC: (re.compile(r"[ -~\xa0-\xff]+"), "a password of printable characters"),
    BEARER: (re.compile(r"[!-~]+"), "a token of printable ASCII characters without blanks"),
    HEADER: (re.compile(r"[!-~](?:[ -~]*[!-~])?"), "printable ASCII characters"),
    QUERY: (re.compile(r"\??[!-~]+"), "the query of the address, such as code=…"),
}

Places = dict[str, str]


def read_kind(value: Any) -> str:
    """Return the kind of a datastore, as it is written here."""
    for kind in KINDS:
        if str(value).lower() == kind.lower():
            return kind
    raise invalid_value("Kind", ", ".join(KINDS), value)


def read_authentication(kind: str, body: Mapping[str, Any]) -> str:
    """Return how a datastore is opened: by default the first way of its kind, or none for a configured database."""
    given, known = body.get("Authentication"), AUTHENTICATIONS[kind]
    if given in (None, ""):
        return NONE if kind == SQL and not body.get("Server") else known[0]
    for item in known:
        if str(given).lower() == item.lower():
            return item
    raise invalid_value("Authentication", f"for {kind}, one of {', '.join(known)}", given)


def read_places(storage: Storage, kind: str, authentication: str, body: Mapping[str, Any]) -> Places:
    """Return where a datastore leads, by the names of PLACES, normalised.

    Raises
    ------
    BadArgument
        If a property is missing, malformed, or not one of the kind.
    InvalidOperation
        If the app may not call the host.
    """
    if kind == BLOB and body.get("Container") is None:
        raise invalid_value("Container", "the name of the blob container", None)
    found = _READERS[kind](storage, authentication, body)
    for name in ("Account", *PLACES):
        if body.get(name) not in (None, "") and name not in (*found, *(("Account",) if kind in (BLOB, TABLE) else ())):
            raise invalid_value(name, f"left out for a datastore of kind {kind} with {authentication}", body[name])
    return found


def check_secret(authentication: str, secret: Any) -> str:
    """Return a secret as it is used; BadArgument if it cannot be one. No message shows it."""
    pattern, accepted = SECRETS[authentication]
    if not isinstance(secret, str) or len(secret) > MAX_SECRET or not pattern.fullmatch(secret.strip()):
        text = f"Secret must be {accepted}, of at most {MAX_SECRET} characters, for the authentication {authentication}"
        raise BadArgument("BadParameterValue", f"{text}.", "Secret")
    return secret if authentication == PASSWORD else secret.strip().lstrip("?")


def destination(kind: str, authentication: str, places: Mapping[str, str]) -> str:
    """Return all that decides where a secret is sent, as one text."""
    bound = [f"{name}={places[name]}" for name in PLACES if name in places and name not in WITHIN]
    return "\n".join((kind, authentication, *bound))


def read_server(text: str) -> Address:
    """Return the address of a database server, `host` or `host:port`; BadAddress if it is malformed."""
    host = text.strip()
    has_port = re.search(r":[0-9]{1,5}$", host) is not None and not host.endswith("]")
    address = parse_address(f"https://{host if has_port else f'{host}:{POSTGRESQL_PORT}'}")
    if address.target != "/":
        raise BadAddress("it is a host, with or without a port, and nothing else")
    return address


def account_name(url: str) -> str:
    """Return the name of the storage account at an address: the first label of its host, or the path of an emulator."""
    address = parse_address(url)
    return address.target.strip("/") or address.host.partition(".")[0]


def _read_account(storage: Storage, authentication: str, body: Mapping[str, Any], service: str) -> Places:
    account, url = body.get("Account"), body.get("Url")
    if account not in (None, ""):
        if not isinstance(account, str) or not ACCOUNT.fullmatch(account) or url:
            raise invalid_value("Account", "the name of the storage account, and then no Url", account)
        url = f"https://{account}.{service}.core.windows.net/"
    address = _read_url(url, "https://account.blob.core.windows.net/", encrypted=True)
    if not ACCOUNT_PATH.fullmatch(address.target):
        raise _bad("Url", "it must be the address of a storage account, such as https://account.blob.core.windows.net/")
    _check_allowed(address, storage.allowed_hosts, "neither Azure Storage nor this app's own account")
    return {"Url": address.url.rstrip("/") + "/"}


def _read_blob(storage: Storage, authentication: str, body: Mapping[str, Any]) -> Places:
    container = body.get("Container")
    if not isinstance(container, str) or not CONTAINER.fullmatch(container):
        raise invalid_value("Container", "3 to 63 lower-case letters, digits and single dashes", container)
    return _read_account(storage, authentication, body, "blob") | {"Container": container}


def _read_table(storage: Storage, authentication: str, body: Mapping[str, Any]) -> Places:
    return _read_account(storage, authentication, body, "table")


def _read_sql(storage: Storage, authentication: str, body: Mapping[str, Any]) -> Places:
    server, database = body.get("Server"), body.get("Database")
    if server in (None, ""):
        known = ", ".join(storage.settings.databases) or "none"
        if database not in storage.settings.databases:
            accepted = f"one that the app setting PERENNIAL_DATABASES defines ({known}), or given with a Server"
            raise invalid_value("Database", accepted, database)
        if authentication != NONE:
            raise invalid_value("Authentication", f"{NONE} for a database that the operator configured", authentication)
        return {"Database": str(database)}
    if authentication != PASSWORD:
        raise invalid_value("Authentication", f"{PASSWORD} for a database server", authentication)
    try:
        address = read_server(str(server)[:300])
    except BadAddress as error:
        raise _bad("Server", f"{error}. Give host:port of a PostgreSQL server") from error
    _check_allowed(address, storage.settings.import_hosts, "not a host that datastores may call", "Server")
    return {
        "Server": f"{address.host}:{address.port}",
        "Database": _read_matching(body, "Database", DATABASE, "up to 63 letters, digits and _ $ . -"),
        "User": _read_matching(body, "User", USER, "the name of a role"),
    }


def _read_http(storage: Storage, authentication: str, body: Mapping[str, Any]) -> Places:
    address = _read_url(body.get("Url"), "https://data.example.org/exports/", encrypted=authentication != NONE)
    _check_allowed(address, storage.settings.import_hosts, "not a host that datastores may call")
    found = {"Url": address.url.rstrip("/") + "/"}
    if authentication == BASIC:
        found["User"] = _read_matching(body, "User", USER, "a user name without a colon")
    if authentication == HEADER:
        found["Header"] = _read_matching(body, "Header", HEADER_NAME, "the name of a header, such as x-api-key")
        if found["Header"].lower() in NOT_HEADERS:
            raise invalid_value("Header", "a header that says who is calling, such as x-api-key", found["Header"])
    return found


def _read_url(value: Any, example: str, *, encrypted: bool) -> Address:
    # What it is not is not shown: links often hold a key.
    if not isinstance(value, str) or not value.strip():
        raise _bad("Url", f"it is missing. Give an address such as {example}")
    try:
        address = parse_address(value.strip())
    except BadAddress as error:
        raise _bad("Url", str(error)) from error
    if "?" in address.target:
        raise _bad("Url", "it has a query. Give what is secret in it as Secret")
    # An operator who lists a number means a host of their own network, which need not have a certificate.
    if encrypted and address.scheme != "https" and not is_number(address.host):
        raise _bad("Url", "it must start with https://, since a secret is sent there")
    return address


def _read_matching(body: Mapping[str, Any], name: str, pattern: re.Pattern[str], accepted: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise invalid_value(name, accepted, value if value is None else str(value)[:100])
    return value


def _check_allowed(address: Address, allowed: tuple[str, ...], why: str, name: str = "Url") -> None:
    if not is_allowed(address, allowed):
        raise InvalidOperation(
            "BadParameterValue",
            f"'{address.netloc}' is {why}. To allow it, the app's operator can add it to the app setting "
            "PERENNIAL_IMPORT_HOSTS, with its port if that is not 80 or 443.",
            name,
        )


def _bad(name: str, reason: str) -> BadArgument:
    return BadArgument("BadParameterValue", f"{name} cannot be used: {reason}.", name)


_READERS: dict[str, Callable[[Storage, str, Mapping[str, Any]], Places]] = {
    BLOB: _read_blob,
    TABLE: _read_table,
    SQL: _read_sql,
    HTTP: _read_http,
}
