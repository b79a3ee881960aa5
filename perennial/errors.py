"""The one exception the client raises."""

from dataclasses import dataclass

PAIR = (
    "PERENNIAL_WORKSPACE and PERENNIAL_TOKEN belong together: 'make serve' and 'perennial workspace create' print both."
)
HINTS = {
    "ManagementRequestUnauthorized": f"The token is mistyped, was replaced, or opens another workspace. {PAIR}",
    "AdminRequestUnauthorized": "Print the token with 'perennial workspace admin-token'.",
    "ScoreRequestUnauthorized": "Show the endpoint's keys with 'perennial endpoint keys SERVICE NAME'.",
    "ExpiryTimeInThePast": "Get a fresh link with 'perennial job status'.",
    "WorkspaceNotFound": f"The app at PERENNIAL_URL has no such workspace. {PAIR}",
    "TooManyConcurrentRequests": "Try again in a moment, or raise the endpoint's MaxConcurrentCalls.",
    "Unreachable": "Start the app with 'make serve', or set PERENNIAL_URL (or --url) to where it runs.",
    "NotPerennial": "Set PERENNIAL_URL (or --url) to the address that 'make serve' or 'azd up' printed.",
    "TimedOut": "Try again; 'perennial doctor' says whether the app and its storage respond.",
}
USAGE = "Usage"


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

    @property
    def exit_code(self) -> int:
        """The exit code of a command that ends with this error."""
        return 2 if self.code == USAGE else 1
