"""Mend submissions: whatever is broken about a notebook, the learner's code is found.

    files = collect_files(folder).files
    path, data = find_notebook(files, released, "filters")
    mended = mend(read_notebook(data), released, files)
    ...run it...
    shown = harmless(mended.notebook)
"""

from autograder.mend.code import definitions
from autograder.mend.files import Collected, collect_files, digest
from autograder.mend.find import exercise_ids, find_notebook
from autograder.mend.harmless import harmless
from autograder.mend.near import beside
from autograder.mend.read import Unreadable, read_notebook
from autograder.mend.rebuild import Mended, mend
from autograder.mend.text import clean_name, in_markdown, plain, shown

__all__ = [
    "Collected",
    "Mended",
    "Unreadable",
    "beside",
    "clean_name",
    "collect_files",
    "definitions",
    "digest",
    "exercise_ids",
    "find_notebook",
    "harmless",
    "in_markdown",
    "mend",
    "plain",
    "read_notebook",
    "shown",
]
