import base64

import pytest
from cryptography.fernet import InvalidToken

from studio.errors import Unauthorized
from studio.storage.keys import admin_token, check_admin, derive_key, new_generation, read_bearer, seal, unseal

SECRET = "s" * 40


def test_a_key_is_64_bytes_in_base64_and_depends_on_every_part():
    key = derive_key(SECRET, "ws", "svc", "ep", "0", "1")
    assert len(key) == 88
    assert len(base64.b64decode(key)) == 64
    others = [
        derive_key("t" * 40, "ws", "svc", "ep", "0", "1"),
        *(derive_key(SECRET, *parts) for parts in (("ws", "svc", "ep", "1", "1"), ("ws", "svc", "ep", "0", "2"))),
    ]
    assert key not in others


@pytest.mark.parametrize("header", ["Bearer k==", "bearer k==", "Bearer  k==", "BEARER\tk== ", "k==", "  k=="])
def test_bearer_is_read_whatever_its_case_and_blanks(header):
    assert read_bearer(header) == "k=="


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer a b"])
def test_other_headers_carry_no_key_that_opens_anything(header):
    assert read_bearer(header) in ("", "Bearer")


def test_the_administrator_token_is_checked():
    check_admin(SECRET, f"Bearer {admin_token(SECRET)}")
    with pytest.raises(Unauthorized) as caught:
        check_admin(SECRET, "Bearer nonsense")
    assert caught.value.details[0].code == "AdminRequestUnauthorized"


def test_something_made_again_starts_at_another_generation():
    assert new_generation(1_700_000_000) < new_generation(1_700_000_001)


def test_sealed_text_can_be_read_with_the_secret_only():
    sealed = seal(SECRET, "AccountKey=abc")
    assert "abc" not in sealed
    assert unseal(SECRET, sealed) == "AccountKey=abc"
    with pytest.raises(InvalidToken):
        unseal("t" * 40, sealed)
