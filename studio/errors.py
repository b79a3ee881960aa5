"""Every error a caller can see, with its classic code and HTTP status.

StudioError
├── BadArgument            400  wrong argument in a request or a configuration
├── BadUserArgument        400  wrong input data
├── InvalidOperation       400  not allowed in this state
├── ModuleExecutionError   400  a module reported a user's mistake ("Error 0001: …")
├── Unauthorized           401  key or token missing or wrong
├── NotFound               404  unknown workspace, service, endpoint, job, run
├── Conflict               409  exists already, changed meanwhile, or other model metadata
├── TooLarge               413  more than this deployment takes
├── ServiceUnavailable     503  too many calls at once, or storage is away
├── GatewayTimeout         504  a service elsewhere does not answer
└── InternalError          500  our fault or the deployment's

References
----------
Codes and groups: the original's "web service error codes" page; every answer carries `details`, which clients read.
"""

from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Detail:
    """One entry of `error.details`: a documented detail code, what to do, and what it is about."""

    code: str
    message: str
    target: str | None = None


class StudioError(Exception):
    """An error with a classic group code, an HTTP status and at least one detail.

    Parameters
    ----------
    detail_code
        Documented detail code, such as `InvalidBlobExtension`.
    message
        What was wrong, the value seen and what is accepted. Never a key, a SAS token or a data row.
    target
        Name of the input, parameter or column it is about.
    """

    code: ClassVar[str] = "InternalError"
    status: ClassVar[int] = 500

    def __init__(self, detail_code: str, message: str, target: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = (Detail(detail_code, message, target),)

    def to_json(self) -> dict[str, Any]:
        """Return the body every client expects: `{"error": {"code", "message", "details"}}`."""
        details = [
            {"code": detail.code, "message": detail.message} | ({"target": detail.target} if detail.target else {})
            for detail in self.details
        ]
        return {"error": {"code": self.code, "message": self.message, "details": details}}


class BadArgument(StudioError):
    """A wrong argument in a request or a configuration."""

    code = "BadArgument"
    status = 400


class BadUserArgument(StudioError):
    """Input data that the service cannot take."""

    code = "BadUserArgument"
    status = 400


class InvalidOperation(StudioError):
    """Something that is not allowed in the present state."""

    code = "InvalidOperation"
    status = 400


class ModuleExecutionError(StudioError):
    """A user's mistake that a module found: `Error 0001: Select Columns in Dataset (my title): …`.

    Parameters
    ----------
    number
        Four digits of the original's list of module errors.
    message
        What was wrong and what is accepted.
    """

    code = "ModuleExecutionError"
    status = 400

    def __init__(self, number: str, message: str) -> None:
        super().__init__(f"Error{number}", f"Error {number}: {message}")
        self.number = number
        self.reason = message


class Unauthorized(StudioError):
    """A missing or wrong key or token."""

    code = "Unauthorized"
    status = 401


class NotFound(StudioError):
    """An id or name nothing is stored under."""

    code = "NotFound"
    status = 404


class Conflict(StudioError):
    """Something exists already, was changed meanwhile, or has other metadata."""

    code = "Conflict"
    status = 409


class TooLarge(StudioError):
    """More bytes than the deployment takes."""

    code = "MemoryQuotaViolation"
    status = 413


class ServiceUnavailable(StudioError):
    """Too many calls at once, or storage that does not answer."""

    code = "ServiceUnavailable"
    status = 503


class GatewayTimeout(StudioError):
    """A service elsewhere that does not answer."""

    code = "GatewayTimeout"
    status = 504


class InternalError(StudioError):
    """A fault of the deployment."""

    code = "InternalError"
    status = 500
