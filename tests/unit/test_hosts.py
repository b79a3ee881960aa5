"""Where clients may send the app."""

import pytest

from studio.storage.egress import AZURE, PrivateAddress, check_peer, is_allowed

pytestmark = pytest.mark.attack

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


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_a_name_may_lead_to_the_public_internet(address):
    check_peer("data.example.org", address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
    ],
)
def test_a_name_may_not_lead_into_a_private_network(address):
    with pytest.raises(PrivateAddress, match=r"'data\.example\.org' resolves to the address"):
        check_peer("data.example.org", address)


def test_an_address_that_is_listed_as_a_number_is_meant_and_storage_may_have_private_endpoints():
    check_peer("10.1.2.3", "10.1.2.3")
    check_peer("[::1]", "::1")
    check_peer("acct.blob.core.windows.net", "10.1.2.3")
