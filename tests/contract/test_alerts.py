"""The alerts' queries, run on items in the shape in which the host writes them."""

import json
import math
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ITEMS = json.loads((ROOT / "tests/contract/telemetry.json").read_text())
RULE = re.compile(r"name: '([\w-]+)'\s+description: '[^']*'\s+query: '([^']*)'")
RULES = dict(RULE.findall((ROOT / "infra/modules/alerts.bicep").read_text()))
# The parts of the query language that the rules use, as Python.
OPERATORS = {
    "startswith": lambda value, text: value.lower().startswith(text.lower()),
    "contains": lambda value, text: text.lower() in value.lower(),
    "==": lambda value, text: value == text,
}


def condition(text, item):
    """Whether an item meets `field operator "text" and …`."""
    terms = [re.fullmatch(r'(\w+) (\S+) "([^"]*)"', term.strip()) for term in text.split(" and ")]
    assert all(terms), text
    return all(OPERATORS[term[2]](item[term[1]], term[3]) for term in terms)


def run(query, items):
    """Whether a rule's query returns a row for these items of its table."""
    table, *steps = [step.strip() for step in query.split("|")]
    rows = items[table]
    for step in steps:
        if step == "summarize errors = countif(toint(resultCode) >= 500 and toint(resultCode) != 503), all = count()":
            bad = [row for row in rows if int(row["resultCode"]) >= 500 and int(row["resultCode"]) != 503]
            rows = [{"errors": len(bad), "all": len(rows)}]
        elif step == "where errors * 100 > all":
            rows = [row for row in rows if row["errors"] * 100 > row["all"]]
        elif step == "summarize slow = percentile(duration, 95)":
            found = sorted(row["duration"] for row in rows)
            rows = [{"slow": found[math.ceil(0.95 * len(found)) - 1] if found else math.nan}]
        elif step == "where slow > 1000":
            rows = [row for row in rows if row["slow"] > 1000]
        else:
            rows = [row for row in rows if condition(step.removeprefix("where "), row)]
    return bool(rows)


def test_there_are_four_rules_and_each_is_raised_by_something_that_was_recorded():
    raised = {alert for table in ("traces", "requests") for item in ITEMS[table] for alert in item["alerts"]}
    assert set(RULES) == raised == {"failed-jobs", "poison-messages", "server-errors", "slow-scoring"}


@pytest.mark.parametrize("item", [*ITEMS["traces"], *ITEMS["requests"]], ids=lambda item: str(item)[:60])
def test_an_item_raises_the_alerts_it_should_and_no_other(item):
    alone = {"traces": [], "requests": []} | {"traces" if "message" in item else "requests": [item]}
    assert [name for name, query in RULES.items() if run(query, alone)] == item["alerts"]


def test_requests_have_the_functions_name_that_an_alert_looks_for():
    """Otherwise the host names them by method and path, and the alert on slow scoring is never raised."""
    levels = json.loads((ROOT / "host.json").read_text())["logging"]["logLevel"]
    assert levels.get("Host.Results", levels["default"]) == "Information"
    assert 'name == "execute"' in RULES["slow-scoring"]
