"""Draw the README's picture of `make demo` from a real run: `python -m examples.retraining.picture`."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "demo.svg"
COLUMNS = 100
# In colour, with every progress bar drawn once.
TERMINAL = {"COLUMNS": str(COLUMNS), "FORCE_COLOR": "1", "TTY_INTERACTIVE": "0"}


def main() -> None:
    """Run the demo and write its output as an SVG."""
    command = [sys.executable, "-m", "examples.retraining.demo"]
    demo = subprocess.run(command, env=os.environ | TERMINAL, capture_output=True, text=True, check=True)
    screen = Console(record=True, width=COLUMNS, file=io.StringIO())
    screen.print(Text.from_ansi(demo.stdout.strip()))
    drawn = screen.export_svg(title="make demo", unique_id="demo")
    # Pages that show the picture do not load fonts from other sites.
    PICTURE.write_text(re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL))


if __name__ == "__main__":
    main()
