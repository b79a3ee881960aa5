"""The shape of the project: everything is registered, importing stays cheap, documents name everything."""

import ast
import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from devhost.host_json import check_bindings, read_host_json
from devhost.reach import check_reach
from devhost.routes import compile_routes
from devhost.runtime import load_functions
from functions.http.openapi_document import BYTES, all_schemas
from studio.graph.palette import list_modules

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
TRIGGER_FILES = [path for path in sorted((ROOT / "functions").glob("*.py")) if path.stem != "__init__"]
HEAVY = ("sklearn", "pandas", "pyarrow", "onnx", "skops", "scipy")


@pytest.fixture(scope="module")
def functions():
    return asyncio.run(load_functions(ROOT))


def handlers_of(path: Path) -> set[str]:
    """Names of the functions in a file that a decorator makes triggers."""
    made = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            texts = [ast.unparse(decorator) for decorator in node.decorator_list]
            made |= {node.name} if any(text.startswith(("blueprint.", "operation(")) for text in texts) else set()
    return made


def test_microsofts_runtime_indexes_every_trigger_of_every_file_and_no_other(functions):
    names = [function.name for function in functions]
    handlers = [name for path in TRIGGER_FILES for name in handlers_of(path)]
    assert all(handlers_of(path) for path in TRIGGER_FILES)
    assert sorted(names) == sorted(handlers)
    assert len(names) == len(set(names))


def test_triggers_are_short():
    for path in TRIGGER_FILES:
        for body in re.split(r"\n(?:async )?def ", path.read_text())[1:]:
            lines = [line for line in body.partition("\n@")[0].splitlines() if line.strip()]
            assert len(lines) <= 18, f"{path.name}: {lines[0]}"


def test_every_function_can_be_reached_and_every_binding_is_registered(functions):
    # UpdateResource (PATCH) was once behind the catch-all, whose name sorted before it.
    settings = read_host_json(ROOT, {})
    check_bindings(functions, settings)
    check_reach(compile_routes(functions, settings.route_prefix))


def test_routes_do_not_collide(functions):
    routes = compile_routes(functions, read_host_json(ROOT).route_prefix).routes
    seen = [(route.pattern.pattern.lower(), method) for route in routes for method in route.methods]
    plain = [(re.sub(r"\?P<\w+>", "", pattern), method) for pattern, method in seen]
    assert len(plain) == len(set(plain))


def test_importing_the_app_loads_nothing_heavy():
    code = f"import sys, function_app; print([name for name in {HEAVY} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_validating_a_document_and_scoring_load_neither_pandas_nor_scikit_learn(tmp_path):
    from studio.model.container import write_model_file
    from tests.builders import people_experiment, people_model_file

    file = tmp_path / "model.ilearner"
    file.write_bytes(write_model_file(people_model_file()))
    code = (
        "import json, sys\n"
        "from studio.graph.document import parse_experiment\n"
        "from studio.model.loaded import load_model\n"
        f"parse_experiment(json.loads({json.dumps(json.dumps(people_experiment()))}))\n"
        f"model = load_model(open({str(file)!r}, 'rb').read(), 1 << 28)\n"
        "model.scorer.score(model.encoder.encode([model.file.golden[0].cells])[0])\n"
        "print([name for name in ('sklearn', 'pandas', 'pyarrow', 'scipy') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_project_names_no_path_of_this_machine_and_no_registry():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    pattern = re.compile(r"\.\./" + r"shared|(?<!studio)/wo" + r"rk/|pypi\.org/simple|registry\.npmjs")
    for name in listed.stdout.split():
        path = ROOT / name
        if path.exists() and path.suffix not in (".png", ".ilearner"):
            assert not pattern.search(path.read_text(errors="replace")), name


def headings(page: str) -> str:
    return (REFERENCE / page).read_text()


def test_every_route_is_documented(functions):
    text = headings("routes.md")
    alternatives = re.compile(r"\{\w+:regex\(\^\((\w+)\|.*?\)\}")

    def kept(found):
        # `kind` chooses between collections; other alternatives are two names of one thing.
        return "{kind}" if found[0].startswith("{kind:") else found[1]

    for function in functions:
        if function.kind == "httpTrigger" and function.trigger["route"] != "{*path}":
            for method in function.trigger["methods"]:
                route = alternatives.sub(kept, function.trigger["route"])
                assert f"`{method} /{route}`" in text, function.name


def test_every_route_is_an_operation_of_the_openapi_document(functions):
    from functions.http.operations import OPERATIONS

    named = {operation.name for operation in OPERATIONS}
    routed = {function.name for function in functions if function.kind == "httpTrigger"}
    assert routed - named == {"zz_unknown_address"}
    schemas = {(operation.response or "Error").removesuffix("[]") for operation in OPERATIONS}
    assert schemas | {operation.body or "Error" for operation in OPERATIONS} <= set(all_schemas()) | {BYTES}


def test_every_setting_is_documented():
    names = set(re.findall(r'"((?:PERENNIAL|AzureWebJobsStorage)\w*)"', (ROOT / "studio" / "settings.py").read_text()))
    text = headings("settings.md")
    assert names
    for name in names:
        assert f"`{name}`" in text


def test_every_error_code_in_use_is_documented():
    text = headings("errors.md")
    codes: set[str] = set()
    for path in (*(ROOT / "studio").rglob("*.py"), *(ROOT / "functions").glob("*.py")):
        source = path.read_text()
        kinds = "BadArgument|BadUserArgument|InvalidOperation|Unauthorized|NotFound|Conflict|TooLarge|LengthRequired"
        codes |= set(re.findall(rf'(?:{kinds}|ServiceUnavailable|InternalError)\(\s*"(\w+)"', source))
        numbers = re.findall(r'(?:call\.error|PropertyError|ModuleExecutionError)\(\s*"(\d{4})"', source)
        codes |= set(numbers)
    assert len(codes) > 30
    assert [code for code in sorted(codes) if f"`{code}`" not in text] == []


def test_every_table_and_container_is_documented():
    from studio.storage.account import CONTAINERS, JOB_QUEUE, TABLES

    text = headings("storage.md")
    for name in (*TABLES, *CONTAINERS, JOB_QUEUE):
        assert f"`{name}`" in text


def test_the_palette_pages_are_the_ones_the_modules_give():
    from studio.graph.palette_page import palette_pages

    folder = REFERENCE / "palette"
    assert {path.name: path.read_text() for path in folder.iterdir()} == palette_pages()
    sections = [line for page in palette_pages().values() for line in page.splitlines() if line.startswith("## ")]
    assert {f"## {module.name}" for module in list_modules()} <= set(sections)


def test_every_row_of_the_compatibility_page_names_a_test():
    rows = [line for line in headings("compatibility.md").splitlines() if line.count("|") == 5]
    named = {name for line in rows for name in re.findall(r"`(test_\w+)`", line)}
    assert len(named) > 12
    assert named <= written_tests()
    assert all(
        "`test_" in line
        for line in rows
        if not set(line) <= set("|- ") and not line.startswith(("| call", "| documents"))
    )


@pytest.mark.parametrize("page, heading", [("reliability", "## "), ("threat-model", "## What they try")])
def test_every_promise_names_the_tests_that_hold_it(page, heading):
    text = (ROOT / "docs" / "explanation" / f"{page}.md").read_text().partition(heading)[2]
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| promise")]
    assert len(rows) > 15
    for line in rows:
        promised = set(re.findall(r"`(test_\w+)`", line))
        files = re.findall(r"`(tests/[\w/]+\.py)`", line)
        assert promised or files, line
        assert promised <= written_tests(), promised - written_tests()
        assert all((ROOT / name).exists() for name in files), files


def written_tests() -> set[str]:
    """The names of all tests."""
    paths = (ROOT / "tests").rglob("*.py")
    return {name for path in paths for name in re.findall(r"def (test_\w+)\(", path.read_text())}
