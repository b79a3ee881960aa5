"""Whether what a route returns is as /openapi.json describes it."""

import orjson
from jsonschema import Draft202012Validator

from functions.http.openapi_document import all_schemas


def fits(name, value):
    """Assert that a response has the schema of this name, as JSON."""
    document = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": all_schemas()}}
    sent = orjson.loads(orjson.dumps(value))
    assert [error.message for error in Draft202012Validator(document).iter_errors(sent)] == []
    return True
