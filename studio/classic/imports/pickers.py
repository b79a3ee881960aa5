"""Column pickers: the original's selection of columns, as this app's documents have it.

The original saved JSON, mostly URL-encoded: `{"isFilter": true, "rules": […], "ui": {…}}`. Simple selections become a
list of names or a selection by kind, which people can read; all others keep their rules.
"""

import json
from typing import Any
from urllib.parse import unquote

from studio.graph.column_rules import check_rules

MAX_LENGTH = 1_000_000
KINDS = {
    ("numeric", "all"): "numeric",
    ("all", "feature"): "features",
    ("all", "label"): "labels",
    ("alltypes", "feature"): "features",
    ("alltypes", "label"): "labels",
}


def read_picker(text: str) -> tuple[Any, str | None]:
    """Return a selection of columns, and None; or None, and what is wrong with the text."""
    if len(text) > MAX_LENGTH:
        return None, f"a selection must have at most {MAX_LENGTH:,} characters"
    decoded = text.strip() if text.lstrip().startswith("{") else unquote(text).strip()
    if not decoded.startswith("{"):
        names = [name.strip() for name in decoded.split(",") if name.strip()]
        return (names, None) if names else (None, "it selects no column")
    try:
        picker = json.loads(decoded)
    except (ValueError, RecursionError):
        return None, "it is not a selection of columns in JSON"
    if not isinstance(picker, dict):
        return None, "it is not a selection of columns"
    rules = {"isFilter": picker.get("isFilter", True) is not False, "rules": picker.get("rules")}
    wrong = check_rules(rules)
    return (None, wrong) if wrong else (_simplify(rules), None)


def _simplify(picker: dict[str, Any]) -> Any:
    rules = [_without_defaults(rule) for rule in picker["rules"]]
    first, *others = rules
    if first == {"ruleType": "AllColumns"} and all(_excludes_names(rule) for rule in others):
        left_out = [name for rule in others for name in rule.get("columns", [])]
        return {"select": "all"} | ({"except": left_out} if left_out else {})
    if others or first.get("exclude"):
        return picker | {"rules": rules}
    match first["ruleType"]:
        case "ColumnNames" if first.get("columns") and (len(first["columns"]) == 1 or not picker["isFilter"]):
            return first["columns"]
        case "ColumnTypes":
            types, kinds = first.get("columnTypes") or ["All"], first.get("columnKinds") or ["All"]
            kind = KINDS.get((types[0].lower(), kinds[0].lower())) if len(types) == len(kinds) == 1 else None
            return {"select": kind} if kind else picker | {"rules": rules}
    return picker | {"rules": rules}


def _without_defaults(rule: dict[str, Any]) -> dict[str, Any]:
    kept = {name: rule[name] for name in ("ruleType", "columns", "columnTypes", "columnKinds") if rule.get(name)}
    return kept | ({"exclude": True} if rule.get("exclude") else {})


def _excludes_names(rule: dict[str, Any]) -> bool:
    return rule["ruleType"] == "ColumnNames" and bool(rule.get("exclude"))
