"""The cases that hold the Studio's own check of documents (web/src/pages/designer/validate.ts) to the app's."""

import json

from tests.document_cases import FILE, cases


def test_the_shared_cases_say_what_the_app_finds():
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    assert kept == json.loads(json.dumps(cases())), "run 'python -m tests.document_cases'"
