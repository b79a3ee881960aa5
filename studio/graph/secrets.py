"""Secrets in experiment documents: keys of storage accounts, and the query of links, which often holds a signature.

A stored document holds `{"sealed": …, "shown": "***"}` in place of a secret, and is shown with the `shown` text only;
a link keeps what precedes its query, `https://host/path?***`. A client that puts a shown text back keeps the secret, as
long as everything that decides where it is sent stays the same: a seal opens for that destination only. Which
properties are secrets, and which property names their destination, says `Property.sealed_for` (contract.py). Documents
stored before secrets were sealed hold them as plain text; they are read and shown like any other.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from studio.errors import BadArgument
from studio.graph.contract import Property
from studio.graph.palette import find_module
from studio.problems import Problems

HIDDEN = "***"
SHORTEST = 4
LINK = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*:/*)?(?:(?P<user>[^/?#]*)@)?(?P<base>[^?#]*)(?P<query>.*)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a secret is in a document.

    Parameters
    ----------
    title, module
        The module's title, and its name in the palette.
    name
        The property that the secret is the value of.
    parameter
        The web service parameter that the secret is the default of; empty if it is the property itself.
    destination
        Where the secret is used: the name of the storage account, or the link without what is secret.
    """

    title: str
    module: str
    name: str
    parameter: str
    destination: str

    @property
    def binding(self) -> tuple[str, str]:
        """What a seal is bound to besides the workspace."""
        return self.name, self.destination


Change = Callable[[Place, Any], Any]
Keep = Callable[[Place], Any]


def is_sealed(value: Any) -> TypeGuard[dict[str, str]]:
    """Return whether a value is a sealed secret."""
    return isinstance(value, dict) and set(value) == {"sealed", "shown"}


def shown_secret(item: Property, value: Any) -> Any:
    """Return what is shown in place of a secret; None stays None."""
    if value is None:
        return None
    if is_sealed(value):
        return value["shown"]
    if item.sealed_for != item.name:
        return HIDDEN
    found = LINK.fullmatch(str(value))
    assert found is not None
    user = f"{HIDDEN}@" if found["user"] is not None else ""
    return f"{found['scheme'] or ''}{user}{found['base']}{'?' + HIDDEN if found['query'] else ''}"


def _is_shown(item: Property, text: str) -> bool:
    """Return whether a text stands for a stored secret."""
    found = LINK.fullmatch(text) if item.sealed_for == item.name else None
    return text == HIDDEN or (found is not None and HIDDEN in (found["user"], found["query"][1:]))


def destination(item: Property, value: Any, properties: Mapping[str, Any]) -> str:
    """Return where a secret is used, given its module's properties."""
    place = shown_secret(item, value) if item.sealed_for == item.name else properties.get(item.sealed_for)
    return str(place or "").strip()


def secret_texts(item: Property, value: str) -> list[str]:
    """Return the parts of an opened secret that must not be seen."""
    found = LINK.fullmatch(value) if item.sealed_for == item.name else None
    parts = [value] if found is None else [found["query"], found["query"][1:], found["user"]]
    # Hiding a few letters would hide them in every word.
    return [part for part in parts if part and len(part) >= SHORTEST]


def hide_secrets(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored document as clients see it."""
    return _replace(document, lambda item, _, value: shown_secret(item, value))


def seal_secrets(document: Mapping[str, Any], seal: Callable[[str, Place], str]) -> dict[str, Any]:
    """Return a document with its plain secrets sealed; those sealed before stay as they are."""

    def change(item: Property, place: Place, value: Any) -> Any:
        if value in (None, "") or is_sealed(value):
            return value
        shown = shown_secret(item, value)
        # A link without a query holds no secret.
        return value if shown == value else {"sealed": seal(str(value), place), "shown": shown}

    return _replace(document, change)


def keep_secrets(document: Mapping[str, Any], find_kept: Keep, problems: Problems | None = None) -> dict[str, Any]:
    """Return a client's document with the stored secret wherever the client put back what it was shown.

    Parameters
    ----------
    find_kept
        Returns the stored secret of a place, sealed or plain, or None if there is none.
    problems
        Where to note what is wrong instead of raising it; such a secret is replaced by `***`.

    Raises
    ------
    BadArgument
        If nothing is stored for that place and destination, or a secret is not text.
    """
    noting = Problems() if problems is None else problems

    def keep(item: Property, place: Place, value: Any) -> Any:
        if value is None:
            return value
        where = f"'{item.name}' of the module '{place.title}'"
        if not isinstance(value, (str, int, float)):
            raise _wrong(f"{where} must be text.", place)
        if not _is_shown(item, str(value).strip()):
            return value
        kept = find_kept(place)
        if kept is None:
            raise _wrong(
                f"{where} is '{shown_secret(item, value)}', but no secret is stored there for '{place.destination}'. "
                f"{HIDDEN} keeps a stored secret only while the module, the property and the account or address stay "
                "the same. Give the secret.",
                place,
            )
        return kept

    def change(item: Property, place: Place, value: Any) -> Any:
        with noting.noted():
            return keep(item, place, value)
        return HIDDEN

    kept = _replace(document, change)
    if problems is None:
        noting.raise_all()
    return kept


def _wrong(message: str, place: Place) -> BadArgument:
    return BadArgument("ModelConfigurationInvalid", message, place.title, module=place.title, property=place.name)


def find_secrets(document: Mapping[str, Any]) -> dict[Place, Any]:
    """Return the secrets of a stored document, as stored, by their places."""
    found: dict[Place, Any] = {}

    def note(_: Property, place: Place, value: Any) -> Any:
        if value is not None:
            found[place] = value
        return value

    _replace(document, note)
    return found


def without_properties(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document without the secrets among its modules' properties."""
    modules = {}
    for title, item in document["modules"].items():
        secrets = {secret.name for secret in _secrets(item)}
        properties = {name: value for name, value in (item.get("properties") or {}).items() if name not in secrets}
        modules[title] = {**item, "properties": properties}
    return {**document, "modules": modules}


def shown_default(document: Mapping[str, Any], title: str, name: str, value: Any) -> Any:
    """Return the default of the web service parameter that sets a module's property, hidden if it is a secret."""
    secret = next((item for item in _secrets(document["modules"].get(title)) if item.name == name), None)
    return value if secret is None else shown_secret(secret, value)


def _replace(document: Mapping[str, Any], change: Callable[[Property, Place, Any], Any]) -> dict[str, Any]:
    """Return a copy of a document with each secret changed; what is no valid part of a document is left alone."""
    modules, parameters = document.get("modules"), document.get("webServiceParameters")
    if not isinstance(modules, dict):
        return dict(document)
    parameters = parameters if isinstance(parameters, list) else []
    changed = {title: _replace_properties(title, item, parameters, change) for title, item in modules.items()}
    copy = {**document, "modules": changed}
    if parameters:
        copy["webServiceParameters"] = [_replace_default(item, modules, parameters, change) for item in parameters]
    return copy


def _replace_properties(
    title: str, item: Any, parameters: list[Any], change: Callable[[Property, Place, Any], Any]
) -> Any:
    given = item.get("properties") if isinstance(item, dict) else None
    secrets = _secrets(item)
    if not secrets or not isinstance(given, dict):
        return item
    known = _defaults(title, parameters) | given
    properties = dict(given)
    for secret in secrets:
        if secret.name in given:
            value = given[secret.name]
            place = Place(title, item["module"], secret.name, "", destination(secret, value, known))
            properties[secret.name] = change(secret, place, value)
    return {**item, "properties": properties}


def _replace_default(
    parameter: Any, modules: dict[str, Any], parameters: list[Any], change: Callable[[Property, Place, Any], Any]
) -> Any:
    if not isinstance(parameter, dict) or "default" not in parameter:
        return parameter
    title, value = parameter.get("module"), parameter["default"]
    item = modules.get(title) if isinstance(title, str) else None
    secret = next((found for found in _secrets(item) if found.name == parameter.get("property")), None)
    if secret is None or not isinstance(item, dict):
        return parameter
    given = item.get("properties")
    known = (given if isinstance(given, dict) else {}) | _defaults(str(title), parameters)
    place = Place(
        str(title), item["module"], secret.name, str(parameter.get("name")), destination(secret, value, known)
    )
    return {**parameter, "default": change(secret, place, value)}


def _secrets(item: Any) -> list[Property]:
    name = item.get("module") if isinstance(item, dict) else None
    module = find_module(name) if isinstance(name, str) else None
    return [found for found in module.properties if found.sealed_for] if module is not None else []


def _defaults(title: str, parameters: list[Any]) -> dict[str, Any]:
    """Return the properties of a module that web service parameters set by default."""
    return {
        str(parameter.get("property")): parameter["default"]
        for parameter in parameters
        if isinstance(parameter, dict) and parameter.get("module") == title and parameter.get("default") is not None
    }
