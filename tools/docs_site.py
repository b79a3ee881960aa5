"""MkDocs hook: adds the pages that live outside docs/ to the site, and draws diagrams without a network.

The Markdown files link to each other as they lie in the repository, so that the links work on GitHub. Here a link is
followed from the place of its file in the repository, and written again for the place of its page in the site.
"""

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent
OUTSIDE = (
    "CHANGELOG.md",
    "CODE_OF_CONDUCT.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "bench/profiles.md",
    "bench/results.md",
)
MERMAID = ROOT / "node_modules" / "@mermaid-js" / "tiny" / "dist" / "mermaid.tiny.js"
SCRIPT = "assets/mermaid.js"
LINK = re.compile(r"(!?\[[^\]]*\])\((?!https?:|mailto:|#)([^)#\s]+)(#[^)\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages outside docs/ and the script that draws diagrams."""
    for name in OUTSIDE:
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
    files.append(File.generated(config, SCRIPT, abs_src_path=str(MERMAID)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Write links of the repository as links of the site; code blocks keep what they say."""
    source = page.file.src_uri if page.file.src_uri in OUTSIDE else f"docs/{page.file.src_uri}"

    def rewrite(link: re.Match[str]) -> str:
        label, target, anchor = link[1], link[2], link[3] or ""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        uri = path.removeprefix("docs/")
        if files.get_file_from_path(uri) is not None:
            return f"{label}({posixpath.relpath(uri, posixpath.dirname(page.file.src_uri) or '.')}{anchor})"
        if not (ROOT / path).exists():
            return link[0]
        return f"{label}({config.repo_url}/blob/HEAD/{path}{anchor})" if config.repo_url else label.strip("[]")

    blocks = re.split(r"(^```.*?^```$)", markdown, flags=re.MULTILINE | re.DOTALL)
    return "".join(block if block.startswith("```") else LINK.sub(rewrite, block) for block in blocks)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Load the script on the pages that have a diagram; without it the theme would fetch one from the network.

    The theme tells it when to draw.
    """
    if 'class="mermaid"' not in output:
        return output
    path = posixpath.relpath(SCRIPT, posixpath.dirname(page.file.dest_uri) or ".")
    scripts = f'<script src="{path}"></script><script>mermaid.initialize({{startOnLoad: false}})</script>'
    return output.replace("</head>", f"{scripts}</head>", 1)
