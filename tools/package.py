"""Write what Azure Functions runs to a zip: `python -m tools.package build/app.zip`.

It holds the files that git tracks, less those that .funcignore names, and the built Studio, web/dist. Names are sorted
and times fixed, so that the same files give the same bytes.
"""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
# The earliest time that a zip can hold.
EPOCH = (1980, 1, 1, 0, 0, 0)


def main() -> None:
    """Write the zip that the argument names."""
    path = Path(sys.argv[1])
    path.parent.mkdir(parents=True, exist_ok=True)
    write_package(path)
    print(f"Wrote {path}, {path.stat().st_size // 1024} KiB.")


def write_package(path: Path) -> None:
    """Write the app's files to a zip at `path`."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name in package_files():
            package.writestr(zipfile.ZipInfo(name, EPOCH), (ROOT / name).read_bytes(), zipfile.ZIP_DEFLATED)


def package_files() -> list[str]:
    """Return the names of the files in the package."""
    built = {path.relative_to(ROOT).as_posix() for path in (ROOT / "web" / "dist").rglob("*") if path.is_file()}
    if not built:
        raise FileNotFoundError("web/dist is not there: the Studio was not built. Run 'make setup' first.")
    return sorted((_tracked() - _tracked("--ignored", "--exclude-from=.funcignore")) | built)


def _tracked(*options: str) -> set[str]:
    """Return the files that git tracks and that lie in the working tree; `options` choose among them."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", *options], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()}


if __name__ == "__main__":
    main()
