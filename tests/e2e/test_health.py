"""The health routes of the running app."""

import httpx


def test_the_running_app_answers_without_a_key(app):
    assert httpx.get(f"{app.url}/health").json() == {"status": "alive"}
    answer = httpx.get(f"{app.url}/ready")
    assert answer.status_code == 200
    assert answer.json()["ready"]
