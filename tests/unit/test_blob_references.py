from datetime import UTC, datetime

import pytest

from studio.errors import BadArgument
from studio.storage.blobs import check_extension, check_not_expired, parse_blob_reference

NOW = datetime(2026, 1, 2, tzinfo=UTC)
KEY = "Zm9vZm9vZm9vZm9v"
CONNECTION = f"DefaultEndpointsProtocol=https;AccountName=acct;AccountKey={KEY}"


def parse(**properties):
    return parse_blob_reference(properties, "input1")


def test_a_leading_slash_a_missing_slash_and_a_bare_token_are_normalised():
    reference = parse(
        BaseLocation="http://acct.blob.core.windows.net", RelativeLocation="/data/a b.csv", SasBlobToken="sv=1"
    )
    assert reference.base_location == "http://acct.blob.core.windows.net/"
    assert (reference.container, reference.blob, reference.extension) == ("data", "a b.csv", ".csv")
    assert reference.address().url == "http://acct.blob.core.windows.net/data/a%20b.csv?sv=1"


def test_a_connection_string_opens_the_blob_of_its_account():
    reference = parse(ConnectionString=CONNECTION, RelativeLocation="data/x/y.CSV", SasBlobToken=None)
    assert reference.address().url == "https://acct.blob.core.windows.net/data/x/y.CSV"
    assert reference.extension == ".csv"


def test_an_output_reference_shows_no_secret_it_was_not_given():
    shown = parse(BaseLocation="https://a.b/", RelativeLocation="data/a.csv").to_json()
    assert shown == {
        "ConnectionString": None,
        "BaseLocation": "https://a.b/",
        "RelativeLocation": "data/a.csv",
        "SasBlobToken": None,
    }


@pytest.mark.parametrize(
    "properties, code",
    [
        ({}, "InputBlobRelativeLocationInvalid"),
        ({"RelativeLocation": "  /"}, "InputBlobRelativeLocationInvalid"),
        ({"RelativeLocation": "data/a.csv"}, "MissingInputBlobInformation"),
        ({"RelativeLocation": "data/a.csv", "BaseLocation": "ftp://x/"}, "MissingInputBlobInformation"),
        ({"RelativeLocation": "Data_1/a.csv", "BaseLocation": "https://x/"}, "ContainerSegmentInvalid"),
        ({"RelativeLocation": "justafile.csv", "BaseLocation": "https://x/"}, "ContainerSegmentInvalid"),
        ({"RelativeLocation": "data/" + "a" * 1100, "BaseLocation": "https://x/"}, "BlobNameTooLong"),
        ({"RelativeLocation": "data/a.csv", "ConnectionString": "nonsense"}, "InvalidBlobConnectionString"),
        (
            {"RelativeLocation": "data/a.csv", "ConnectionString": "BlobEndpoint=https://[::1/"},
            "InvalidBlobConnectionString",
        ),
        ({"RelativeLocation": "data/a.csv", "BaseLocation": "https://x.blob.core.windows.net/?a"}, "InvalidBlob"),
        ({"RelativeLocation": "data/a.csv", "BaseLocation": "https://x.blob.core.windows.net/#a"}, "InvalidBlob"),
        ({"RelativeLocation": "data/a.csv", "BaseLocation": "https://"}, "InvalidBlob"),
        ({"RelativeLocation": "data/a.csv", "BaseLocation": "https:///"}, "InvalidBlob"),
        ({"RelativeLocation": "data/a.csv", "BaseLocation": "https://[::1/"}, "InvalidBlob"),
        ({"RelativeLocation": "data/a.csv", "BaseLocation": "https://x:port/"}, "InvalidBlob"),
        ({"RelativeLocation": "data/a.csv", "BaseLocation": "https://x..y/"}, "InvalidBlob"),
        ({"RelativeLocation": "data/a.csv", "BaseLocation": "https://x/a b/"}, "InvalidBlob"),
        ({"RelativeLocation": "data/a.csv", "BaseLocation": "https://x/" + "a" * 20000}, "InvalidBlob"),
        ({"RelativeLocation": "data/a.csv", "BaseLocation": "https://x/", "SasBlobToken": "?a\\@y"}, "InvalidBlob"),
        ({"RelativeLocation": "data/a.csv", "BaseLocation": ["https://x/"]}, "MissingInputBlobInformation"),
        ({"RelativeLocation": "data/../models/a.csv", "BaseLocation": "https://x/"}, "ContainerSegmentInvalid"),
        ({"RelativeLocation": "data/a/./b.csv", "BaseLocation": "https://x/"}, "ContainerSegmentInvalid"),
        ({"RelativeLocation": "data/..\\models\\a.csv", "BaseLocation": "https://x/"}, "ContainerSegmentInvalid"),
        ({"RelativeLocation": "data/a\x00.csv", "BaseLocation": "https://x/"}, "ContainerSegmentInvalid"),
    ],
)
@pytest.mark.attack("Addresses of other hosts")
def test_malformed_references_have_their_documented_code(properties, code):
    with pytest.raises(BadArgument) as caught:
        parse(**properties)
    assert caught.value.details[0].code == code


def test_a_base_location_is_kept_as_it_was_read():
    reference = parse(BaseLocation="HTTPS://Acct.blob.core.windows.net:443/", RelativeLocation="data/a b+c%.csv")
    assert reference.base_location == "https://acct.blob.core.windows.net/"
    assert reference.address().url == "https://acct.blob.core.windows.net/data/a%20b%2Bc%25.csv"


@pytest.mark.attack("Addresses of other hosts")
def test_no_message_repeats_a_secret():
    secret = "sig=Zm9vc2VjcmV0"
    for given in (
        {"BaseLocation": f"https://user:{secret}@x/"},
        {"BaseLocation": f"https://x/?{secret}"},
        {"BaseLocation": "https://x/", "SasBlobToken": f"?{secret} x"},
        {"ConnectionString": f"BlobEndpoint=https://x\\y/;SharedAccessSignature={secret}"},
        {"ConnectionString": f"BlobEndpoint;SharedAccessSignature={secret}"},
    ):
        with pytest.raises(BadArgument) as caught:
            parse(RelativeLocation="data/a.csv", **given)
        assert secret not in str(caught.value)


def test_something_that_is_no_object_is_refused():
    with pytest.raises(BadArgument) as caught:
        parse_blob_reference("https://x/data/a.csv", "input1")
    assert caught.value.details[0].code == "MissingInputBlobInformation"


def test_an_expired_token_says_to_ask_again():
    old = parse(
        BaseLocation="https://x/", RelativeLocation="data/a.csv", SasBlobToken="?se=2026-01-01T00%3A00%3A00Z&sig=x"
    )
    with pytest.raises(BadArgument, match="status again") as caught:
        check_not_expired(old, "input1", NOW)
    assert caught.value.details[0].code == "ExpiryTimeInThePast"
    assert "sig=x" not in caught.value.message
    fresh = parse(BaseLocation="https://x/", RelativeLocation="data/a.csv", SasBlobToken="?se=2026-01-03")
    check_not_expired(fresh, "input1", NOW)


def test_the_extension_is_checked_with_what_is_allowed():
    reference = parse(BaseLocation="https://x/", RelativeLocation="data/a")
    with pytest.raises(BadArgument, match=r"\.csv or \.tsv") as caught:
        check_extension(reference, (".csv", ".tsv"), "input1")
    assert caught.value.details[0].code == "InvalidBlobExtension"
