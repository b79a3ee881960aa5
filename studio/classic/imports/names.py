"""Names for what is imported: titles of modules, the experiment's name, files of scripts; each once, and safe."""

import itertools
import re
import unicodedata
from collections.abc import Container, Iterable
from functools import cache

from studio.classic.imports.exported import ExportedModule
from studio.classic.imports.mappings import FAMILIES, FORMER_NAMES, KNOWN
from studio.graph.contract import Module
from studio.graph.palette import find_module, list_modules

MAX_TITLE, MAX_EXPERIMENT, MAX_SCRIPT = 100, 100, 60
# A module whose id is not known is recognised by no fewer properties.
LEAST_PROPERTIES = 3
# What a name in a URL cannot have, and what turns the direction of text around it.
UNSAFE = re.compile(r"[/\\?#%\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]+")


def same_name(name: str) -> str:
    """Return what two names have in common that differ in case and punctuation only."""
    return re.sub(r"[\W_]+", "", name.lower())


def safe_name(text: str, otherwise: str, most: int = MAX_TITLE) -> str:
    """Return a text that can be a title or a name: on one line, of limited length, without what URLs cannot have."""
    cleaned = " ".join(UNSAFE.sub(" ", text).encode("utf-8", "ignore").decode().split())[:most].strip()
    return otherwise if cleaned in ("", ".", "..") else cleaned


def unique_name(name: str, taken: Container[str], before_number: str = " ", first: int = 2) -> str:
    """Return the name, with a number behind it, from `first` on, if it is taken."""
    numbered = (f"{name}{before_number}{number}" for number in itertools.count(first))
    return next(item for item in itertools.chain((name,), numbered) if item not in taken)


def script_name(experiment: str, title: str, extension: str, taken: Iterable[str]) -> str:
    """Return the name of the file for a module's code, such as `churn_clean_topics.py`."""
    plain = unicodedata.normalize("NFKD", f"{experiment} {title}").encode("ascii", "ignore").decode()
    stem = re.sub(r"\W+", "_", plain.lower()).strip("_")[:MAX_SCRIPT].strip("_")
    stem = stem if re.match(r"[a-z_]", stem) else f"script_{stem}".rstrip("_")
    known = {name.rpartition(".")[0] for name in taken}
    return unique_name(stem, known, "_") + extension


def find_imported_module(exported: ExportedModule) -> Module | None:
    """Return the module of the palette that an exported one is, or None.

    It is found by its family, else by its name; where neither is known, by its ports and properties, if only one module
    has them.
    """
    by_family = _modules_by_family().get(exported.family) or find_module(FAMILIES.get(exported.family, ""))
    return by_family or (_find_by_name(exported.name) if exported.name else _find_by_shape(exported))


def original_name(exported: ExportedModule, module: Module | None) -> str:
    """Return the name of an exported module as people know it."""
    known = KNOWN.get(exported.family) or FAMILIES.get(exported.family)
    return exported.name or (module.name if module else known or f"Module {exported.family or exported.module_id}"[:60])


def _find_by_name(name: str) -> Module | None:
    return _modules_by_name().get(same_name(FORMER_NAMES.get(name, name)))


def _find_by_shape(exported: ExportedModule) -> Module | None:
    names = {same_name(item.name) for item in exported.properties}
    if len(names) < LEAST_PROPERTIES or exported.family in KNOWN:
        return None
    ports = [{*map(same_name, side)} for side in (exported.inputs, exported.outputs)]
    found = [
        module
        for module in list_modules()
        if names <= {same_name(item.name) for item in module.properties}
        and ports == [{same_name(port.name) for port in side} for side in (module.inputs, module.outputs)]
    ]
    return found[0] if len(found) == 1 else None


@cache
def _modules_by_family() -> dict[str, Module]:
    return {item.family: item for item in list_modules() if item.family}


@cache
def _modules_by_name() -> dict[str, Module]:
    return {same_name(item.name): item for item in list_modules()}
