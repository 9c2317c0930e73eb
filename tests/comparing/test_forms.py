"""The answers in full, as text, Markdown, HTML and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

import lineage
from lineage.comparing.readable import Line, Part, Readable, RowsPart
from lineage.comparing.stale import StaleRuns
from lineage.records.contents import RunContents
from lineage.sources import MemorySource
from tests.support.drawn import drawn_records

OUTDATED = """
    ETLFlow/1 > TrainingFlow/2 > PredictionFlow/3
    ETLFlow/7 > OtherFlow/11
"""


def source(text: str = OUTDATED, **changes: dict[str, Any]) -> MemorySource:
    records = {record.pathspec: record for record in drawn_records(text)}
    for name, change in changes.items():
        key = name.replace("_", "/")
        records[key] = replace(records[key], **change)
    return MemorySource(records.values())


def stale(run: str, store: MemorySource) -> StaleRuns:
    return lineage.trace(run, source=store).stale(store)


class Sample(Readable):
    def parts(self) -> Iterator[Part]:
        yield Line("a *title*", strong=True)
        yield Line("a paragraph")
        yield Line("item @ann", 1)
        yield Line("inner <item>", 2, strong=True)
        yield RowsPart(("name", "n|m"), [("x", "12"), ("long <name>", "3")])
        yield Line("last", 2)


def test_paragraphs_lists_and_tables_have_the_form_of_each_language() -> None:
    assert (
        str(Sample())
        == repr(Sample())
        == (
            "a *title*\na paragraph\n- item @ann\n  - inner <item>\n"
            "name         n|m\nx            12\nlong <name>  3\n  - last"
        )
    )
    assert Sample().to_markdown() == (
        "**a \\*title\\***\n\na paragraph\n\n- item @<!-- -->ann\n  - **inner \\<item\\>**\n\n"
        "| name | n\\|m |\n| --- | --- |\n| x | 12 |\n| long \\<name\\> | 3 |\n\n  - last\n"
    )
    assert Sample()._repr_html_() == (
        '<div class="lineage-answer"><p><strong>a *title*</strong></p><p>a paragraph</p>'
        "<ul><li>item @ann</li><ul><li><strong>inner &lt;item&gt;</strong></li></ul></ul>"
        "<table><thead><tr><th>name</th><th>n|m</th></tr></thead><tbody><tr><td>x</td><td>12</td></tr>"
        "<tr><td>long &lt;name&gt;</td><td>3</td></tr></tbody></table>"
        "<ul><ul><li>last</li></ul></ul></div>"
    )


def test_a_difference_in_full() -> None:
    records = drawn_records("ETLFlow/1 > TrainingFlow/2 > ReportFlow/3\nETLFlow/11 > TrainingFlow/12")
    code = {"commit": "3f2a", "script": "flow.py"}
    contents = {
        "ETLFlow/1": RunContents({"alpha": "p7"}, {"rows": "r1"}, code),
        "ETLFlow/11": RunContents({"alpha": "p9"}, {"late": "l2"}, code | {"commit": "91bc"}),
        "TrainingFlow/2": RunContents({}, {"model": "m1"}, code),
        "TrainingFlow/12": RunContents({}, {"model": "m2"}, code),
    }
    store = MemorySource(records, contents)
    found = lineage.diff("TrainingFlow/2", "TrainingFlow/12", source=store, parameters=False)
    verdict = (
        "They part at ETLFlow (alpha: other value, commit 3f2a -> 91bc). "
        "Nothing else recorded that leads to them differs."
    )
    assert found.as_dict() == {
        "a": ["TrainingFlow/2"],
        "b": ["TrainingFlow/12"],
        "equal": False,
        "verdict": verdict,
        "places": [
            {
                "a": "ETLFlow/1",
                "b": "ETLFlow/11",
                "name": "ETLFlow",
                "state": "changed",
                "number": 1,
                "follows": [],
                "changes": [
                    {
                        "kind": "parameter",
                        "name": "alpha",
                        "before": "not loaded (hash p7)",
                        "after": "not loaded (hash p9)",
                        "text": "alpha: other value",
                    },
                    {
                        "kind": "code",
                        "name": "commit",
                        "before": "3f2a",
                        "after": "91bc",
                        "text": "commit 3f2a -> 91bc",
                    },
                    {
                        "kind": "artifact",
                        "name": "late",
                        "before": None,
                        "after": "not loaded (hash l2)",
                        "text": "late: only in B",
                    },
                    {
                        "kind": "artifact",
                        "name": "rows",
                        "before": "not loaded (hash r1)",
                        "after": None,
                        "text": "rows: only in A",
                    },
                ],
            },
            {
                "a": "TrainingFlow/2",
                "b": "TrainingFlow/12",
                "name": "TrainingFlow",
                "state": "follows",
                "number": None,
                "follows": [1],
                "changes": [
                    {
                        "kind": "artifact",
                        "name": "model",
                        "before": "not loaded (hash m1)",
                        "after": "not loaded (hash m2)",
                        "text": "model: other content",
                    }
                ],
            },
        ],
        "notes": [],
    }
    assert found.to_markdown() == (
        "**" + verdict.replace("->", "-\\>") + "**\n\n"
        "A is TrainingFlow/2, B is TrainingFlow/12: 1 changed, 1 follow.\n\n"
        "- \\[1\\] ETLFlow/1 -\\> ETLFlow/11: alpha: other value; commit 3f2a -\\> 91bc; "
        "late: only in B; rows: only in A\n"
        "- TrainingFlow/2 -\\> TrainingFlow/12: model: other content (follows from 1)\n"
    )


def test_stale_runs_in_full() -> None:
    found = stale("PredictionFlow/3", source())
    assert found
    assert found.as_dict() == {
        "judged": 3,
        "stale": [
            {
                "run": "TrainingFlow/2",
                "inputs": (
                    {
                        "run": "ETLFlow/1",
                        "kinds": ("trigger",),
                        "newest": "ETLFlow/7",
                        "runs": 1,
                        "seconds": 360.0,
                    },
                ),
                "through": (),
                "superseded": None,
                "root": True,
            },
            {
                "run": "PredictionFlow/3",
                "inputs": (),
                "through": ("TrainingFlow/2",),
                "superseded": None,
                "root": False,
            },
        ],
        "refresh": ["TrainingFlow/2", "PredictionFlow/3"],
        "notes": [],
    }
    assert found.to_markdown() == (
        "**2 of 3 runs stale:**\n\n- TrainingFlow/2 used ETLFlow/1 -\\> ETLFlow/7 (1 newer run, 6 min)\n\n"
        "1 run built on these\n\nA refresh would run again: TrainingFlow/2, PredictionFlow/3.\n"
    )


def test_fresh_and_superseded_runs_in_full() -> None:
    fresh = stale("ETLFlow/7", source())
    assert not fresh
    assert fresh.to_markdown() == "**No stale run among 1 run.**\n"
    superseded = stale("TrainingFlow/2", source(f"{OUTDATED}\nETLFlow/7 > TrainingFlow/8"))
    assert superseded.runs[0].superseded == "TrainingFlow/8"
    assert str(superseded).splitlines()[2:] == [
        "A refresh would run nothing again: each of them has a newer version."
    ]


@pytest.mark.parametrize(
    ("count", "listed", "more"),
    [(9, [], ""), (10, [], " and 1 more"), (30, [], " and 21 more"), (31, ["- and 1 more"], " and 22 more")],
)
def test_many_stale_runs_are_counted(count: int, listed: list[str], more: str) -> None:
    lines = "\n".join(f"ETLFlow/1 > F{n:02}/2 > JoinFlow/90" for n in range(count))
    found = stale("JoinFlow/90", source(f"{lines}\nETLFlow/3 > OtherFlow/4"))
    shown = [f"- F{n:02}/2 used ETLFlow/1 -> ETLFlow/3 (1 newer run, 2 min)" for n in range(min(count, 30))]
    again = [*(f"F{n:02}/2" for n in range(count)), "JoinFlow/90"][:10]
    names = "F00/2, F01/2, F02/2 and " + str(count - 3) + " others"
    assert str(found).splitlines() == [
        f"{count + 1} of {count + 2} runs stale:",
        *shown,
        *listed,
        "1 run built on these",
        f"A refresh would run again: {', '.join(again)}{more}.",
    ]
    assert str(found.runs[-1]) == f"built on {names}, which are stale"


def test_an_explanation_in_full() -> None:
    failed = {"status": "failed", "failed_step": "fit"}
    store = source(TrainingFlow_2=failed, PredictionFlow_3={"problems": ("its record is half",)})
    answer = lineage.explain("PredictionFlow/3", source=store)
    assert answer.as_dict() == {
        "run": "PredictionFlow/3",
        "status": "completed",
        "reason": "fired at 2026-01-01 00:03 UTC, because TrainingFlow/2 finished at 00:00",
        "last": None,
        "causes": [
            {
                "key": "TrainingFlow/2",
                "reason": "fired at 2026-01-01 00:02 UTC, because ETLFlow/1 finished at 00:00",
                "before": 60.0,
                "root": False,
            },
            {
                "key": "ETLFlow/1",
                "reason": "was started at 2026-01-01 00:01 UTC by ann, without a recorded trigger",
                "before": 120.0,
                "root": True,
            },
        ],
        "failed_step": None,
        "failure": None,
        "failed_ancestor": "TrainingFlow/2",
        "audit": None,
        "problems": ["PredictionFlow/3: its record is half"],
    }
    assert str(answer).splitlines() == [
        "PredictionFlow/3 fired at 2026-01-01 00:03 UTC, because TrainingFlow/2 finished at 00:00.",
        "It completed after 1 min.",
        "Of the runs that led to it, TrainingFlow/2 failed at step fit first.",
        "What led to it, the latest first:",
        "- 1 min before: TrainingFlow/2 fired at 2026-01-01 00:02 UTC, because ETLFlow/1 finished at 00:00",
        "- 2 min before: ETLFlow/1 was started at 2026-01-01 00:01 UTC by ann, without a recorded trigger",
        "It goes back to ETLFlow/1.",
        "! PredictionFlow/3: its record is half",
    ]
    assert answer.to_markdown().startswith("**PredictionFlow/3 fired at 2026-01-01")


def test_checks_in_full() -> None:
    conditions = ("comes from ETLFlow within 1s", "comes from NoFlow", "comes from TrainingFlow", "not stale")
    fresh = source(OUTDATED.splitlines()[1])
    checks = lineage.check("PredictionFlow/3", *conditions, source=fresh)
    path = ["ETLFlow/1", "TrainingFlow/2", "PredictionFlow/3"]
    late = "ETLFlow/1 ended 1 min before it began"
    assert checks.as_dict() == {
        "run": "PredictionFlow/3",
        "passed": False,
        "results": [
            {"condition": conditions[0], "passed": False, "reason": late, "path": path},
            {
                "condition": conditions[1],
                "passed": False,
                "reason": "no run of NoFlow led to it",
                "path": ["PredictionFlow/3"],
            },
            {
                "condition": conditions[2],
                "passed": True,
                "reason": "TrainingFlow/2 led to it",
                "path": ["TrainingFlow/2", "PredictionFlow/3"],
            },
            {
                "condition": conditions[3],
                "passed": True,
                "reason": "no newer versions of what it was built on",
                "path": [],
            },
        ],
    }
    assert checks.to_markdown() == (
        "**PredictionFlow/3: 2 of 4 conditions met**\n\n"
        f"- ✖ comes from ETLFlow within 1s: {late}\n"
        "  - ETLFlow/1 -\\> TrainingFlow/2 -\\> PredictionFlow/3\n"
        "- ✖ comes from NoFlow: no run of NoFlow led to it\n"
        "- ✔ comes from TrainingFlow: TrainingFlow/2 led to it\n"
        "- ✔ not stale: no newer versions of what it was built on\n"
    )
    failed = source(TrainingFlow_2={"status": "failed"})
    assert str(lineage.check("PredictionFlow/3", "no failed ancestor", source=failed)).splitlines() == [
        "PredictionFlow/3: 0 of 1 conditions met",
        "- ✖ no failed ancestor: TrainingFlow/2 failed",
        "  - TrainingFlow/2 -> PredictionFlow/3",
    ]
