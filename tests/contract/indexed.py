"""The app's functions as the worker indexes them: name, and bindings as the dictionaries that the host gets."""

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
# As the host sorts them: by name, whatever the case (FunctionMetadataManager, OrdinalIgnoreCase compares upper case).
HOST_ORDER = str.upper


# In a process of its own, since an app can be indexed only once.
INDEX = (
    "import json, function_app\n"
    "found = {f.get_function_name(): f.get_raw_bindings() for f in function_app.app.get_functions()}\n"
    "print(json.dumps(found))"
)


@cache
def indexed_functions() -> dict[str, list[dict[str, Any]]]:
    """The bindings of each function, by name, in the order in which the host sees them."""
    done = subprocess.run([sys.executable, "-c", INDEX], cwd=ROOT, capture_output=True, text=True, check=True)
    found = {name: [json.loads(text) for text in bindings] for name, bindings in json.loads(done.stdout).items()}
    return dict(sorted(found.items(), key=lambda item: HOST_ORDER(item[0])))


def http_triggers() -> dict[str, dict[str, Any]]:
    """The trigger binding of each HTTP function, in the host's order."""
    triggers = {
        name: next((binding for binding in bindings if binding["type"] == "httpTrigger"), None)
        for name, bindings in indexed_functions().items()
    }
    return {name: trigger for name, trigger in triggers.items() if trigger is not None}


PARAMETER = re.compile(r"\{(?P<star>\*)?(?P<name>\w+)(?::regex\(\^\((?P<choices>[^)]+)\)\$\))?(?P<optional>\?)?\}")


def matches(route: str, path: str) -> bool:
    """Whether a route template matches a path, whatever the case of letters."""
    expression, end = "", 0
    for found in PARAMETER.finditer(route):
        expression += re.escape(route[end : found.start()])
        value = ".*" if found["star"] else f"(?:{found['choices']})" if found["choices"] else "[^/]+"
        if found["optional"]:
            expression = expression.removesuffix("/")
            value = f"(?:/{value})?"
        expression += value
        end = found.end()
    return re.fullmatch(expression + re.escape(route[end:]), path, re.IGNORECASE) is not None


def sample_paths(route: str) -> list[str]:
    """A path for each way to fill in a template's choices; parameters get a value that is no literal of any route."""
    paths = [""]
    end = 0
    for found in PARAMETER.finditer(route):
        values = (found["choices"] or "some-value").split("|")
        paths = [f"{path}{route[end : found.start()]}{value}" for path in paths for value in values]
        end = found.end()
    return [path + route[end:] for path in paths]
