"""The site: the lessons as they look when run, the guides, and the API from docstrings."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "course")]

project = "From pixels to labels"
copyright = "the authors of From pixels to labels"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "**/.ipynb_checkpoints"]

html_theme = "furo"
html_title = project
html_copy_source = False
html_show_sourcelink = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#00598c", "color-brand-content": "#00598c"},
    "dark_css_variables": {"color-brand-primary": "#7cc4ee", "color-brand-content": "#7cc4ee"},
}

nb_execution_mode = "off"  # lessons.py runs them: solved, then without the solutions
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
nb_merge_streams = True

autodoc_typehints = "description"
autodoc_member_order = "bysource"
autodoc_mock_imports = []
nitpicky = False
suppress_warnings = ["mystnb.unknown_mime_type"]


def links_inside(app, name, source):
    """Let links to pages at the root of the repository lead to the same pages here."""
    for there, here in (("CONTRIBUTING", "contribute"), ("SECURITY", "security")):
        source[0] = source[0].replace(f"](../{there}.md", f"]({here}.md")


def setup(app):
    """Tell Sphinx of the above."""
    app.connect("source-read", links_inside)
