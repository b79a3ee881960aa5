"""Writes the reference pages generated from the palette: `python -m studio.graph docs/reference`."""

import json
import sys
from pathlib import Path

from studio.graph.json_schema import experiment_schema
from studio.graph.palette_page import palette_pages

folder = Path(sys.argv[1])
(folder / "experiment.schema.json").write_text(json.dumps(experiment_schema(), indent=2, ensure_ascii=False) + "\n")
for name, page in palette_pages().items():
    (folder / "palette" / name).write_text(page)
