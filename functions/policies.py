"""Retraining policies of endpoints: set, get, remove and try them, and list their challenges."""

import azure.functions as func

from functions.http.app import current_app
from functions.http.openapi_document import Auth
from functions.http.operations import operation, query
from functions.http.replies import empty_reply, json_reply
from functions.http.requests import SERVICES, now, open_endpoint, read_body
from studio.automation.retraining import try_policy
from studio.rollout.challenges import list_challenges
from studio.rollout.policies import delete_policy, find_policy, get_policy, policy_object, put_policy
from studio.wire import read_flag

blueprint = func.Blueprint()

POLICY = f"{SERVICES}/{{service}}/endpoints/{{endpoint}}/policy"
OR_NULL = query("orNull", {"enum": ["true", "false"], "description": "`true` returns null if there is no policy."})


@operation(blueprint, "PUT", POLICY, auth=Auth.KEY_OR_TOKEN, response="Policy", body="PolicyRequest")
def set_policy(req: func.HttpRequest) -> func.HttpResponse:
    """Set the retraining policy of an endpoint; does not start training."""
    endpoint, _ = open_endpoint(req)
    storage = current_app().storage
    return json_reply(policy_object(storage, put_policy(storage, endpoint, read_body(req), now=now())))


@operation(blueprint, "GET", POLICY, auth=Auth.KEY_OR_TOKEN, response="FoundPolicy", query=(OR_NULL,))
def show_policy(req: func.HttpRequest) -> func.HttpResponse:
    """Get the policy of an endpoint, with its next run and the reason if the last one was skipped."""
    endpoint, _ = open_endpoint(req)
    storage = current_app().storage
    find = find_policy if read_flag(req.params.get("orNull", "false"), "orNull") else get_policy
    policy = find(storage, endpoint)
    return json_reply(policy and policy_object(storage, policy))


@operation(blueprint, "DELETE", POLICY, auth=Auth.KEY_OR_TOKEN, status=204)
def remove_policy(req: func.HttpRequest) -> func.HttpResponse:
    """Delete the policy of an endpoint."""
    endpoint, _ = open_endpoint(req)
    delete_policy(current_app().storage, endpoint)
    return empty_reply()


@operation(
    blueprint, "POST", f"{POLICY}/try", auth=Auth.KEY_OR_TOKEN, response="TrainingStarted", status=202, body="PolicyTry"
)
def try_policy_now(req: func.HttpRequest) -> func.HttpResponse:
    """Start training now; the new model challenges the current one."""
    endpoint, _ = open_endpoint(req)
    policy = get_policy(current_app().storage, endpoint)
    data = read_body(req).get("TrainingData")
    return json_reply({"JobId": try_policy(current_app().storage, policy, str(data) if data else None, now=now())}, 202)


@operation(blueprint, "GET", f"{POLICY}/challenges", auth=Auth.KEY_OR_TOKEN, response="Challenge[]")
def show_challenges(req: func.HttpRequest) -> func.HttpResponse:
    """List the challenges of an endpoint, newest first."""
    endpoint, _ = open_endpoint(req)
    return json_reply(list_challenges(current_app().storage, endpoint))
