"""The rules of the original's column picker: `{"isFilter": true, "rules": [{"ruleType": "AllColumns"}, …]}`.

The rules are applied in order: one without `exclude` adds columns to those selected so far, one with it takes them
away. If the first one excludes, it takes away from all columns. With `isFilter` the columns keep the order of the
data, else they come in the order in which the rules named them. Columns are numbered from 1.
"""

import re
from collections.abc import Callable
from typing import Any

from studio.graph.contract import Call
from studio.graph.dataset import Dataset, DatasetColumn, Role
from studio.tables.schema import ColumnType

MAX_RULES, MAX_NAMED = 200, 20_000
NUMBERS = (ColumnType.INT32, ColumnType.INT64, ColumnType.DOUBLE)
RANGE = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9}))?")
Test = Callable[[DatasetColumn], bool]
COLUMN_TYPES: dict[str, Test] = {
    "all": lambda column: True,
    "alltypes": lambda column: True,
    "numeric": lambda column: column.type in NUMBERS and not column.categorical,
    "integer": lambda column: column.type.is_integer and not column.categorical,
    "double": lambda column: column.type is ColumnType.DOUBLE and not column.categorical,
    "boolean": lambda column: column.type is ColumnType.BOOLEAN,
    "string": lambda column: column.type is ColumnType.STRING and not column.categorical,
    "categorical": lambda column: column.categorical,
    "datetime": lambda column: column.type is ColumnType.DATETIME,
    "timespan": lambda column: False,
}
COLUMN_KINDS: dict[str, Test] = {
    "all": lambda column: True,
    "feature": lambda column: column.role is Role.FEATURE,
    "label": lambda column: column.role is Role.LABEL,
    "weight": lambda column: column.role is Role.WEIGHT,
    "score": lambda column: column.name.startswith("Scored "),
}
RULES = {
    "AllColumns": (),
    "ColumnNames": ("columns",),
    "ColumnIndexes": ("columns",),
    "ColumnTypes": ("columnTypes", "columnKinds"),
}


def check_rules(picker: Any) -> str | None:
    """Return what is wrong with the rules of a column picker, or None."""
    if not isinstance(picker, dict) or set(picker) - {"isFilter", "rules"}:
        return "a selection by rules has 'rules' and 'isFilter'"
    rules = picker.get("rules")
    if not isinstance(rules, list) or not 0 < len(rules) <= MAX_RULES:
        return f"a selection has 1 to {MAX_RULES} rules"
    return next((wrong for rule in rules if (wrong := _check_rule(rule))), None)


def pick_by_rules(call: Call, dataset: Dataset, picker: dict[str, Any]) -> list[str]:
    """Return the names of the columns that the rules select.

    Raises
    ------
    ModuleExecutionError
        0001 if a column that a rule names or numbers does not exist, 0011 if a rule is malformed.

    References
    ----------
    Column selection of the original's modules, as its exports and its last Python port have it.
    """
    wrong = check_rules(picker)
    if wrong:
        raise call.error("0011", f"{wrong}.")
    rules = picker["rules"]
    chosen: dict[str, None] = dict.fromkeys(dataset.names) if rules[0].get("exclude") else {}
    for rule in rules:
        found = _matches(call, dataset, rule)
        if rule.get("exclude"):
            left_out = set(found)
            chosen = {name: None for name in chosen if name not in left_out}
        else:
            chosen |= dict.fromkeys(found)
    return [name for name in dataset.names if name in chosen] if picker.get("isFilter", True) else [*chosen]


def names_columns(picker: dict[str, Any]) -> bool:
    """Return whether a rule adds columns by name or number, not by what they hold."""
    return any(
        rule["ruleType"] in ("ColumnNames", "ColumnIndexes") and not rule.get("exclude") for rule in picker["rules"]
    )


def _check_rule(rule: Any) -> str | None:
    if not isinstance(rule, dict) or rule.get("ruleType") not in RULES:
        return f"a rule has a 'ruleType' of {', '.join(RULES)}, got {str(rule)[:200]}"
    for name in RULES[rule["ruleType"]]:
        items = rule.get(name, [])
        if not isinstance(items, list) or len(items) > MAX_NAMED or not all(isinstance(item, str) for item in items):
            return f"'{name}' of a rule must be a list of at most {MAX_NAMED:,} texts, got {str(items)[:200]}"
    if rule["ruleType"] == "ColumnIndexes":
        bad = next((item for item in rule.get("columns", []) if not RANGE.fullmatch(item)), None)
        return f"a column is numbered such as '2' or '2-5', got '{bad[:40]}'" if bad is not None else None
    for name, known in (("columnTypes", COLUMN_TYPES), ("columnKinds", COLUMN_KINDS)):
        bad = next((item for item in rule.get(name, []) if item.lower() not in known), None)
        if bad is not None and rule["ruleType"] == "ColumnTypes":
            return f"'{name}' of a rule has {', '.join(known)}, got '{bad[:40]}'"
    return None


def _matches(call: Call, dataset: Dataset, rule: dict[str, Any]) -> list[str]:
    match rule["ruleType"]:
        case "ColumnNames":
            missing = next((name for name in rule.get("columns", []) if name not in dataset), None)
            if missing is not None:
                raise call.error(
                    "0001",
                    f"the column '{missing[:200]}' was not found. The dataset has {', '.join(dataset.names[:40])}.",
                )
            return [*rule.get("columns", [])]
        case "ColumnIndexes":
            return [name for text in rule.get("columns", []) for name in _numbered(call, dataset, text)]
        case "ColumnTypes":
            types = [COLUMN_TYPES[item.lower()] for item in rule.get("columnTypes") or ["All"]]
            kinds = [COLUMN_KINDS[item.lower()] for item in rule.get("columnKinds") or ["All"]]
            return [
                column.name
                for column in dataset.columns
                if any(test(column) for test in types) and any(test(column) for test in kinds)
            ]
    return [*dataset.names]


def _numbered(call: Call, dataset: Dataset, text: str) -> list[str]:
    found = RANGE.fullmatch(text)
    assert found is not None
    first, last = int(found[1]), int(found[2] or found[1])
    if not 1 <= first <= last <= len(dataset.names):
        raise call.error("0001", f"the dataset has the columns 1 to {len(dataset.names)}, got the number '{text}'.")
    return [*dataset.names[first - 1 : last]]
