"""Where an experiment's modules stand on a canvas: `"layout": {title: [x, y]}`, which changes nothing that is run."""

import math
from collections.abc import Collection
from typing import Any

from studio.errors import BadArgument

FARTHEST = 10_000_000


def check_layout(layout: Any, titles: Collection[str]) -> None:
    """Raise BadArgument unless a layout gives modules of the experiment two numbers each."""
    if not isinstance(layout, dict):
        raise BadArgument(
            "ModelConfigurationInvalid", "'layout' must be an object that maps titles to [x, y].", "layout"
        )
    for title, place in layout.items():
        if title not in titles:
            raise BadArgument(
                "ModelConfigurationInvalid", f"'layout' names '{title[:200]}', but there is no such module.", "layout"
            )
        if not isinstance(place, list) or len(place) != 2 or not all(_is_distance(number) for number in place):
            raise BadArgument(
                "ModelConfigurationInvalid",
                f"'layout' must give '{title}' two numbers, [x, y], got {str(place)[:100]}.",
                title,
            )


def _is_distance(value: Any) -> bool:
    return (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and math.isfinite(value)
        and abs(value) <= FARTHEST
    )
