import pytest

from studio import errors
from studio.errors import BadArgument, ModuleExecutionError, StudioError


def all_errors() -> list[type[StudioError]]:
    return [item for item in vars(errors).values() if isinstance(item, type) and issubclass(item, StudioError)]


def test_the_body_has_code_message_and_details_with_target():
    error = BadArgument("InvalidBlobExtension", "Use .csv.", "input1")
    assert error.to_json() == {
        "error": {
            "code": "BadArgument",
            "message": "Use .csv.",
            "details": [{"code": "InvalidBlobExtension", "message": "Use .csv.", "target": "input1"}],
        }
    }


def test_a_module_error_carries_its_number_and_one_detail():
    body = ModuleExecutionError("0001", "Select Columns: no column 'x'.").to_json()["error"]
    assert body["message"] == "Error 0001: Select Columns: no column 'x'."
    assert len(body["details"]) == 1


@pytest.mark.parametrize("kind", all_errors(), ids=lambda kind: kind.__name__)
def test_every_error_is_drawn_in_the_tree_with_its_status(kind):
    if kind is StudioError:
        return
    line = next(line for line in (errors.__doc__ or "").splitlines() if f" {kind.__name__} " in line)
    assert str(kind.status) in line
