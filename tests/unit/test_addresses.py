"""Where clients may send the app."""

import pytest

from studio.storage.addresses import AZURE, BadAddress, PrivateAddress, check_peer, is_allowed, parse_address

pytestmark = pytest.mark.attack("Addresses of other hosts")

ALLOWED = (
    *AZURE,
    "127.0.0.1:10000",
    "data.example.org",
    "*.gov.test",
    "10.1.2.3",
    "[fd00::1]:8080",
    "b\u00fccher.test",
)


@pytest.mark.parametrize(
    "url",
    [
        "https://acct.blob.core.windows.net/c/b",
        "http://acct.blob.core.windows.net/c/b",
        "https://acct.blob.core.windows.net:443/c/b",
        "https://acct-secondary.table.core.usgovcloudapi.net/t",
        "https://acct.privatelink.blob.core.windows.net/c/b",
        "http://127.0.0.1:10000/devstoreaccount1/c/b",
        "https://DATA.example.org/x.csv",
        "https://a.b.gov.test/x",
        "http://10.1.2.3/x",
        "http://[FD00:0::1]:8080/x",
        "https://B\u00dcCHER.test/x",
        "https://xn--bcher-kva.test/x",
        "https://data.example.org/a%20b/%C3%A6.csv?sig=a%2Fb..%5C&x=@y",
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
        # Ports that nobody listed.
        "https://acct.blob.core.windows.net:8443/c/b",
        "http://acct.blob.core.windows.net:443/c/b",
        "http://data.example.org:22/x",
        "http://10.1.2.3:8080/x",
        "http://[fd00::1]/x",
        "https://data.example.org:0/x",
        "https://data.example.org:99999/x",
    ],
)
def test_other_hosts_are_not(url):
    assert not is_allowed(url, ALLOWED)


@pytest.mark.parametrize("host", ["127.0.0.1:7401", "evil.test", "[::1]:7401"])
@pytest.mark.parametrize(
    "form",
    [
        "http://{0}\\@x.blob.core.windows.net/",
        "http://{0}\\.x.blob.core.windows.net/",
        "http:\\\\{0}\\x.blob.core.windows.net/",
        "http://x.blob.core.windows.net@{0}/",
        "http://x.blob.core.windows.net:80@{0}/",
        "http://{0}#@x.blob.core.windows.net/",
        "http://{0}?@x.blob.core.windows.net/",
        "http://{0}%5C@x.blob.core.windows.net/",
        "http://{0}%2f@x.blob.core.windows.net/",
        "http://{0}%00.x.blob.core.windows.net/",
        "http://{0}\t.x.blob.core.windows.net/",
        "http://{0}\r\n.x.blob.core.windows.net/",
        "http://{0} .x.blob.core.windows.net/",
        "http://{0}\u00a0.x.blob.core.windows.net/",
        "http://{0}\u2028.x.blob.core.windows.net/",
        "http://{0}\uff0f.x.blob.core.windows.net/",
        "http://{0}\uff20x.blob.core.windows.net/",
        "http://{0},x.blob.core.windows.net/",
        "http://{0};x.blob.core.windows.net/",
        "http:///{0}/x.blob.core.windows.net/",
        "//{0}/x.blob.core.windows.net/",
        "http:{0}/x.blob.core.windows.net/",
        "http:/{0}/@x.blob.core.windows.net/",
        "https+http://{0}/x.blob.core.windows.net/",
    ],
)
def test_no_spelling_passes_one_host_off_as_another(form, host):
    assert not is_allowed(form.format(host), AZURE)


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "127.0.0.0x1",
        "0177.0.0.1",
        "127.000.000.001",
        "127.1",
        "127.0.0.1.",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[fe80::1%25eth0]",
        "[fe80::1%eth0]",
        "\uff11\uff12\uff17.0.0.1",
        "\u2460.0.0.1",
        "127\u30020\u30020\u30021",
        "localhost.",
    ],
)
def test_a_number_has_one_spelling(host):
    with pytest.raises(BadAddress):
        parse_address(f"http://{host}:10000/x")


@pytest.mark.parametrize(
    "path",
    [
        "a/../b",
        "a/./b",
        "..",
        "%2e%2e/b",
        "a/%2E./b",
        "a/..%2fb",
        "a/..%5cb",
        "%252e%252e/b",
        "a%5c..%5cb",
        "a%2f.%2fb",
    ],
)
def test_a_path_leads_where_it_says(path):
    with pytest.raises(BadAddress, match=r"'\.' or '\.\.'"):
        parse_address(f"https://acct.blob.core.windows.net/{path}")


@pytest.mark.parametrize(
    "entry", ["https://data.example.org/", "data.example.org/x", "", "*", "*.", "a b", "x@data.example.org"]
)
def test_a_malformed_entry_of_the_list_allows_nothing(entry):
    assert not is_allowed("https://data.example.org/x", [entry])


def test_what_is_passed_on_is_what_was_read():
    assert parse_address("HTTPS://Data.Example.org:443/a%2fb?x=1#part").url == "https://data.example.org/a%2Fb?x=1"
    assert parse_address("http://[FD00:0:0::1]:8080").url == "http://[fd00::1]:8080/"


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
        # IPv4 addresses that gateways unpack: NAT64, 6to4, Teredo.
        "64:ff9b::7f00:1",
        "2002:7f00:1::1",
        "2001:0:7f00:1::",
        # The agent of Azure's platform.
        "168.63.129.16",
    ],
)
def test_a_name_may_not_lead_into_a_private_network(address):
    with pytest.raises(PrivateAddress, match=r"'data\.example\.org' resolves to the address"):
        check_peer("data.example.org", address)


def test_an_address_that_is_listed_as_a_number_is_meant_and_storage_may_have_private_endpoints():
    check_peer("10.1.2.3", "10.1.2.3")
    check_peer("[::1]", "::1")
    check_peer("acct.blob.core.windows.net", "10.1.2.3")
    check_peer("acct.blob.core.windows.net", "fd00::5")


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "169.254.169.254", "0.0.0.0", "224.0.0.1", "168.63.129.16"])
def test_not_even_storage_is_on_this_machine_or_its_wire(address):
    with pytest.raises(PrivateAddress):
        check_peer("acct.blob.core.windows.net", address)


def test_a_number_leads_to_itself():
    with pytest.raises(PrivateAddress):
        check_peer("10.1.2.3", "10.1.2.4")
