"""The cases that the scorer in the browser is held against are those that the app makes."""

import math
import os
import subprocess
from pathlib import Path

import orjson
import pytest

from tests.scoring_cases import main

CASES = Path(__file__).parents[2] / "web" / "scoring" / "cases"


@pytest.mark.long
def test_the_cases_are_those_of_this_app(tmp_path):
    main(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in CASES.iterdir())
    for path in tmp_path.iterdir():
        made, kept = orjson.loads(path.read_bytes()), orjson.loads((CASES / path.name).read_bytes())
        assert made["rows"] == kept["rows"]
        for one, other in zip(made["answers"], kept["answers"], strict=True):
            assert len(one) == len(other)
            for cell, wanted in zip(one, other, strict=True):
                if isinstance(cell, float) and isinstance(wanted, float):
                    assert math.isclose(cell, wanted, rel_tol=1e-9, abs_tol=1e-9)
                else:
                    assert cell == wanted


@pytest.mark.long
def test_the_interpreter_and_onnx_runtime_for_browsers_agree_on_every_case():
    everything = os.environ | {"PERENNIAL_ALL_CASES": "1"}
    command = ["npm", "test", "--", "scoring/onnxRuntime.test.ts"]
    tried = subprocess.run(command, cwd=CASES.parents[1], env=everything, capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stdout + tried.stderr
