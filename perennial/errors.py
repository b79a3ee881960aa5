"""The one exception the client raises."""

from dataclasses import dataclass

HINTS = {
    "ManagementRequestUnauthorized": "Check PERENNIAL_TOKEN with 'perennial workspace show'.",
    "ScoreRequestUnauthorized": "Show the endpoint's keys with 'perennial endpoint keys SERVICE NAME'.",
    "ExpiryTimeInThePast": "Get a fresh link with 'perennial job status'.",
    "WorkspaceNotFound": "Check PERENNIAL_WORKSPACE and PERENNIAL_URL.",
    "TooManyConcurrentRequests": "Try again in a moment, or raise the endpoint's MaxConcurrentCalls.",
}


@dataclass(slots=True)
class PerennialError(Exception):
    """An error response from the service, or a failure to reach it.

    Parameters
    ----------
    status
        HTTP status; 0 if there was no response.
    code
        Error code such as `BadArgument`, followed by a slash and the detail code if there is one.
    message
        What went wrong and what to do about it.
    details
        The messages of everything that is wrong with a document; `message` is the first.
    """

    status: int
    code: str
    message: str
    details: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join([f"{self.code}: {self.message}", *self.others])

    @property
    def others(self) -> tuple[str, ...]:
        """What else is wrong with a document, besides `message`."""
        return self.details[1:]

    @property
    def hint(self) -> str | None:
        """A command or setting to try next, or None."""
        return HINTS.get(self.code.rpartition("/")[2])
