"""Trained models that clients of the original promote under a name."""

import pytest

from studio.classic.studio_api import promote_model
from studio.errors import BadArgument
from tests.storage.in_process import now


@pytest.mark.parametrize("name", ["Churn/Seattle", "50 % off", "what?", "..", "a\\b", "x" * 201, " "])
def test_a_model_is_not_promoted_under_a_name_that_no_address_can_have(name):
    body = {"TrainedModel": {"Name": name}, "ExperimentId": "none"}
    # Refused before anything is looked for in storage, of which there is none.
    with pytest.raises(BadArgument, match="needs a Name of 1 to 200 characters, none of /"):
        promote_model(None, "0" * 32, body, now=now())
