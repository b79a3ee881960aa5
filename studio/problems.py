"""Collecting everything that is wrong with a document, so that its author can put all of it right at once.

A check raises one error; `Problems` notes it and lets the next check run. The error raised in the end is the first one,
with the details of all.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from studio.errors import Detail, StudioError

# Checking stops here, so that neither the time it takes nor the response depends on how much is wrong.
MAX_PROBLEMS = 100


class Problems:
    """The errors found so far, each once."""

    def __init__(self) -> None:
        self._first: StudioError | None = None
        self._details: dict[Detail, None] = {}

    def __bool__(self) -> bool:
        """Whether anything is wrong."""
        return self._first is not None

    def note(self, error: StudioError) -> None:
        """Note an error; raise all of them once there are MAX_PROBLEMS."""
        self._first = self._first or error
        for detail in error.details:
            if len(self._details) >= MAX_PROBLEMS:
                text = f"Checking stopped after {MAX_PROBLEMS} errors; there may be more."
                self._details[Detail(detail.code, text)] = None
                self.raise_all()
            self._details[detail] = None

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note the error that ends a `with` block, and go on after the block."""
        try:
            yield
        except StudioError as error:
            self.note(error)

    def attempt[T](self, read: Callable[..., T], *given: Any) -> T | None:
        """Return what `read` returns; note its error and return None if it raises one."""
        with self.noted():
            return read(*given)
        return None

    def raise_all(self) -> None:
        """Raise the first error with the details of all of them, if there are any."""
        if self._first is not None:
            self._first.details = tuple(self._details)
            raise self._first
