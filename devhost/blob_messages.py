"""What a blob function gets: the content, or where the blob lies, and the metadata in the real host's shapes.

References
----------
azure-functions-host: GeneralScriptBindingProvider (which content a function gets); Azure.Storage.Blobs.Models
.BlobProperties as Newtonsoft writes it (an ETag has no public properties, hence `{}`).
"""

import codecs
import json
from typing import Any

from azure.storage.blob import BlobClient, BlobProperties

from devhost.messages import Message, TypedData, json_data, string_data

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def read_value(trigger: dict[str, Any], client: BlobClient) -> TypedData:
    """Return the function's value: an SDK-type binding reads nothing, `dataType: binary` gets bytes, others text."""
    properties = {name.lower(): value for name, value in (trigger.get("properties") or {}).items()}
    if str(properties.get("supportsdeferredbinding")).lower() == "true":
        return _reference(trigger, client)
    content = client.download_blob().readall()
    if str(trigger.get("dataType")).lower() in ("binary", "stream"):
        return TypedData("bytes", content)
    return string_data(decode_text(content))


def decode_text(content: bytes) -> str:
    """Return content as .NET's StreamReader reads text: UTF-8 unless a mark says otherwise; what is invalid is lost."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return content.removeprefix(mark).decode(encoding, "replace")
    return content.decode("utf-8", "replace")


def _reference(trigger: dict[str, Any], client: BlobClient) -> TypedData:
    where = {
        "Connection": trigger["connection"],
        "ContainerName": client.container_name,
        "BlobName": client.blob_name,
    }
    binding = Message(
        version="1.0",
        source="AzureStorageBlobs",
        content_type="application/json",
        content=json.dumps(where).encode(),
    )
    return TypedData("model_binding_data", binding)


def blob_metadata(client: BlobClient, blob: BlobProperties, path_values: dict[str, str]) -> dict[str, TypedData]:
    """Return the trigger metadata of a blob: its path, address, properties, metadata and the path's placeholders."""
    settings = blob.content_settings
    properties = {
        "LastModified": blob.last_modified.isoformat(),
        "CreatedOn": blob.creation_time.isoformat() if blob.creation_time else None,
        "Metadata": blob.metadata or {},
        "BlobType": 0,
        "LeaseState": 0,
        "LeaseStatus": 1,
        "ContentLength": blob.size,
        "ContentType": settings.content_type,
        "ETag": {},
        "ContentEncoding": settings.content_encoding,
        "ContentDisposition": settings.content_disposition,
        "ContentLanguage": settings.content_language,
        "CacheControl": settings.cache_control,
        "AcceptRanges": "bytes",
    }
    return {
        **{name: string_data(value) for name, value in path_values.items()},
        "BlobTrigger": string_data(f"{client.container_name}/{client.blob_name}"),
        "Uri": json_data(client.url),
        "Properties": json_data(properties),
        "Metadata": json_data(blob.metadata or {}),
    }
