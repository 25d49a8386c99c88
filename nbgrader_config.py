"""nbgrader's configuration of this course. Its own manual says what each name does."""

from pathlib import Path

c = get_config()  # noqa: F821

root = str(Path(__file__).resolve().parent)

c.CourseDirectory.course_id = "pixels-to-labels"
c.CourseDirectory.root = root
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "course"

# Whatever is not named here is copied into the release. (This replaces nbgrader's list.)
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    "*.pyc*",
    "__pycache__",
    "feedback",
    ".pytest_cache",
    "exercises.py",
    "*.md",
    "jupytext.toml",
    ".predictions.json",
    ".*",
]

# Where assignments, submissions and feedback change hands. For a class whose members have
# accounts of their own, name a folder that all may write to.
c.Exchange.root = root + "/exchange"
c.ExchangeFactory.collect = "autograder.collect.Collect"
c.ExchangeFactory.release_feedback = "autograder.feedback.ReleaseFeedback"

c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\nraise NotImplementedError()"}

# Marking: submissions are mended, run in a sandbox, and judged outside it.
c.Autograde.exporter_class = "autograder.plugin.SubmissionExporter"
c.Autograde.sanitize_preprocessors = [
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "autograder.plugin.Mark",
    "autograder.plugin.SaveMarks",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.pre_convert_hook = "autograder.plugin.find_submissions"

# Feedback: where there is no mark it says so, not 0.
c.GenerateFeedback.exporter_class = "autograder.no_mark.FeedbackExporter"
c.GenerateFeedback.preprocessors = [
    "autograder.no_mark.Grades",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]

# The same export as nbgrader's, in fields that no spreadsheet takes for a formula, and empty
# where there is no mark.
c.ExportApp.plugin_class = "autograder.export.CsvExportPlugin"
