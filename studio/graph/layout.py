"""What an experiment looks like on a canvas, which changes nothing that is run: where its modules stand, and comments.

`"layout": {title: [x, y]}`, `"comments": [{"text", "at": [x, y], "size": [width, height]}]`, the size if it is known.
"""

import math
from collections.abc import Collection
from typing import Any

from studio.errors import BadArgument

FARTHEST = 10_000_000
MAX_COMMENTS, MAX_COMMENT = 500, 2000


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
        if not _is_place(place):
            raise BadArgument(
                "ModelConfigurationInvalid",
                f"'layout' must give '{title}' two numbers, [x, y], got {str(place)[:100]}.",
                title,
            )


def check_comments(comments: Any) -> None:
    """Raise BadArgument unless comments have a text and a place each."""
    if not isinstance(comments, list) or len(comments) > MAX_COMMENTS:
        text = f"'comments' must be a list of at most {MAX_COMMENTS} comments."
        raise BadArgument("ModelConfigurationInvalid", text, "comments")
    for comment in comments:
        if (
            not isinstance(comment, dict)
            or not {"text", "at"} <= set(comment) <= {"text", "at", "size"}
            or not isinstance(comment["text"], str)
            or not len(comment["text"]) <= MAX_COMMENT
            or not all(_is_place(comment[name]) for name in ("at", "size") if name in comment)
        ):
            raise BadArgument(
                "ModelConfigurationInvalid",
                f'A comment must be {{"text": …, "at": [x, y]}}, optionally with "size": [width, height], its text at '
                f"most {MAX_COMMENT:,} characters long, got {str(comment)[:100]}.",
                "comments",
            )


def _is_place(place: Any) -> bool:
    return isinstance(place, list) and len(place) == 2 and all(_is_distance(number) for number in place)


def _is_distance(value: Any) -> bool:
    return (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and math.isfinite(value)
        and abs(value) <= FARTHEST
    )
