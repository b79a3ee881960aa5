"""What of a call goes into the audit log: the address that our own proxies vouch for, and repeats only once."""

from datetime import UTC, datetime, timedelta

import pytest

from functions.http.audit import Repeats, client_address
from functions.http.operations import OPERATIONS, Audit, audit_of

AT = datetime(2026, 11, 27, 8, 5, tzinfo=UTC)


@pytest.mark.attack("What callers claim")
@pytest.mark.parametrize(
    "forwarded, proxies, address",
    [
        ("203.0.113.7:51234", 1, "203.0.113.7"),
        ("203.0.113.7", 1, "203.0.113.7"),
        ("10.0.0.1, 203.0.113.7:51234", 1, "203.0.113.7"),
        ("6.6.6.6, 203.0.113.7, 10.0.0.9:443", 2, "203.0.113.7"),
        ("[2001:db8::1]:443", 1, "2001:db8::1"),
        ("2001:db8::1", 1, "2001:db8::1"),
        ("203.0.113.7", 0, ""),
        ("203.0.113.7", 2, ""),
        ("203.0.113.7, <script>", 1, ""),
        ("203.0.113.7, =cmd()", 1, ""),
        ("", 1, ""),
        (None, 1, ""),
        ("," * 9999, 1, ""),
    ],
)
def test_the_address_is_the_one_that_a_trusted_proxy_added(forwarded, proxies, address):
    assert client_address(forwarded, proxies) == address


@pytest.mark.attack("Floods and slow hosts")
def test_what_is_repeated_is_noted_once_an_hour_and_a_flood_is_not():
    repeats = Repeats(most=10, most_of_one=4)
    assert [repeats.is_new("ws", ("a",), AT + timedelta(minutes=n)) for n in (0, 1, 60, 61)] == [
        True,
        False,
        True,
        False,
    ]
    assert sum(repeats.is_new("flooded", (str(n),), AT) for n in range(100)) == 4
    assert sum(repeats.is_new(f"ws{n}", ("x",), AT) for n in range(100)) == 6
    repeats.forget("flooded", ("0",))
    assert len(repeats.seen) == 9


def test_everything_that_changes_something_is_noted_and_what_only_looks_is_not():
    import function_app  # noqa: F401 - registers all operations

    noted = {item.name: audit_of(item.method, item.auth, item.audit) for item in OPERATIONS}
    looks = {name for name, what in noted.items() if what is Audit.NOTHING}
    changes = {item.name for item in OPERATIONS if item.method in ("PUT", "PATCH", "DELETE")}
    assert not changes & looks
    hourly = {name for name, what in noted.items() if what is Audit.HOURLY}
    assert {"show_endpoint", "show_endpoints", "show_arm_keys", "show_workspace", "show_studio_workspace"} <= hourly
    posts = {item.name for item in OPERATIONS if item.method == "POST"} & looks
    assert posts <= {
        "execute",
        "score_as_before_2_0",
        "begin_job",
        "validate_experiment",
        "find_columns",
        "preview_web_service",
        "add_comparison",
        "compare_with_model_in_use",
        "query_pipeline_runs",
        "query_activity_runs",
    }
