"""Attacks and damage: small submissions, each with what it is fairly due."""

from __future__ import annotations

from . import (
    attacks_files,
    attacks_harm,
    attacks_memory,
    attacks_metadata,
    attacks_scores,
    attacks_shown,
    damage_cells,
    damage_code,
    damage_files,
    damage_kinds,
    damage_letters,
    damage_names,
    damage_packed,
    damage_pasted,
    damage_unreadable,
)
from .entry import Entry, Given, Link, Special, Targets

DAMAGE: list[Entry] = [
    *damage_files.damage.entries,
    *damage_names.damage.entries,
    *damage_unreadable.damage.entries,
    *damage_cells.damage.entries,
    *damage_kinds.damage.entries,
    *damage_code.damage.entries,
    *damage_letters.damage.entries,
    *damage_packed.damage.entries,
    *damage_pasted.damage.entries,
]
ATTACKS: list[Entry] = [
    *attacks_scores.attack.entries,
    *attacks_metadata.attack.entries,
    *attacks_harm.attack.entries,
    *attacks_files.attack.entries,
    *attacks_shown.attack.entries,
    *attacks_memory.attack.entries,
]
CORPUS = [*ATTACKS, *DAMAGE]

__all__ = ["ATTACKS", "CORPUS", "DAMAGE", "Entry", "Given", "Link", "Special", "Targets"]
