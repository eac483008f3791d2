"""The site: `python -m sphinx -W docs build/site`. Nothing is loaded from a network, now or later.

The Markdown pages here are its sources. What would only repeat the code (commands, keys, rigs) is
written from the code while it builds.
"""

import runpy
import sys
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

import isostack

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(HERE))

from diagram import file_of  # noqa: E402 - beside this file

logger = logging.getLogger(__name__)

project = "isostack"
author = copyright = "The isostack developers"  # noqa: A001 - Sphinx's own name
release = version = isostack.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc"]
exclude_patterns = ["_static"]
nb_execution_mode = "off"  # docs/examples/make.py has carried them out, and a test compares
myst_heading_anchors = 4
myst_fence_as_directive = {"mermaid"}
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 60
add_module_names = False
smartquotes = False  # what is quoted is typed

html_theme = "furo"
html_title = f"isostack {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_theme_options = {"top_of_page_buttons": []}


# Pages to which a script adds what the code says, and pages that stand for a file of the root.
WRITTEN = ("reference/commands", "reference/keys", "reference/rigs")
OF_ROOT = {
    "changes": "CHANGELOG.md",
    "conduct": "CODE_OF_CONDUCT.md",
    "contributing": "CONTRIBUTING.md",
    "security": "SECURITY.md",
}


def _complete(app: Sphinx, name: str, source: list[str]) -> None:
    """Add what is written from the code; a page of the root comes with links as seen from here."""
    del app
    if name in WRITTEN:
        source[0] += runpy.run_path(str(HERE / f"{name}.py"))["page"]()
    elif name in OF_ROOT:
        source[0] = (ROOT / OF_ROOT[name]).read_text(encoding="utf-8").replace("](docs/", "](")


class Mermaid(SphinxDirective):
    """A diagram, as the picture that docs/pictures/diagrams.py drew of its text."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """The picture; its text where there is none, with a warning."""
        text = "\n".join(self.content)
        picture = file_of(text)
        if not picture.exists():
            logger.warning("no picture of a diagram: python docs/pictures/diagrams.py MERMAID.js")
            return [nodes.literal_block(text, text)]
        uri = f"/{picture.relative_to(HERE).as_posix()}"
        return [nodes.image("", uri=uri, alt="diagram", classes=["diagram"])]


def setup(app: Sphinx) -> None:
    """Sphinx calls this."""
    app.add_directive("mermaid", Mermaid)
    app.connect("source-read", _complete)
