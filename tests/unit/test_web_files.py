"""The Studio's files: chosen by name from memory, compressed for who takes it, kept by browsers, safe to show."""

import re
from pathlib import Path

import pytest

from functions.http.web_files import LARGE, POLICY, answer_with, find_file, takes_brotli


@pytest.fixture
def built(tmp_path):
    """A folder as `vite build` writes it, beside a file that is nobody's business."""
    (tmp_path / "secret.txt").write_text("secret")
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html>")
    (folder / "icon.svg").write_text("<svg/>")
    (folder / "assets" / "a-1.js").write_bytes(b"plain" * 100)
    (folder / "assets" / "a-1.js.br").write_bytes(b"small")
    return folder


def test_a_path_that_is_no_file_is_a_page(built):
    for path in ("", "services", "services/1/endpoints/a.b", "index.html", "x.js"):
        assert find_file(built, path).name == "index.html", path


def test_an_asset_that_is_not_there_is_not_a_page(built):
    assert find_file(built, "assets/a-0.js") is None
    assert find_file(built, "assets/") is None
    # The compressed file has no name of its own.
    assert find_file(built, "assets/a-1.js.br") is None


def test_the_icon_beside_the_page_is_a_picture_that_is_asked_for_again(built):
    icon = answer_with(find_file(built, "icon.svg"), {})
    assert (icon.body, icon.headers["content-type"], icon.headers["cache-control"]) == (
        b"<svg/>",
        "image/svg+xml",
        "no-cache",
    )


def test_the_page_names_an_icon_that_the_build_copies():
    web = Path(__file__).parents[2] / "web"
    named = re.findall(r'<link rel="icon"[^>]* href="/([^"]+)"', (web / "index.html").read_text())
    assert named
    assert all((web / "public" / name).is_file() for name in named)


@pytest.mark.attack("PATH")
@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt",
        "assets/../../secret.txt",
        "assets/..%2f..%2fsecret.txt",
        "assets\\..\\..\\secret.txt",
        "/etc/passwd",
        "assets//etc/passwd",
        "assets/a-1.js\0.html",
        "assets/" + "../" * 500 + "etc/passwd",
    ],
)
def test_no_path_leads_out_of_the_folder(built, path):
    found = find_file(built, path)
    assert found is None or found.plain == b"<!doctype html>"


def test_assets_are_kept_for_good_and_pages_are_asked_for_again(built):
    asset = answer_with(find_file(built, "assets/a-1.js"), {})
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert asset.headers["content-type"] == "text/javascript; charset=utf-8"
    page = answer_with(find_file(built, ""), {})
    assert page.headers["cache-control"] == "no-cache"
    assert page.headers["content-security-policy"] == POLICY
    assert page.headers["x-content-type-options"] == "nosniff"


def test_brotli_goes_to_who_takes_it_and_each_encoding_has_its_etag(built):
    file = find_file(built, "assets/a-1.js")
    small, plain = answer_with(file, {"accept-encoding": "gzip, br"}), answer_with(file, {})
    assert (small.body, small.headers["content-encoding"]) == (b"small", "br")
    assert (len(plain.body), plain.headers.get("content-encoding")) == (500, None)
    assert small.headers["etag"] != plain.headers["etag"]
    assert small.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"


def test_who_has_a_file_gets_no_second_copy(built):
    file = find_file(built, "")
    etag = answer_with(file, {}).headers["etag"]
    for known in (etag, f'"other", W/{etag}', "*"):
        found = answer_with(file, {"if-none-match": known})
        assert (found.status, found.body, found.headers["etag"]) == (304, b"", etag)
    assert answer_with(file, {"if-none-match": '"other"'}).status == 200


@pytest.mark.parametrize(
    ("headers", "takes"),
    [
        (["br", "gzip, deflate, br", "BR;q=0.1", "*"], True),
        (["", "gzip", "brotli", "br;q=0", "br; q=0", "br;q=0.0", "*;q=0", "*, br;q=0"], False),
    ],
)
def test_the_header_accept_encoding_is_read_as_it_is_meant(headers, takes):
    for header in headers:
        assert takes_brotli(header) is takes, header


def test_a_studio_that_is_built_again_is_read_again(built):
    assert find_file(built, "assets/b-2.js") is None
    (built / "assets" / "b-2.js").write_text("new")
    (built / "index.html").write_text("<!doctype html><p>new")
    assert find_file(built, "assets/b-2.js").plain == b"new"
    assert find_file(built, "").plain == b"<!doctype html><p>new"


def test_without_a_built_studio_there_is_no_file(tmp_path):
    assert find_file(tmp_path / "none", "") is None


@pytest.mark.attack("Scripts")
def test_webassembly_may_be_compiled_by_workers_only(built):
    (built / "assets" / "workers").mkdir()
    (built / "assets" / "workers" / "w-1.js").write_text("")
    (built / "index.html").write_text("<!doctype html><p>with a worker")
    worker = answer_with(find_file(built, "assets/workers/w-1.js"), {}).headers["content-security-policy"]
    assert "'wasm-unsafe-eval'" in worker
    for policy in (worker, POLICY):
        assert "'unsafe-" not in policy
        assert "default-src 'none'" in policy
        assert "require-trusted-types-for 'script'" in policy
    for path in ("", "assets/a-1.js", "workers/w-1.js", "assets/workers"):
        found = find_file(built, path)
        assert found is None or answer_with(found, {}).headers["content-security-policy"] == POLICY


def test_large_files_are_not_held_in_memory(built):
    content = b"\0asm" + b"x" * LARGE
    (built / "assets" / "runtime-1.wasm").write_bytes(content)
    (built / "index.html").write_text("<!doctype html><p>with a runtime")
    file = find_file(built, "assets/runtime-1.wasm")
    assert file.plain == built / "assets" / "runtime-1.wasm"
    found = answer_with(file, {})
    assert (found.body, found.headers["content-type"]) == (content, "application/wasm")
    assert answer_with(file, {"if-none-match": found.headers["etag"]}).body == b""
