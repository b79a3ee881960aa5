"""What scores models here: the versions of Python and the libraries, and the operator sets that graphs may use."""

import importlib.metadata
import platform
from typing import Any

from studio.model.graph_rules import OPSETS

LIBRARIES = ("numpy", "scikit-learn", "scipy", "pandas", "onnx", "onnxruntime", "skops")


def environment_object() -> dict[str, Any]:
    """Return the environment as the API shows it; operator sets by domain, the first and the last version."""
    return {
        "Name": "default",
        "Python": platform.python_version(),
        "Libraries": {library: importlib.metadata.version(library) for library in LIBRARIES},
        "OperatorSets": {domain or "ai.onnx": list(versions) for domain, versions in OPSETS.items()},
    }
