"""The picture of a comparison, as the page says it."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

import lineage
from lineage.api.comparisons import Comparison
from lineage.errors import InvalidArgument
from lineage.records.contents import RunContents
from lineage.records.model import TriggerEvent
from lineage.render.comparison import comparison_page
from lineage.render.comparison.cards import cards_of
from lineage.sources import MemorySource
from tests.support.drawn import START, drawn_record, drawn_records

TEXT = """
    IngestFlow/1 > ETLFlow/2 > TrainingFlow/3 > PredictionFlow/5
    first! > DataFlow/4 > PredictionFlow/5
    IngestFlow/1 > ETLFlow/12 > TrainingFlow/13 > PredictionFlow/15
    first! > DataFlow/14 > PredictionFlow/15
    DriftFlow/10 .drift.> PredictionFlow/15
"""


def contents(commit: str = "3f2a11", **artifacts: str) -> RunContents:
    return RunContents({}, artifacts, {"commit": commit})


def compared() -> Comparison:
    records = drawn_records(TEXT)
    known = dict.fromkeys((r.pathspec for r in records), contents(model="m"))
    known["ETLFlow/12"] = contents("91bc22", model="m")
    known["TrainingFlow/13"] = contents(model="other")
    source = MemorySource(records, known)
    return lineage.diff("PredictionFlow/5", "PredictionFlow/15", source=source)


def chain(runs: int, changed: int) -> Comparison:
    """Two chains; every so many runs ran another commit."""

    def names(start: int) -> list[str]:
        return [f"Step{n}Flow/{start + n}" for n in range(runs)]

    text = "\n".join(" > ".join(names(start)) for start in (1, 1001))
    records = drawn_records(text)
    known = dict.fromkeys((r.pathspec for r in records), contents(model="m"))
    known |= {f"Step{n}Flow/{1001 + n}": contents("91bc22", model="m") for n in range(5, runs, changed)}
    source = MemorySource(records, known)
    return lineage.diff(names(1)[-1], names(1001)[-1], source=source)


def cards(page: str) -> list[tuple[str, str]]:
    """Class and text of every card."""
    found = re.findall(r'<div class="card ([^"]*)" style="[^"]*">(.*?)</div>', page)
    return [(kind.strip(), unescape(re.sub(r"<[^>]+>", " ", inside))) for kind, inside in found]


def words(text: str) -> str:
    return " ".join(text.split())


def test_causes_are_numbered_consequences_follow_equal_is_pale_and_one_sided_dashed() -> None:
    drawn = {words(text): kind for kind, text in cards(comparison_page(compared()))}
    assert drawn == {
        "IngestFlow the same run": "equal",
        "★ first equal": "equal",
        "DataFlow equal": "equal",
        "1 ETLFlow A 2 · B 12 commit 3f2a → 91bc": "changed",
        "TrainingFlow A 3 · B 13 model other content follows from 1": "",
        "DriftFlow only in B: 10": "one",
        "2 PredictionFlow A 5 · B 15 DriftFlow/10 only in B follows from 1": "changed",
    }


def test_equal_places_are_counted_between_those_that_differ() -> None:
    drawn = [words(text) for _, text in cards(comparison_page(chain(30, 12)))]
    assert next(text for text in drawn if text[0].isdigit()).startswith("5 equal Step0Flow, Step1Flow")
    assert len(drawn) == 6, "three that changed, and what is equal before each"


def test_three_hundred_runs_have_few_cards_and_none_covers_another() -> None:
    drawn = cards_of(chain(300, 3))
    assert len(drawn.cards) < 220
    columns: dict[int, float] = {}
    for card in sorted(drawn.cards, key=lambda card: (card.column, card.top)):
        assert card.top >= columns.get(card.column, 0)
        columns[card.column] = card.top + card.height
    assert sum(len(card.places) for card in drawn.cards) == 300


def test_the_page_has_no_script_and_loads_nothing(tmp_path: Path) -> None:
    page = compared().to_html(tmp_path / "diff.html").read_text("utf-8")
    assert "<script" not in page
    assert not re.search(r"(?:src|href)=|url\(|@import", page)
    assert "default-src 'none'" in page
    assert page == comparison_page(compared()), "the same comparison gives the same bytes"


def test_a_report_has_the_comparison_that_was_read_for_it(tmp_path: Path) -> None:
    found = compared()
    lin = lineage.Lineage.of(found.b)
    text = lin.to_html(tmp_path / "with.html", details=False, compare=found).read_text("utf-8")
    frame = re.search(r'<section class="lineage-compared".*?srcdoc="(.*?)" title', text, re.DOTALL)
    assert frame
    assert unescape(frame[1]) == comparison_page(found)
    assert "style-src-attr" in text
    without = lin.to_html(tmp_path / "without.html", details=False).read_text("utf-8")
    assert "style-src-attr" not in without, "the policy of a report is no wider than it needs"
    with pytest.raises(InvalidArgument, match="compare must be a comparison"):
        lin.to_html(tmp_path / "wrong.html", compare="PredictionFlow/5")  # type: ignore[arg-type] # the test


def test_hostile_names_stay_text() -> None:
    event = TriggerEvent('"><img src=x onerror=alert(1)>', "id", START, "event", {"<b>": "</div>"})
    other = TriggerEvent(event.name, "id2", START, "event", {"<b>": "<script>"})
    records = [drawn_record("ETLFlow/1", (event,)), drawn_record("ETLFlow/2", (other,))]
    page = comparison_page(lineage.diff("ETLFlow/1", "ETLFlow/2", source=MemorySource(records)))
    tags: set[str] = set()

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            tags.add(tag)

    Tags().feed(page)
    assert not tags & {"img", "script", "b i"}


def test_a_notebook_gets_the_picture_and_the_list() -> None:
    bundle = compared()._repr_mimebundle_()
    assert "<iframe sandbox srcdoc=" in bundle["text/html"]
    assert "[data-jp-theme-light=false]" in bundle["text/html"], "it follows the notebook's theme"
    assert bundle["text/plain"].startswith("They part at ETLFlow (commit 3f2a -> 91bc)")
