"""What `make viewer` has built belongs to its sources, and is small."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from lineage import simulate
from lineage.flow_map import FlowMap, declare
from lineage.scene.playback import RealRun, playback
from lineage.viewer import built, notebook, player, script
from tests.support.scenes import small_scene

ROOT = Path(__file__).parent.parent.parent
VIEWER = ROOT / "lineage" / "viewer"
DIST = VIEWER / "dist"
TOOLS = {"tools/build_viewer.mjs", "tools/outside_names.json", "tools/package.json"}
LONGEST = 300  # lines of a module


def files(folder: Path) -> set[str]:
    return {path.relative_to(ROOT).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_what_was_built_belongs_to_the_sources() -> None:
    lines = (DIST / "sums.txt").read_text("utf-8").splitlines()
    noted = {name: digest for digest, name in (line.split("  ") for line in lines)}
    assert set(noted) == files(VIEWER / "src") | files(DIST) - {"lineage/viewer/dist/sums.txt"} | TOOLS
    changed = [n for n, d in noted.items() if hashlib.sha256((ROOT / n).read_bytes()).hexdigest() != d]
    assert not changed, "run `make viewer` and commit what it builds"


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm installs what builds the viewer")
@pytest.mark.slow
def test_building_it_again_gives_the_same_bytes(tmp_path: Path) -> None:
    for command in (["make", ".node/.installed"], ["node", "tools/build_viewer.mjs", str(tmp_path)]):
        done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
    built = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert built == {path.name: path.read_bytes() for path in DIST.iterdir()}


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("viewer", 60_000),
        ("around", 4_500),
        ("downloads", 3_500),
        ("flows", 18_500),
        ("notebook", 14_000),
        ("page", 3_000),
        ("selection", 5_500),
    ],
)
def test_code_and_stylesheet_stay_small(name: str, limit: int) -> None:
    assert sum(path.stat().st_size for path in DIST.glob(f"{name}.min.*")) < limit


def test_the_module_for_notebooks_is_the_viewer_and_its_part_with_one_door() -> None:
    code = notebook.script()
    assert code.startswith(script())
    assert re.search(r"^var notebookPart=", built("notebook.min.js"))
    assert code.count("export default") == 1


@pytest.mark.parametrize(
    ("code", "doors"),
    [(script, ["mount"]), (player.script, ["mount", "mountPlayers"]), (notebook.script, ["mount"])],
)
def test_it_is_one_module_whose_doors_a_page_calls_by_name(code: Any, doors: list[str]) -> None:
    assert not re.search(r"\bimport\b", code())
    assert "innerHTML" not in code()
    for door in doors:
        assert re.search(rf"\b(?:const |let |,|function ){door}\b", code()), "it was renamed"


def test_no_source_is_long() -> None:
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in (VIEWER / "src").rglob("*.js")}
    assert not {path.name: length for path, length in lengths.items() if length > LONGEST}


def keys(records: Iterable[Mapping[str, Any]]) -> set[str]:
    return {key for record in records for key in record}


def scene_keys(scene: Mapping[str, Any]) -> set[str]:
    lists = (scene[name] for name in ("nodes", "edges", "problems") if name in scene)
    return keys([scene, *scene["styles"].values(), *(record for records in lists for record in records)])


def test_names_that_come_from_outside_are_not_shortened() -> None:
    outside = json.loads((ROOT / "tools/outside_names.json").read_text("utf-8"))
    scene = small_scene()
    assert scene_keys(scene) <= set(outside["scene"])
    flows = FlowMap.of([declare("ETLFlow"), declare("TrainingFlow", on_finish=["ETLFlow"])])
    start = datetime(2026, 1, 1, tzinfo=timezone.utc)
    sim = simulate(flows, ["ETLFlow"], start=start, durations=300)
    played = playback(sim, real=[RealRun("ETLFlow/1", "ETLFlow", start, start, "completed")])
    parts = ("moments", "ticks", "lanes", "bars", "finishes")
    assert keys([played, *(record for part in parts for record in played[part])]) <= set(outside["playback"])
    assert scene_keys(played["map"]) <= set(outside["scene"])
    colours = re.search(
        r"COLOURS = \[(.*?)\]", (VIEWER / "src/panels/theme.js").read_text("utf-8"), re.DOTALL
    )
    assert colours is not None
    assert set(re.findall(r"\w+", colours[1])) == set(outside["colours"])
