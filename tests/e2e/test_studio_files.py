"""The Studio's files as the running app serves them."""

import httpx
import pytest


@pytest.fixture
def browser(app):
    """A client that asks as a browser does and follows nothing."""
    with httpx.Client(base_url=app.url, headers={"accept": "text/html,*/*;q=0.8", "accept-encoding": "br"}) as client:
        yield client


def test_the_root_leads_browsers_to_the_studio_and_tells_others_what_it_is(app, browser):
    reply = browser.get("/")
    assert (reply.status_code, reply.headers["location"]) == (302, "/studio/")
    assert httpx.get(f"{app.url}/").json()["service"] == "Perennial"


def test_pages_and_assets_come_with_the_strict_policy(app, browser):
    for path in ("/studio", "/studio/", "/studio/services/x/endpoints/y"):
        # The client unpacks Brotli only where a package for it happens to be installed.
        reply = browser.get(path, headers={"accept-encoding": "identity"})
        assert reply.status_code == 200, path
        assert "script-src 'self'" in reply.headers["content-security-policy"]
        assert '<div id="root">' in reply.text
    script = reply.text.partition('src="')[2].partition('"')[0]
    with browser.stream("GET", script) as asset:
        assert asset.status_code == 200
        assert asset.headers["content-encoding"] == "br"
        assert asset.headers["content-type"] == "text/javascript; charset=utf-8"
        assert len(b"".join(asset.iter_raw())) < 90_000
    head = browser.head(script)
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", asset.headers["etag"])
    assert browser.get(script, headers={"if-none-match": head.headers["etag"]}).status_code == 304


@pytest.mark.attack("PATH")
def test_no_path_below_the_studio_leads_to_another_file(browser):
    for path in ("assets/..%2f..%2f..%2fhost.json", "assets/..%252f..%252fhost.json", "assets/%2e%2e/%2e%2e/host.json"):
        reply = browser.get(f"/studio/{path}")
        assert "extensionBundle" not in reply.text
        assert reply.status_code in (200, 404), path
    assert browser.get("/studio/assets/none.js").status_code == 404
