"""JupyterLab for one side of the course: the learner's or the instructor's.

``learn/`` and ``teach/`` are Jupyter configuration folders. They show each side the
part of nbgrader that is its own, and tell nbgrader where this course keeps things.
"""
