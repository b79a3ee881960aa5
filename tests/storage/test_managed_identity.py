"""Storage opened by a managed identity alone: tokens and user-delegation links, no account key anywhere.

Azurite checks issuer, audience and times of the tokens, not their signature. It knows how links were signed up to
version 2025-07-05 of the protocol; the client library signs as of a later one, with more lines that are empty here. So
links are signed again as Azurite knows it, with the same delegation key and the same fields, before it sees them.
"""

import base64
import hashlib
import hmac
import ipaddress
import json
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from devhost.azurite import start_azurite
from studio.jobs.jobs import get_job, job_status, start_job, submit_job
from studio.registry.web_services import get_web_service
from studio.registry.workspaces import create_workspace
from studio.rollout.endpoints import add_endpoint
from studio.rollout.update_resource import patch_endpoint
from studio.serving.app import open_app
from studio.settings import read_settings
from studio.storage.blobs import own_blob
from tests.builders import people_csv, people_experiment
from tests.storage.in_process import Studio, now

CLIENT_ID = "5c8a5a9e-6f0f-4b7e-9d55-2f3a35a4b1c7"
HEADER_SECRET = "only the platform knows it"


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    moment = datetime.now(UTC)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).add_extension(alternative, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    signed = builder.not_valid_before(moment - timedelta(days=1)).not_valid_after(moment + timedelta(days=1))
    certificate = signed.sign(key, hashes.SHA256())
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, *private))
    return files


class IdentityEndpoint(ThreadingHTTPServer):
    """What App Service puts beside an app: gives out tokens of its identities. Keeps what was asked for."""

    def __init__(self, audience: str) -> None:
        super().__init__(("127.0.0.1", 0), IdentityHandler)
        self.audience = audience
        self.asked: list[dict[str, list[str]]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class IdentityHandler(BaseHTTPRequestHandler):
    server: IdentityEndpoint

    def do_GET(self):
        self.server.asked.append(parse_qs(urlsplit(self.path).query))
        ends = int(time.time()) + 3600
        claims = {
            "aud": self.server.audience,
            "iss": "https://sts.windows.net/ab1f708d-50f6-404c-a006-d71b2ac7a606/",
            "iat": ends - 3700,
            "nbf": ends - 3700,
            "exp": ends,
            "oid": CLIENT_ID,
            "tid": "ab1f708d-50f6-404c-a006-d71b2ac7a606",
        }
        parts = ({"alg": "RS256", "typ": "JWT"}, claims)
        token = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
        body = {"access_token": f"{token}.c2lnbmF0dXJl", "expires_on": str(ends), "token_type": "Bearer"}
        allowed = self.headers.get("x-identity-header") == HEADER_SECRET
        self.send_response(200 if allowed else 401)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body if allowed else {"error": "wrong header"}).encode())

    def log_message(self, *_):
        return None


@pytest.fixture(scope="module")
def identity():
    server = IdentityEndpoint("https://storage.azure.com")
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def environment(identity, tmp_path_factory):
    """The platform's part: Azurite that takes tokens over HTTPS, and the app settings that infra/ makes."""
    folder = tmp_path_factory.mktemp("identity")
    files = make_certificate(folder)
    azurite = start_azurite(folder / "azurite", certificate=files)
    blob, queue, table = azurite.urls
    settings = {
        "AzureWebJobsStorage__blobServiceUri": blob,
        "AzureWebJobsStorage__queueServiceUri": queue,
        "AzureWebJobsStorage__tableServiceUri": table,
        "AzureWebJobsStorage__clientId": CLIENT_ID,
        "PERENNIAL_MASTER_SECRET": "a secret that only these tests know of",
        "PERENNIAL_CACHE_DIR": str(folder / "models"),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IDENTITY_ENDPOINT", f"http://127.0.0.1:{identity.server_port}/msi/token")
        patch.setenv("IDENTITY_HEADER", HEADER_SECRET)
        patch.setenv("REQUESTS_CA_BUNDLE", str(files[0]))
        yield settings, files[0]
    azurite.stop()


@pytest.fixture(scope="module")
def studio(environment):
    deployment = open_app(read_settings(environment[0]))
    studio = Studio(deployment, create_workspace(deployment.storage, "Identity", now=now()).id)
    studio.upload(people_csv(300, seed=5))
    studio.run("People", people_experiment())
    return studio


def as_azurite_knows_it(storage, location):
    """A location of an answer, its link signed as of version 2025-07-05."""
    fields = {name: values[0] for name, values in parse_qs(location["SasBlobToken"].lstrip("?")).items()}
    fields["sv"] = "2025-07-05"
    names = (
        "sp",
        "st",
        "se",
        "",
        "skoid",
        "sktid",
        "skt",
        "ske",
        "sks",
        "skv",
        *[""] * 6,
        "spr",
        "sv",
        "sr",
        *[""] * 7,
    )
    lines = [fields.get(name, "") for name in names]
    lines[3] = f"/blob/{storage.account_name}/{location['RelativeLocation']}"
    key = base64.b64decode(storage._delegation_key.value)
    digest = hmac.new(key, "\n".join(lines).encode(), hashlib.sha256).digest()
    fields["sig"] = base64.b64encode(digest).decode()
    return {
        "BaseLocation": location["BaseLocation"],
        "RelativeLocation": location["RelativeLocation"],
        "SasBlobToken": f"?{urlencode(fields)}",
    }


def run_job(studio, endpoint, text):
    """Where the outputs of a job on a table are."""
    deployment = studio.deployment
    studio.upload(text, "job.csv")
    link = own_blob(deployment.storage, f"datasets/{studio.workspace}/job.csv", now()).to_json()
    job = submit_job(deployment.storage, endpoint, {"Input": as_azurite_knows_it(deployment.storage, link)}, now=now())
    start_job(deployment.storage, endpoint, job, now=now())
    studio.work_off()
    status = job_status(deployment.storage, get_job(deployment.storage, endpoint, job), now=now())
    assert status["StatusCode"] == "Finished", status
    return {name: as_azurite_knows_it(deployment.storage, found) for name, found in status["Results"].items()}


def fetch(location, certificate):
    with httpx.Client(verify=ssl.create_default_context(cafile=str(certificate))) as client:
        return client.get(f"{location['BaseLocation']}{location['RelativeLocation']}{location['SasBlobToken']}")


def test_the_whole_loop_needs_no_account_key(studio, identity, environment):
    storage = studio.deployment.storage
    trainer, scorer = studio.publish("People", "training"), studio.publish("People", "predictive")
    before = studio.score(scorer)
    trained = run_job(studio, trainer, people_csv(900, seed=7))
    scored = run_job(studio, scorer, people_csv(50, seed=8))
    assert fetch(scored["output1"], environment[1]).content.count(b"\n") == 51
    service = get_web_service(storage, studio.workspace, scorer.service_id)
    customer = add_endpoint(studio.deployment.storage, service, "customer", {}, by="t", now=now())
    body = {"Resources": [{"Name": customer.resources[0].name, "Location": trained["output1"]}]}
    changed = patch_endpoint(studio.deployment, customer, body, by="t", now=now())
    assert studio.score(changed) != before
    assert {asked["client_id"][0] for asked in identity.asked} == {CLIENT_ID}
    assert not hasattr(storage.blobs.credential, "account_key")


def test_links_are_signed_by_the_identity_and_end(studio, environment):
    storage = studio.deployment.storage
    studio.upload("x,y\n1,2\n", "linked.csv")
    path = f"datasets/{studio.workspace}/linked.csv"
    link = own_blob(storage, path, now())
    assert {"skoid", "sktid", "ske", "sig"} <= set(parse_qs((link.sas_token or "").lstrip("?")))
    assert fetch(as_azurite_knows_it(storage, link.to_json()), environment[1]).text == "x,y\n1,2\n"
    old = own_blob(storage, path, now() - timedelta(days=3))
    assert fetch(as_azurite_knows_it(storage, old.to_json()), environment[1]).status_code == 403
    other = as_azurite_knows_it(storage, link.to_json()) | {
        "RelativeLocation": f"datasets/{studio.workspace}/people.csv"
    }
    assert fetch(other, environment[1]).status_code == 403
    assert fetch(link.to_json() | {"SasBlobToken": ""}, environment[1]).status_code in (401, 403, 404)


def test_the_key_that_signs_links_is_renewed_before_it_ends(studio):
    storage = studio.deployment.storage

    def signed_until(moment):
        token = storage.sas_token("datasets", "x", moment)
        return datetime.fromisoformat(parse_qs(token.lstrip("?"))["ske"][0])

    first = signed_until(now())
    assert first >= now() + storage.sas_lifetime
    assert signed_until(now()) == first
    # Links made later need a key that outlives them.
    later = now() + timedelta(hours=2)
    assert signed_until(later) >= later + storage.sas_lifetime


def test_a_token_for_something_else_opens_nothing(environment):
    other = IdentityEndpoint("https://vault.azure.net")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IDENTITY_ENDPOINT", f"http://127.0.0.1:{other.server_port}/msi/token")
        with pytest.raises(Exception, match=r"AuthenticationFailed|AuthorizationFailure|authenticate"):
            open_app(read_settings(environment[0]))
    other.shutdown()
    other.server_close()
