"""What a measure says: see ``cnnkit.measures``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """What a measure found.

    ``share`` of the aspect's points, 0 to 1; ``note``, a sentence for the learner;
    ``symptom``, by which a mistake is recognised (the same word for every machine
    and every seed, so that keys do not depend on them); ``typed``, whether it is of the
    type that is asked.
    """

    share: float
    note: str = ""
    symptom: str = ""
    typed: bool = True
