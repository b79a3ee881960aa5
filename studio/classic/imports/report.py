"""What became of each part of an exported experiment: carried over, changed or left out, and what to do."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """What became of a part."""

    CARRIED = "carried over"
    CHANGED = "changed"
    LEFT_OUT = "left out"


class Part(StrEnum):
    """What a part is. Positions, and settings of a service or a run, do not count towards completeness."""

    MODULE = "module"
    PROPERTY = "property"
    CONNECTION = "connection"
    ASSET = "asset"
    INPUT = "input"
    OUTPUT = "output"
    PARAMETER = "parameter"
    POSITION = "position"
    SETTING = "setting"


@dataclass(frozen=True, slots=True)
class Item:
    """One part: where it was in the file, where it is here (empty if nowhere), and how or why not."""

    part: Part
    outcome: Outcome
    source: str
    target: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """Something that the file does not have: the key to give it under, what it is, and every place it is for."""

    key: str
    kind: str
    name: str
    places: tuple[str, ...]


@dataclass(slots=True)
class Report:
    """The parts in the order of the file, the questions still open, and the scripts by their file's name."""

    items: list[Item] = field(default_factory=list)
    questions: dict[str, Question] = field(default_factory=dict)
    scripts: dict[str, str] = field(default_factory=dict)
    placeholders: list[str] = field(default_factory=list)

    def add(self, part: Part, outcome: Outcome, source: str, target: str = "", note: str = "") -> None:
        """Note what became of a part."""
        self.items.append(Item(part, outcome, source, target, note))

    def ask(self, key: str, kind: str, name: str, place: str) -> None:
        """Note that something is needed; what is needed at several places is asked for once."""
        known = self.questions.get(key)
        self.questions[key] = Question(key, kind, name, (*(known.places if known else ()), place))

    @property
    def complete(self) -> bool:
        """Whether all came: nothing is left out, nothing is a placeholder, nothing remains to be given."""
        counting = (item for item in self.items if item.part not in (Part.POSITION, Part.SETTING))
        left_out = any(item.outcome is Outcome.LEFT_OUT for item in counting)
        return not (left_out or self.placeholders or self.questions)

    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """Return how many parts of each kind were carried over, changed and left out."""
        found = Counter((item.part.value, item.outcome.value) for item in self.items)
        return {
            part.value: {outcome.value: found[part.value, outcome.value] for outcome in Outcome}
            for part in Part
            if any(item.part is part for item in self.items)
        }

    def to_json(self) -> dict[str, Any]:
        """Return the report as clients see it; it has no value of any property."""
        return {
            "Complete": self.complete,
            "Counts": self.counts(),
            "Items": [
                {
                    "Part": item.part.value,
                    "Outcome": item.outcome.value,
                    "Source": item.source,
                    "Target": item.target,
                    "Note": item.note,
                }
                for item in self.items
            ],
            "Questions": [
                {"Key": item.key, "Kind": item.kind, "Name": item.name, "Places": [*item.places]}
                for item in self.questions.values()
            ],
            "Placeholders": self.placeholders,
            "Scripts": self.scripts,
        }
