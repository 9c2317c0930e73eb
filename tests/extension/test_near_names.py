"""Names that are suggested, and those that are alike only in what all names share."""

from __future__ import annotations

import pytest

from metaflow_extensions.lineage.plugins.near_names import nearest

SHOP = ["shop.user.ann.EtlFlow", "shop.user.ann.TrainingFlow"]


@pytest.mark.parametrize(
    ("name", "known", "said"),
    [
        ("TraningFlow", ["TrainingFlow", "ETLFlow"], "; did you mean TrainingFlow?"),
        ("etlflow", ["ETLFlow", "ELTFlow"], "; did you mean ETLFlow?"),
        ("EtlFlow", SHOP, ""),  # another project's, or none: a name of one part is looked up before
        ("shop.user.ann.ETLFlow", SHOP, "; did you mean shop.user.ann.EtlFlow?"),
        ("shop.user.ann.ScoreFlow", SHOP, ""),
        ("metaflow.ETLFlw.end", ["metaflow.ETLFlow.end"], "; did you mean metaflow.ETLFlow.end?"),
        ("metaflow.ScoreFlow.end", ["metaflow.ETLFlow.end", "metaflow.ETLFlow.load"], ""),
        ("ScoreFlow", ["ETLFlow", "DataFlow"], ""),
        ("BFlow", ["AFlow"], ""),
        ("Flow", ["AFlow"], ""),
        ("", ["first"], ""),
        ("frist", ["first", "fist"], "; did you mean fist or first?"),
        ("first", [], ""),
    ],
)
def test_what_is_suggested(name: str, known: list[str], said: str) -> None:
    assert nearest(name, known) == said
