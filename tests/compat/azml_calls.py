"""Calls of the real azmlclient 2.6.0, run by an interpreter it imports on: reads JSON from stdin, writes JSON.

Its blob client takes an account name only, so its requests session connects to the emulator and keeps the Host header
of the account.
"""

import json
import sys
import traceback

import pandas as pd
import requests
from azmlclient import execute_bes, execute_rr
from requests.adapters import HTTPAdapter

ACCOUNT = "devstoreaccount1"


class EmulatorAdapter(HTTPAdapter):
    """Sends what is meant for the account's host to the emulator."""

    def __init__(self, port):
        self.port = port
        super().__init__()

    def send(self, request, **options):
        address = f"https://{ACCOUNT}.blob.core.windows.net"
        request.headers["Host"] = address.partition("://")[2]
        request.url = request.url.replace(address, f"http://127.0.0.1:{self.port}")
        return super().send(request, **options)


def session_for(port):
    session = requests.Session()
    session.mount(f"https://{ACCOUNT}.blob.core.windows.net", EmulatorAdapter(port))
    return session


def run(call):
    frames = {name: pd.DataFrame(rows) for name, rows in call.get("inputs", {}).items()}
    common = {"api_key": call["key"], "base_url": call["url"], "inputs": frames, "params": call.get("params")}
    if call["kind"] == "rr":
        found = execute_rr(output_names=call.get("outputs"), use_swagger_format=call["swagger"], **common)
    else:
        found = execute_bes(
            blob_storage_account=ACCOUNT,
            blob_storage_apikey=call["account_key"],
            blob_container=call["container"],
            output_names=call["outputs"],
            nb_seconds_between_status_queries=1,
            requests_session=session_for(call["port"]),
            **common,
        )
    return {name: json.loads(frame.to_json(orient="records")) for name, frame in found.items()}


def main():
    out, sys.stdout = sys.stdout, sys.stderr
    call = json.load(sys.stdin)
    try:
        answer = {"results": run(call)}
    except Exception as error:
        traceback.print_exc()
        answer = {"error": type(error).__name__, "text": str(error)}
    json.dump(answer, out)


if __name__ == "__main__":
    main()
