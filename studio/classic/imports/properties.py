"""Converts the properties of an exported module: names and values by the tables of mappings.py, else by their names."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.classic.imports.exported import ExportedModule, ExportedProperty
from studio.classic.imports.mappings import MAPPINGS, NONE, Row
from studio.classic.imports.names import same_name
from studio.classic.imports.pickers import read_picker
from studio.classic.imports.report import Outcome
from studio.classic.imports.template import Expression, find_expression, plain_text
from studio.graph.contract import Kind, Module, Property
from studio.graph.properties import PropertyError, read_properties, read_property

SECRET = re.compile(
    r"password|account ?key|access ?key|secret|token|credential|connection ?string|\bsas\b", re.IGNORECASE
)
NO_COUNTERPART = "The module has no such property here."
EMPTY = "It was empty."
GIVE = "The file does not have it, because it is a secret. Give it with the import."

Ask = Callable[[str, str, str], None]
NewScript = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a property: its name here (empty if none), and how or why not."""

    outcome: Outcome
    to: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """What whoever imports the file knows besides: values by `title / property` or by the name in a template."""

    values: Mapping[str, str]
    ask: Ask
    new_script: NewScript


@dataclass(slots=True)
class Converted:
    """A module's properties here, what became of each of the file's, and what keeps it from being one of the palette.

    `parameters` are the web service parameters that stand for a template's expressions, by property.
    """

    properties: dict[str, Any] = field(default_factory=dict)
    fates: dict[str, Fate] = field(default_factory=dict)
    blockers: list[str] = field(default_factory=list)
    parameters: dict[str, str] = field(default_factory=dict)


def convert_properties(
    module: Module, exported: ExportedModule, title: str, linked: Collection[str], given: Given, *, template: bool
) -> Converted:
    """Return the properties of a module here.

    Parameters
    ----------
    linked
        The properties that a web service parameter sets, as `same_name` has them.
    template
        Whether texts may be expressions of a template.
    """
    done = Converted()
    for item in exported.properties:
        place = f"{title} / {item.name}"
        text, note = _text(item, place, given, template=template)
        expression = find_expression(item.value) if template and text is None else None
        row, target = find_target(module, item.name)
        if target is None or row.script:
            done.fates[item.name] = _fate_without_target(row, target, item, text, exported, done, given)
        elif expression is not None:
            done.fates[item.name] = _as_parameter(expression, title, item, target, done, given)
        elif text is None and item.lost:
            done.fates[item.name] = _missing(item, place, target, linked, done, given)
        else:
            done.fates[item.name] = _convert(row, target, item.name, text, note, done)
    _add_absent(module, done)
    set_later = {*done.parameters, *(name for name in _names(module) if _is_linked(module, name, linked))}
    try:
        read_properties(module, done.properties, frozenset(set_later))
    except PropertyError as error:
        done.blockers.append(_sentence(error.message))
    return done


def find_target(module: Module, name: str) -> tuple[Row, Property | None]:
    """Return the row of an exported property, and the property here that takes its value."""
    rows = {same_name(known): row for known, row in MAPPINGS.get(module.name, NONE).rows.items()}
    row = rows.get(same_name(name), Row())
    same = next((item for item in module.properties if same_name(item.name) == same_name(name)), None)
    mapped = module.property(row.to) if row.to else None
    return row, mapped or (None if row.how or row.lost else same)


def convert_value(row: Row, target: Property, text: str) -> tuple[Any, str, str]:
    """Return a value here, how it differs, and what is wrong; if the last is not empty, there is no value."""
    mapped = {same_name(known): value for known, value in row.values.items()}
    if same_name(text) in mapped:
        value = mapped[same_name(text)]
        return (
            (None, "", f"'{text[:100]}' is not here.")
            if value is None
            else (value, f"'{text[:100]}' is '{value}' here.", "")
        )
    match target.kind:
        case Kind.COLUMNS if row.names:
            names = [name.strip() for name in text.split(",") if name.strip()]
            return names, "", "" if names else "It lists no column."
        case Kind.COLUMNS:
            picked, wrong = read_picker(text)
            return picked, "", _sentence(wrong or "") if picked is None else ""
        case Kind.CHOICE:
            found = [choice for choice in target.choices if same_name(choice) == same_name(text)]
            return (
                (found[0], "", "")
                if found
                else (None, "", f"'{text[:100]}' is not here; accepted: {', '.join(target.choices)}.")
            )
        case Kind.INTEGER | Kind.NUMBER:
            return _number(target, text)
        case Kind.BOOLEAN:
            known = {"true": True, "false": False}.get(text.strip().lower())
            return known, "", "" if known is not None else f"It must be True or False, got '{text[:100]}'."
    return _checked(target, text, "")


def is_secret(name: str) -> bool:
    """Return whether a property's name says that its value is a secret."""
    return bool(SECRET.search(name))


def _text(item: ExportedProperty, place: str, given: Given, *, template: bool) -> tuple[str | None, str]:
    """Return the value as text and how it came about; None if it is not known."""
    if place in given.values:
        return given.values[place], "It was given with the import."
    expression = find_expression(item.value) if template else None
    if expression is not None:
        text = expression.work_out(given.values)
        stored = " It is stored as plain text." if any(map(is_secret, expression.names)) else ""
        return text, f"The template's expression was worked out.{stored}" if text is not None else ""
    return (plain_text(item.value) if template and item.value else item.value), ""


def _fate_without_target(
    row: Row,
    target: Property | None,
    item: ExportedProperty,
    text: str | None,
    exported: ExportedModule,
    done: Converted,
    given: Given,
) -> Fate:
    if row.script and target is not None:
        return _write_script(target, text, done, given)
    if not item.value and not item.lost:
        return Fate(Outcome.CARRIED, note=EMPTY)
    if (text or "").strip().lower() in row.harmless:
        return Fate(Outcome.CARRIED, note=row.how or f"'{item.value}' is what happens here anyway.")
    twin = next((other.value for other in exported.properties if same_name(other.name) == same_name(row.same_as)), None)
    if row.same_as and text and twin is not None and _listed(twin) == _listed(text):
        return Fate(Outcome.CARRIED, note=f"It says the same as '{row.same_as}'.")
    if row.lost or not row.how:
        return Fate(Outcome.LEFT_OUT, note=row.lost or NO_COUNTERPART)
    return Fate(Outcome.CHANGED, note=row.how)


def _write_script(target: Property, text: str | None, done: Converted, given: Given) -> Fate:
    if not text:
        done.blockers.append("Its code is not in the file.")
        return Fate(Outcome.LEFT_OUT, note="The code is not in the file.")
    file = given.new_script(text)
    done.properties[target.name] = file.rpartition(".")[0]
    note = f"The code is for scripts/{file}. Read it, then deploy it with the app; until then the module cannot run."
    return Fate(Outcome.CHANGED, target.name, note)


def _as_parameter(
    expression: Expression, title: str, item: ExportedProperty, target: Property, done: Converted, given: Given
) -> Fate:
    name = expression.names[0] if expression.is_one_name else f"{title} {item.name}"
    done.parameters[target.name] = name
    for needed in expression.names:
        given.ask(needed, "template value", needed)
    names = ", ".join(f"'{needed}'" for needed in expression.names) or "nothing that can be given"
    note = f"It was a template's expression of {names}. It is the web service parameter '{name}' now."
    return Fate(Outcome.CHANGED, target.name, note)


def _missing(
    item: ExportedProperty, place: str, target: Property, linked: Collection[str], done: Converted, given: Given
) -> Fate:
    if same_name(item.name) in linked:
        return Fate(Outcome.CHANGED, target.name, "The file does not have it. The web service parameter must set it.")
    given.ask(place, "secret", item.name)
    if target.required:
        done.blockers.append(f"It needs '{item.name}', which the file does not have.")
    return Fate(Outcome.LEFT_OUT, note=GIVE)


def _convert(row: Row, target: Property, name: str, text: str | None, note: str, done: Converted) -> Fate:
    if text is None or (text.strip() == "" and not (target.kind is Kind.TEXT and target.required)):
        return Fate(Outcome.CARRIED, target.name, EMPTY)
    value, how, wrong = convert_value(row, target, text)
    if wrong:
        if target.required or target.kind in (Kind.CHOICE, Kind.COLUMNS):
            done.blockers.append(f"'{name}' cannot be taken over: {wrong}")
        return Fate(Outcome.LEFT_OUT, note=wrong)
    done.properties[target.name] = value
    renamed = "" if target.name == name else f"It is called '{target.name}' here."
    notes = [text for text in (note, how, row.how if how or target.name != name else "", renamed) if text]
    return Fate(Outcome.CHANGED if notes else Outcome.CARRIED, target.name, " ".join(dict.fromkeys(notes)))


def _number(target: Property, text: str) -> tuple[Any, str, str]:
    """Return a number, or the nearest one that is accepted here."""
    try:
        number = float(text)
    except ValueError:
        return None, "", f"It must be a number, got '{text[:100]}'."
    nearest = number
    if target.minimum is not None:
        nearest = max(nearest, target.minimum)
    if target.maximum is not None:
        nearest = min(nearest, target.maximum)
    whole = target.kind is Kind.INTEGER or (nearest.is_integer() and "." not in text and "e" not in text.lower())
    value = int(nearest) if whole and nearest.is_integer() else nearest
    how = "" if nearest == number else f"{text[:40]} is not accepted here; it is {value:g}."
    return _checked(target, value, how)


def _checked(target: Property, value: Any, how: str) -> tuple[Any, str, str]:
    try:
        read_property(target, value)
    except PropertyError as error:
        return None, "", _sentence(error.message)
    return value, how, ""


def _add_absent(module: Module, done: Converted) -> None:
    """Set what the original did by itself where this app does something else."""
    names = frozenset(_names(module))
    for name, value in MAPPINGS.get(module.name, NONE).absent.items():
        if name not in done.properties and name not in done.parameters:
            try:
                applies = name in read_properties(module, done.properties, names)
            except PropertyError:
                return
            if applies:
                done.properties[name] = {"False": False, "True": True}.get(value, value)


def _names(module: Module) -> list[str]:
    return [item.name for item in module.properties]


def _is_linked(module: Module, name: str, linked: Collection[str]) -> bool:
    rows = MAPPINGS.get(module.name, NONE).rows
    return same_name(name) in linked or any(
        row.to == name and same_name(known) in linked for known, row in rows.items()
    )


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if not text or text.endswith('.') else '.'}"
