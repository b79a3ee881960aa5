"""The address that links in responses have is the app's, not one that a caller made up."""

import pytest

from functions.http.requests import request_base_url
from studio.errors import BadArgument

pytestmark = pytest.mark.attack("Size and time")

OWN = {"host": "app.azurewebsites.net", "x-forwarded-proto": "https"}


@pytest.mark.parametrize(
    "forwarded", ["evil.test", "evil.test, ml.example.org", "ml.example.org.evil.test", "", "<script>"]
)
def test_a_forwarded_host_that_nobody_listed_is_ignored(forwarded):
    given = OWN | {"x-forwarded-host": forwarded}
    for trusted in ((), ("ml.example.org",)):
        assert request_base_url("http://x/y", given, trusted) == "https://app.azurewebsites.net"


def test_a_forwarded_host_that_the_operator_listed_is_used():
    given = OWN | {"x-forwarded-host": "ML.example.org"}
    assert request_base_url("http://x/y", given, ("ml.example.org",)) == "https://ml.example.org"


@pytest.mark.parametrize("scheme", ["javascript", "https://evil.test/?", "file", ""])
def test_a_forwarded_scheme_is_one_of_two(scheme):
    assert request_base_url("http://x/y", {"host": "a:7071", "x-forwarded-proto": scheme}, ()) == "http://a:7071"


@pytest.mark.parametrize("host", ["", "a/b", "a b", "a@b", "a\\b", '"><script>', "a:b", "a:123456", "[::1", "ä"])
def test_a_host_that_no_address_can_have_is_refused(host):
    with pytest.raises(BadArgument, match="header Host"):
        request_base_url("http://x/y", {"host": host}, ())


def test_a_number_is_a_host():
    assert request_base_url("http://x/y", {"host": "[::1]:7071"}, ()) == "http://[::1]:7071"
