"""Scripts: Python files in `scripts/`, deployed with the app. Experiments name them and cannot contain code."""

import importlib.util
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from studio.graph.contract import Call

FOLDER = Path(__file__).resolve().parents[2] / "scripts"
NAME = re.compile(r"[A-Za-z_]\w{0,99}")
FUNCTION = "azureml_main"


def load_script(call: Call, name: str) -> Callable[..., Any]:
    """Return the function `azureml_main` of a deployed script; its name may end in `.py`.

    Raises
    ------
    ModuleExecutionError
        0085 if there is no such script, or it cannot be loaded.
    """
    stem = name.strip().removesuffix(".py")
    known = sorted(path.stem for path in FOLDER.glob("*.py"))
    if not NAME.fullmatch(stem) or stem not in known:
        listed = ", ".join(known) or "none"
        raise call.error("0085", f"the app has no script '{name[:100]}'. Deployed scripts: {listed}.")
    spec = importlib.util.spec_from_file_location(f"scripts.{stem}", FOLDER / f"{stem}.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(script)
        function: Callable[..., Any] = getattr(script, FUNCTION)
    except Exception as error:
        raise call.error("0085", f"the script '{stem}' cannot be loaded: {type(error).__name__}: {error}.") from error
    return function
