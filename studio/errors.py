"""The errors that callers see, each with its classic code and HTTP status.

StudioError
├── BadArgument            400  an invalid argument in a request or a configuration
├── BadUserArgument        400  invalid input data
├── InvalidOperation       400  not allowed in the current state
├── ModuleExecutionError   400  a module found an error in its data or properties ("Error 0001: …")
├── Unauthorized           401  a missing or wrong key or token
├── NotFound               404  an unknown workspace, service, endpoint, job or run
├── Conflict               409  already exists, changed in the meantime, or different model metadata
├── LengthRequired         411  a body sent in chunks, which the host does not pass on
├── PreconditionFailed     412  changed since the caller read it
├── TooLarge               413  larger than the app accepts
├── ServiceUnavailable     503  too many concurrent calls, or storage is unavailable
├── GatewayTimeout         504  an external service does not respond
└── InternalError          500  a bug or a configuration error of the app

References
----------
Codes and groups: the original's "web service error codes" page; every response carries `details`, which clients read.
"""

from dataclasses import dataclass, replace
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Detail:
    """One entry of `error.details`: a documented detail code, a message, and the name of what is wrong.

    Parameters
    ----------
    module, port, property
        Where it is in an experiment: the module's title, and the name of its port or property.
    number
        The number of the original's module error, such as `0105`, for the value of a property.
    """

    code: str
    message: str
    target: str | None = None
    module: str | None = None
    port: str | None = None
    property: str | None = None
    number: str | None = None

    def to_json(self) -> dict[str, str]:
        """Return the entry as clients see it, without what it does not have."""
        shown = {name: getattr(self, name) for name in ("target", "module", "port", "property", "number")}
        return {"code": self.code, "message": self.message} | {name: text for name, text in shown.items() if text}


class StudioError(Exception):
    """An error with a classic group code, an HTTP status and at least one detail.

    Parameters
    ----------
    detail_code
        Documented detail code, such as `InvalidBlobExtension`.
    message
        What is wrong, the value seen and what is accepted. Never a key, a SAS token or a data row.
    target
        The name of the input, parameter or column that is wrong.
    place
        The further fields of its Detail: where it is in an experiment.
    """

    code: ClassVar[str] = "InternalError"
    status: ClassVar[int] = 500

    def __init__(self, detail_code: str, message: str, target: str | None = None, **place: str | None) -> None:
        super().__init__(message)
        self.message = message
        self.details: tuple[Detail, ...] = (Detail(detail_code, message, target, **place),)

    def add_hint(self, text: str) -> None:
        """Add a sentence to the message."""
        first, *others = self.details
        self.message = f"{self.message} {text}"
        self.details = (replace(first, message=self.message), *others)

    def to_json(self) -> dict[str, Any]:
        """Return the response body that clients expect: `{"error": {"code", "message", "details"}}`.

        The message is that of the first detail; there is more than one if several things are wrong with a document.
        """
        details = [detail.to_json() for detail in self.details]
        return {"error": {"code": self.code, "message": self.message, "details": details}}


class BadArgument(StudioError):
    """An invalid argument in a request or a configuration."""

    code = "BadArgument"
    status = 400


class BadUserArgument(StudioError):
    """Input data that the service cannot accept."""

    code = "BadUserArgument"
    status = 400


class InvalidOperation(StudioError):
    """An operation that is not allowed in the current state."""

    code = "InvalidOperation"
    status = 400


class ModuleExecutionError(StudioError):
    """An error that a module found in its data or properties: `Error 0001: Select Columns in Dataset (my title): …`.

    Parameters
    ----------
    number
        The four-digit number from the original's list of module errors.
    message
        What is wrong and what is accepted.
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
    """An id or name under which nothing is stored."""

    code = "NotFound"
    status = 404


class Conflict(StudioError):
    """Something that already exists, changed in the meantime, or has different metadata."""

    code = "Conflict"
    status = 409


class LengthRequired(StudioError):
    """A body that was sent without its length, of which Azure Functions passes nothing on."""

    code = "BadArgument"
    status = 411


class PreconditionFailed(StudioError):
    """Something that is not, or no longer, what the caller's If-Match or If-None-Match expects."""

    code = "Conflict"
    status = 412


class TooLarge(StudioError):
    """Data larger than the app accepts."""

    code = "MemoryQuotaViolation"
    status = 413


class ServiceUnavailable(StudioError):
    """Too many concurrent calls, or storage that does not respond."""

    code = "ServiceUnavailable"
    status = 503


class GatewayTimeout(StudioError):
    """An external service that does not respond."""

    code = "GatewayTimeout"
    status = 504


class InternalError(StudioError):
    """A bug or a configuration error of the app."""

    code = "InternalError"
    status = 500
