import json
from datetime import UTC, datetime

import pytest
from azure.storage.blob import BlobClient, BlobProperties, ContentSettings

from devhost.blob_messages import blob_metadata, decode_text, read_value


class Client:
    """Stands in where the content is the point, or that nobody reads it."""

    container_name, blob_name = "sample", "a/b.csv"

    def __init__(self, content: bytes | None) -> None:
        self.content = content

    def download_blob(self):
        assert self.content is not None, "read although the binding needs no content"
        return self

    def readall(self):
        return self.content


def test_content_is_text_unless_the_binding_asks_for_bytes():
    value = read_value({}, Client(b"\xff\x00a"))
    assert (value.kind, value.value) == ("string", "\ufffd\x00a")
    value = read_value({"dataType": "BINARY"}, Client(b"\xff\x00a"))
    assert (value.kind, value.value) == ("bytes", b"\xff\x00a")


def test_an_sdk_type_binding_gets_no_content_but_where_the_blob_lies():
    trigger = {"connection": "AzureWebJobsStorage", "properties": {"supportsDeferredBinding": True}}
    value = read_value(trigger, Client(None))
    assert value.kind == "model_binding_data"
    assert (value.value.version, value.value.source) == ("1.0", "AzureStorageBlobs")
    assert value.value.content_type == "application/json"
    assert json.loads(value.value.content) == {
        "Connection": "AzureWebJobsStorage",
        "ContainerName": "sample",
        "BlobName": "a/b.csv",
    }


@pytest.mark.parametrize(
    "content, text",
    [
        (b"\xef\xbb\xbfname", "name"),
        ("näme".encode("utf-16"), "näme"),
        (b"n\xe4me", "n\ufffdme"),
        ("näme".encode(), "näme"),
    ],
)
def test_text_is_read_as_net_reads_it(content, text):
    assert decode_text(content) == text


def test_metadata_has_the_real_hosts_shapes():
    blob = BlobProperties(name="a/b.csv", metadata={"k": "v"})
    blob.size, blob.etag, blob.last_modified = 377, '"0x1"', datetime(2023, 5, 31, tzinfo=UTC)
    blob.content_settings = ContentSettings(content_type="application/json")
    client = BlobClient("http://127.0.0.1:1/account", "sample", "a/b.csv")
    found = blob_metadata(client, blob, {"name": "a/b"})
    assert {name: value.kind for name, value in found.items()} == {
        "name": "string",
        "BlobTrigger": "string",
        "Uri": "json",
        "Properties": "json",
        "Metadata": "json",
    }
    properties = json.loads(found["Properties"].value)
    assert properties["ETag"] == {}
    assert properties["ContentLength"] == 377
    assert properties["LastModified"] == "2023-05-31T00:00:00+00:00"
    assert "Length" not in properties
    assert json.loads(found["Uri"].value) == "http://127.0.0.1:1/account/sample/a/b.csv"


def test_microsofts_sdk_type_reads_the_address(monkeypatch):
    blob = pytest.importorskip("azurefunctions.extensions.bindings.blob")
    base = pytest.importorskip("azurefunctions.extensions.base")
    account = "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:1/a;"
    monkeypatch.setenv("AzureWebJobsStorage", account)
    trigger = {"connection": "AzureWebJobsStorage", "properties": {"supportsDeferredBinding": True}}
    value = read_value(trigger, Client(None))
    datum = base.Datum(value.value, value.kind)
    client = blob.BlobClientConverter.decode(datum, trigger_metadata=None, pytype=blob.BlobClient)
    assert client.url == "http://127.0.0.1:1/a/sample/a/b.csv"
