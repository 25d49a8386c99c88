"""The small package that the course's notebooks import.

``check(f)`` says whether an exercise is right, ``hint(f)`` helps, and
``failed_case()`` hands over the case that failed.
"""

from cnnkit.check import CannotCheck, CheckFailed, check, failed_case, hint

__all__ = ["CannotCheck", "CheckFailed", "check", "failed_case", "hint"]
