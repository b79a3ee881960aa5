"""Authorization: an endpoint key grants access to its endpoint, a workspace token to its workspace, nothing else.

Management checks return the credential's name for the history, never the credential itself.
"""

from collections.abc import Sequence

from studio.errors import Unauthorized
from studio.registry.endpoints import Endpoint
from studio.registry.workspaces import Workspace
from studio.storage.keys import SLOTS, read_bearer, same_key

KEY_NAMES = tuple(f"endpoint key ({slot})" for slot in SLOTS)


def check_workspace_token(secret: str, workspace: Workspace, header: str | None) -> str:
    """Return which workspace token the Authorization header contains; Unauthorized if it contains neither."""
    given = read_bearer(header)
    for slot, name in enumerate(SLOTS):
        if same_key(given, workspace.token(secret, slot)):
            return f"workspace token ({name})"
    raise Unauthorized(
        "ManagementRequestUnauthorized",
        f"The token is not valid for the workspace {workspace.id}. Send 'Authorization: Bearer <workspace token>'.",
    )


def opens_workspace(secret: str, workspace: Workspace, header: str | None) -> bool:
    """Return whether the Authorization header contains a token of the workspace."""
    given = read_bearer(header)
    return any(same_key(given, workspace.token(secret, slot)) for slot in range(len(SLOTS)))


def check_endpoint_management(secret: str, workspace: Workspace, endpoint: Endpoint, header: str | None) -> str:
    """Return which credential permits managing an endpoint: its own key or a workspace token; else Unauthorized."""
    given = read_bearer(header)
    for slot, name in enumerate(KEY_NAMES):
        if same_key(given, endpoint.key(secret, slot)):
            return name
    return check_workspace_token(secret, workspace, header)


def is_workspace_token(by: str) -> bool:
    """Return whether a credential, named as the checks name it, is a workspace token, which opens all data."""
    return by.startswith("workspace token")


def check_arm_token(arm_token: str | None, secret: str, workspace: Workspace, header: str | None) -> str:
    """Return which credential an Azure Resource Manager client sent: the configured token or a workspace token."""
    if arm_token is not None and same_key(read_bearer(header), arm_token):
        return "Azure Resource Manager token"
    return check_workspace_token(secret, workspace, header)


def check_endpoint_key(keys: Sequence[str], header: str | None) -> str:
    """Return which of the endpoint's two keys the header contains; Unauthorized if it contains neither."""
    given = read_bearer(header)
    for key, by in zip(keys, KEY_NAMES, strict=True):
        if same_key(given, key):
            return by
    raise Unauthorized(
        "ScoreRequestUnauthorized",
        "The key is not valid for this endpoint. Send 'Authorization: Bearer <endpoint key>' with its primary or "
        "secondary key.",
    )
