"""What Azure's host does with this app before a request comes: which extensions it loads, which function answers."""

import json
import re

from tests.contract.indexed import ROOT, http_triggers, indexed_functions, matches, sample_paths

BUNDLE = json.loads((ROOT / "tests/contract/extension_bundle.json").read_text())
CATCH_ALL = "zz_unknown_address"


def host_json():
    return json.loads((ROOT / "host.json").read_text())


def used_bindings():
    return {binding["type"] for bindings in indexed_functions().values() for binding in bindings}


def test_the_bundle_provides_every_binding_that_the_host_has_not_built_in():
    """Without a bundle, the host stops: "The binding type(s) 'queueTrigger' are not registered"."""
    built_in = set(BUNDLE["built into the host"]["bindings"])
    wanted = {kind for kind in used_bindings() if kind.lower() not in built_in}
    assert wanted == {"blobTrigger", "queueTrigger"}
    bundle = host_json().get("extensionBundle", {})
    loaded = bundle.get("id") == BUNDLE["id"]
    provided = {kind for kinds in BUNDLE["extensions"].values() for kind in kinds} if loaded else set()
    assert {kind for kind in wanted if kind.lower() not in provided} == set()
    lowest, highest = re.fullmatch(r"\[(\d+)\.\*, (\d+)\.0\.0\)", bundle["version"]).groups()
    assert int(lowest) <= int(BUNDLE["version"].partition(".")[0]) < int(highest)


def test_host_json_names_only_what_flex_consumption_knows():
    """Flex Consumption scales by itself: `concurrency` and `retry` of other plans do not belong here."""
    assert set(host_json()) <= {"version", "functionTimeout", "logging", "extensions", "extensionBundle"}
    assert set(host_json()["extensions"]) <= {"http", "queues", "blobs"}
    # Alerts look requests up by the function's name, which this line of the host's log puts on them.
    assert host_json()["logging"]["logLevel"].get("Host.Results", "Information") == "Information"


def test_every_function_is_the_first_in_the_order_of_names_whose_route_matches():
    """The host adds routes in the order of function names and takes the first that matches, however general it is.

    So a catch-all route swallows every function whose name comes after it. That is why ours is called zz_….
    """
    triggers = http_triggers()
    swallowed = []
    for name, trigger in triggers.items():
        for path in sample_paths(trigger["route"]):
            for method in trigger["methods"]:
                able = (other for other, has in triggers.items() if method in has["methods"])
                first = next(other for other in able if matches(triggers[other]["route"], path))
                swallowed += [f"{name}: {method} /{path} is answered by {first}"] if first != name else []
    assert swallowed == []


def test_the_catch_all_comes_last_in_every_order_of_names():
    names = [*http_triggers()]
    assert http_triggers()[CATCH_ALL]["route"] == "{*path}"
    assert max(names) == max(names, key=str.upper) == max(names, key=str.lower) == CATCH_ALL


def test_no_route_begins_with_what_the_host_keeps_for_itself():
    for name, trigger in http_triggers().items():
        assert trigger["route"].partition("/")[0].lower() not in ("admin", "runtime"), name
