"""From what asking a function came to, to the verdict on its exercise."""

from __future__ import annotations

from autograder.session import Answer
from cnnkit.judge import Verdict, judge, unmarked
from cnnkit.key import ExerciseKey


def verdict_of(key: ExerciseKey, answer: Answer, why: str | None) -> Verdict:
    """Return the verdict on one exercise; ``why`` says how its cell ended, if not well."""
    if answer.status == "ok":
        return judge(key, answer.outcomes)
    if answer.status == "missing":
        if why is not None:
            return unmarked(
                key, "error", f"`{key.id}` is not defined: its cell was run, but {why}."
            )
        return unmarked(key, "not-attempted", f"There is no function `{key.id}`.")
    if answer.status == "timeout":
        return unmarked(
            key, "timeout",
            f"`{key.id}` was not done after {key.seconds:g} seconds. Look for a loop that "
            "never ends, or for work that is done again and again.",
        )
    if answer.status == "died":
        return unmarked(
            key, "crashed",
            f"Calling `{key.id}` stopped the kernel: it may have used too much memory, or "
            "ended the process.",
        )
    return unmarked(key, "error", f"`{key.id}` returned something that cannot be sent back.")
