"""What a terminal gets: colour where it is wanted, plain signs where it has no others, lines that fit."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from lineage.cli import main
from lineage.cli.terminal import fold, say, write_plainly_what_the_terminal_lacks
from lineage.flow_map import FlowMap, declare
from lineage.records.cascades import Cascade, RecentCascades
from lineage.render.recent_text import recent_text
from lineage.render.text_timeline import text_timeline
from lineage.simulation.run import run_simulation
from lineage.style import EDGE_STYLES, STATUS_STYLES
from lineage.text import encodable
from tests.support.planted import plant, write_local
from tests.support.planted_lineages import finished_run


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("settings", "on_terminal", "coloured"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_colour_is_for_terminals_that_want_it(
    settings: dict[str, str], on_terminal: bool, coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    stream = Screen() if on_terminal else io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    say("✖ A/1  failed\x1b[0m")
    mark = "\x1b[31m✖\x1b[0m" if coloured else "✖"
    assert stream.getvalue() == f"{mark} A/1  failed\\u001b[0m\n"


def test_long_lines_go_on_within_their_branch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Screen()
    monkeypatch.setattr(sys, "stdout", stream)
    say("  ├─ ● TrainingFlow/1795947517260288  completed in 0.8 s, demo  [triggered; read: model]")
    lines = stream.getvalue().splitlines()
    assert max(map(len, lines)) <= 60
    assert lines[1].startswith("  │      ")
    assert "".join(lines[1:]).replace("│", "").split() == ["demo", "[triggered;", "read:", "model]"]
    row = "TrainingFlow  missed  should have fired at 04:01 and did not"
    assert fold(row, 54).splitlines() == [row[:52], " " * 22 + "did not"]
    assert fold(row, 50).splitlines()[1].startswith("  ")  # too little is left for its last cell
    assert fold("x" * 50, 20) == "x" * 50  # in twenty columns nothing can be helped


def test_the_help_of_every_verb_fits_sixty_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")

    def told(*words: str) -> str:
        with pytest.raises(SystemExit):
            main([*words, "--help"])
        return capsys.readouterr().out

    verbs = re.findall(r"^    (\w+)", told(), re.MULTILINE)
    assert {"trace", "export", "replay"} <= set(verbs)
    wide = [line for verb in verbs for line in told(verb).splitlines() if len(line) > 60]
    assert wide == []


def test_every_sign_of_ours_has_a_plain_one_of_its_own() -> None:
    signs = [style.glyph for style in STATUS_STYLES.values()] + [style.line for style in EDGE_STYLES.values()]
    signs.append("✔")  # of a condition that is met
    plain = {sign: encodable(sign, "ascii") for sign in signs}
    assert all(len(sign) == 1 for sign in plain.values())
    assert len({plain[style.glyph] for style in STATUS_STYLES.values()}) == len(STATUS_STYLES)


@pytest.mark.slow
def test_an_encoding_without_them_gets_plain_signs_and_no_traceback(tmp_path: Path) -> None:
    write_local([plant(finished_run("Etl", "1", 1))], tmp_path)
    show = f"import lineage; lineage.show_lineage('Etl/1', source='local:{tmp_path}')"
    for command in (["-m", "lineage", "trace", "Etl/1", "--source", f"local:{tmp_path}"], ["-c", show]):
        done = subprocess.run(
            [sys.executable, *command],
            env=os.environ | {"PYTHONIOENCODING": "ascii", "LINEAGE_CACHE": str(tmp_path / "cache")},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.startswith("* Etl/1  completed in 5 min, ann\n"), done.stdout


@pytest.mark.parametrize("width", [120, 58])
def test_columns_stand_below_each_other_whatever_replaces_a_sign(width: int) -> None:
    def cascade(root: str) -> Cascade:
        return Cascade(root, "ann", None, None, None, None, ((root, "completed", 0, 3_000_000),))

    now = datetime(1970, 1, 2, tzinfo=timezone.utc)
    cascades = (cascade("ETLFlow/1795984880537007"), cascade("APredictionFlow/2"))
    recent = RecentCascades(cascades, now - timedelta(days=7), now, "store")
    rows = recent_text(recent, width, encoding="ascii").splitlines()[-2:]
    assert "ETLFlow ...537007" in rows[0]
    assert len({row.index("01-01 00:00") for row in rows}) == 1
    assert max(map(len, rows)) <= width


def test_a_stream_that_cannot_be_changed_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    write_plainly_what_the_terminal_lacks()
    say("●")
    assert sys.stdout.getvalue() == "●\n"


def test_the_bars_of_a_simulation_give_way_to_a_narrow_terminal() -> None:
    flows = FlowMap.of([declare("ETLFlow"), declare("TrainingFlow", on_finish=["ETLFlow"])])
    sim = run_simulation(flows, "ETLFlow", durations=300)
    bars = [line for line in text_timeline(sim, 60).splitlines() if "█" in line]
    assert max(map(len, bars)) == 60
    assert [line.split()[-1] for line in bars] == ["12:05", "12:10"]
