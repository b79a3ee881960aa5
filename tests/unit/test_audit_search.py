"""A page of acts that have a text looks at a bounded part of a long log, and says where to look on."""

from studio.storage import audit_log
from studio.storage.audit_log import SEARCHED, find_acts


def act(number, path=""):
    return dict.fromkeys(SEARCHED, "") | {"RowKey": f"{number:05}", "Path": path}


def test_pages_tell_each_act_once_and_end():
    log = [act(number) for number in range(5)]
    rows, more = find_acts(iter(log), "", 2)
    assert (rows, more) == (log[:2], "00001")
    assert find_acts(iter(log[2:]), "", 3) == (log[2:], None)


def test_a_text_is_found_in_any_case_and_a_long_log_goes_on_behind_what_was_looked_at():
    log = [act(number) for number in range(audit_log.MAX_LOOKED)] + [act(20_000, "/Pears")]
    rows, more = find_acts(iter(log), "pears", 10)
    assert (rows, more) == ([], log[-2]["RowKey"])
    assert find_acts(iter(log[-1:]), "pEARS", 10) == (log[-1:], None)
