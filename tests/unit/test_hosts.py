"""Where clients may send the app."""

import pytest

from studio.hosts import AZURE, is_allowed

ALLOWED = (*AZURE, "127.0.0.1:10000", "data.example.org", "*.gov.test")


@pytest.mark.parametrize(
    "url",
    [
        "https://acct.blob.core.windows.net/c/b",
        "https://acct-secondary.table.core.usgovcloudapi.net/t",
        "http://127.0.0.1:10000/devstoreaccount1/c/b",
        "https://DATA.example.org/x.csv",
        "https://user:pw@data.example.org/x.csv",
        "https://a.b.gov.test/x",
    ],
)
def test_known_hosts_are_allowed(url):
    assert is_allowed(url, ALLOWED)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/metadata",
        "http://127.0.0.1:9999/x",
        "http://127.0.0.1/x",
        "https://acct.blob.core.windows.net.evil.test/c/b",
        "https://evilblob.core.windows.net/c/b",
        "https://gov.test/x",
        "https://data.example.org@evil.test/x",
        "file:///etc/passwd",
        "",
    ],
)
def test_other_hosts_are_not(url):
    assert not is_allowed(url, ALLOWED)
