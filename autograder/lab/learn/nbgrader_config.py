"""nbgrader's configuration of a learner's JupyterLab: the course's own, and where work lies."""

import os

c = get_config()  # noqa: F821
root = os.environ["COURSE_ROOT"]

load_subconfig("nbgrader_config.py", path=root)  # noqa: F821

c.Exchange.assignment_dir = f"{root}/workspace"
# What you handed in, kept so that its feedback can be found.
c.Exchange.cache = f"{root}/workspace/.submitted"
