"""Names of experiments."""

import re

from studio.errors import BadArgument
from studio.wire import fits_url

NAME = re.compile(r"[^/\\?#%\x00-\x1f\ud800-\udfff]{1,120}")


def check_name(name: str) -> None:
    """Raise BadArgument unless a name can be an experiment's."""
    if not NAME.fullmatch(name) or not name.strip() or not fits_url(name):
        raise BadArgument(
            "BadParameterValue",
            f"An experiment's name must have 1 to 120 characters, none of / \\ ? # %, not . or .., got {name!r}.",
            "name",
        )
