"""The known names that are most like one that is not known, for messages."""

from __future__ import annotations

from collections.abc import Iterable

ENOUGH = 0.6  # likeness from 0 to 1, as difflib counts it
BEHIND = 0.2  # by how much a second suggestion may be less alike than the first


def nearest(name: str, known: Iterable[str], count: int = 3) -> str:
    """A half-sentence that suggests the known names most similar to `name`, or an empty string.

    Examples
    --------
    >>> nearest("TraningFlow", ["TrainingFlow", "ETLFlow"])
    '; did you mean TrainingFlow?'
    >>> nearest("aflow", ["AFlow", "BFlow"])
    '; did you mean AFlow?'
    >>> nearest("metaflow.TrainFlow.end", ["metaflow.ScoreFlow.end", "metaflow.ETLFlow.end"])
    ''
    """
    alike = sorted(
        ((_likeness(name.casefold(), candidate.casefold()), candidate) for candidate in known), reverse=True
    )
    enough = max(ENOUGH, alike[0][0] - BEHIND) if alike else 0
    suggestions = [candidate for likeness, candidate in alike if likeness >= enough][:count]
    return f"; did you mean {' or '.join(suggestions)}?" if suggestions else ""


def _likeness(name: str, other: str) -> float:
    """Similarity from 0 to 1 of what is not the same by convention.

    Events of one project begin alike, those of runs end alike, and nearly all flows end in "Flow".
    """
    import difflib  # needed only for a message

    parts, others = name.split("."), other.split(".")
    for end in (0, -1):
        while min(len(parts), len(others)) > 1 and parts[end] == others[end]:
            parts.pop(end)
            others.pop(end)
    name, other = ".".join(parts), ".".join(others)
    if name.endswith("flow") and other.endswith("flow"):
        name, other = name[:-4], other[:-4]
    return 1.0 if name == other else difflib.SequenceMatcher(None, name, other).ratio()
