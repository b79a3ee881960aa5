"""The one error the client raises."""

from dataclasses import dataclass

HINTS = {
    "ManagementRequestUnauthorized": "Check PERENNIAL_TOKEN; 'perennial workspace show' must work first.",
    "ScoreRequestUnauthorized": "'perennial endpoint keys SERVICE NAME' shows the endpoint's keys.",
    "ExpiryTimeInThePast": "'perennial job status' gives a fresh link.",
    "WorkspaceNotFound": "Check PERENNIAL_WORKSPACE and PERENNIAL_URL.",
    "TooManyConcurrentRequests": "Wait a moment, or raise MaxConcurrentCalls of the endpoint.",
}


@dataclass(slots=True)
class PerennialError(Exception):
    """What the service answered instead of a result.

    Parameters
    ----------
    status
        HTTP status; 0 if the service could not be reached.
    code
        Group code, such as `BadArgument`, then the detail code after a slash if there is one.
    message
        What was wrong and what to do.
    """

    status: int
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    @property
    def hint(self) -> str | None:
        """What to try next at the command line, if that is known."""
        return HINTS.get(self.code.rpartition("/")[2])
