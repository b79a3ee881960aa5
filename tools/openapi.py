"""Write the OpenAPI document that the Studio's types are made from: `python -m tools.openapi build/openapi.json`.

A file that already says the same stays as it is, so that nothing that is made from it is made again.
"""

import sys
from pathlib import Path

import orjson


def main() -> None:
    """Write the document to the file that the argument names."""
    # The operations register when the app's functions are imported.
    import function_app  # noqa: F401
    from functions.http.openapi_document import openapi_document
    from functions.http.operations import OPERATIONS

    path = Path(sys.argv[1])
    document = orjson.dumps(openapi_document(OPERATIONS, "/", "0"), option=orjson.OPT_INDENT_2)
    if path.exists() and path.read_bytes() == document:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(document)


if __name__ == "__main__":
    main()
