"""The local source: what it opens, and what it makes of stores that are broken, foreign or in use."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import metaflow
import pytest

from lineage import Lineage, trace
from lineage.catalog import open_catalog, refresh
from lineage.errors import FlowNotFound, RunNotFound, SourceDenied, SourceError, SourceInvalid
from lineage.sources import Cancel, Changes, ClientSource, LocalSource, open_source
from lineage.sources.local import source as local
from tests.support.planted import millis, plant, recently, write_local, write_local_run
from tests.support.planted_lineages import by_event, by_run, finished_run, small_lineage
from tests.support.store import Store


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A store of the test's own: A/1 > B/2 > C/3."""
    return write_local(
        [
            plant(finished_run("A", "1", 1, by_event("go", "e", 1))),
            plant(finished_run("B", "2", 2, by_run("A/1", 1))),
            plant(finished_run("C", "3", 3, by_run("B/2", 2))),
        ],
        tmp_path,
    )


def folder(root: Path, *parts: str) -> Path:
    return root.joinpath(".metaflow", *parts)


def files_opened(monkeypatch: pytest.MonkeyPatch, work: Callable[[], object]) -> list[str]:
    opened: list[str] = []
    really = os.open

    def recorded(path: str, *more: object) -> int:
        opened.append(str(path))
        return really(path, *more)

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", recorded)
        work()
    return [Path(path).name.rsplit("_", 1)[0] for path in opened]


def test_of_a_completed_run_four_files_are_opened(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = files_opened(monkeypatch, lambda: LocalSource(root).read(["B/2"]))
    assert sorted(opened) == [
        "",  # _self.json
        "sysmeta_attempt_ok",
        "sysmeta_execution-triggers",
        "sysmeta_origin-run-id",
    ]


def test_the_folder_itself_or_the_one_around_it_or_an_address_name_the_same_store(root: Path) -> None:
    sources = [LocalSource(root), LocalSource(root / ".metaflow"), open_source(f"local:{root}")]
    assert len({source.key for source in sources}) == 1
    assert {source.label for source in sources} == {f"local store at {root}"}


def test_it_follows_what_metaflow_is_told(root: Path, metadata: Callable[[str], str]) -> None:
    metadata(f"local@{root}")
    source = open_source()
    assert isinstance(source, LocalSource)
    assert source.label == ClientSource().label == f"local store at {root}"


def test_other_providers_are_read_through_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lineage.sources.opening.get_metadata", lambda: "spin@/somewhere")
    assert isinstance(open_source(), ClientSource)


def test_a_machine_without_any_store_is_told_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = "local@<No .metaflow directory found in current working tree>"
    monkeypatch.setattr("lineage.sources.opening.get_metadata", lambda: nowhere)
    with pytest.raises(SourceInvalid, match="METAFLOW_DATASTORE_SYSROOT_LOCAL"):
        trace("A/1")


def test_a_folder_that_is_no_store_is_refused(tmp_path: Path) -> None:
    for ask in (
        lambda s: s.flows(),
        lambda s: s.read(["A/1"]),
        lambda s: s.latest("A"),
        lambda s: [*s.scan()],
    ):
        with pytest.raises(SourceInvalid, match=r"no folder \.metaflow"):
            ask(LocalSource(tmp_path))


def test_a_run_that_is_not_there_is_said_with_the_place(root: Path) -> None:
    write_local_run(plant(finished_run("LongName", "4", 4)), root)
    with pytest.raises(RunNotFound, match=r"A/9 was not found in the local store at .* latest run is A/1"):
        trace("A/9", source=f"local:{root}")
    with pytest.raises(FlowNotFound, match="did you mean LongName"):
        trace("LongNam", source=f"local:{root}")


# broken stores: the rest of the lineage is still there


@pytest.mark.parametrize(
    ("file", "status"),
    [
        ("_meta/_self.json", "unknown"),
        ("start/1/_meta/sysmeta_execution-triggers_*.json", "completed"),
        ("end/3/_meta/sysmeta_attempt_ok_*.json", "unknown"),
    ],
)
@pytest.mark.parametrize("content", ["", '{"flow_id": "B", "run_num', "[1]", "\x00\xff", "[" * 100_000])
def test_a_half_written_file_is_a_problem_and_nothing_more(
    root: Path, file: str, status: str, content: str
) -> None:
    (path,) = folder(root, "B", "2").glob(file)
    path.write_bytes(content.encode("latin-1"))
    lineage = trace("C/3", source=LocalSource(root))
    assert lineage.graph.nodes["B/2"]["status"] == status
    assert {"B/2", "C/3"} <= set(lineage.graph)
    assert any(p.pathspec == "B/2" and path.name in p.reason for p in lineage.problems)


def test_a_run_folder_without_its_object_is_there_and_says_why(root: Path) -> None:
    shutil.rmtree(folder(root, "B", "2", "_meta"))
    lineage = trace("C/3", source=LocalSource(root))
    assert lineage.graph.nodes["B/2"]["status"] == "unknown"
    assert any("has no _meta/_self.json" in problem.reason for problem in lineage.problems)


def test_a_run_folder_with_nothing_but_its_object_is_a_run(root: Path) -> None:
    for step in ("_parameters", "start", "work", "end"):
        shutil.rmtree(folder(root, "B", "2", step))
    assert trace("B/2", source=LocalSource(root)).graph.nodes["B/2"]["status"] == "unknown"


@pytest.mark.slow
def test_thirty_thousand_empty_run_folders_are_no_runs_and_cost_little(root: Path) -> None:
    for number in range(30_000):
        os.mkdir(folder(root, "B", f"empty-{number}"))  # noqa: PTH102 -- thirty thousand of them
    source = LocalSource(root)
    began = time.process_time()
    lineage = trace("A/1", downstream=None, source=source)
    assert time.process_time() - began < 1.5
    assert sorted(lineage.runs) == ["A/1", "B/2", "C/3"]
    assert lineage.problems == ()
    assert source.latest("B") == "B/2"
    assert source.read(["B/empty-7"]) == {}


def test_files_that_are_no_runs_are_passed_over(root: Path) -> None:
    folder(root, "A", "latest_run").write_text("1")
    folder(root, "A", "data").mkdir()
    folder(root, "A", "data", "ab").mkdir()
    folder(root, "stray-file").write_text("")
    folder(root, "A", "9").symlink_to("/nowhere")
    source = LocalSource(root)
    assert source.flows() == ["A", "B", "C"]
    assert sorted(record.pathspec for record in source.scan()) == ["A/1", "B/2", "C/3"]


def test_a_trigger_that_climbs_out_of_the_store_leads_nowhere(root: Path, tmp_path: Path) -> None:
    outside = write_local_run(plant(finished_run("X", "1", 1)), tmp_path / "outside")
    assert outside.exists()
    bad = plant(finished_run("D", "4", 4, by_run("../../outside/.metaflow/X", 1), by_run("../..", 1)))
    write_local_run(bad, root)
    lineage = trace("D/4", source=LocalSource(root))
    assert [lineage.graph.nodes[key]["status"] for key in lineage.runs if key != "D/4"] == ["missing"]


def test_a_run_triggered_by_a_later_one_is_drawn_with_a_problem(root: Path) -> None:
    early = finished_run("D", "4", 0, by_run("C/3", 3))
    write_local_run(plant(early), root)
    lineage = trace("D/4", source=LocalSource(root))
    assert ("C/3", "D/4") in lineage.graph.edges
    assert any("clocks" in problem.reason for problem in lineage.problems)


DENIED = """
import os, pwd, sys
from lineage.errors import SourceError
from lineage.sources import LocalSource
from lineage import trace
import networkx, lineage.tracing.trace  # which a first call of trace would import
if os.geteuid() == 0:  # everything is imported by now; root may read any file, so it is root no longer
    nobody = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)
try:
    lineage = trace(sys.argv[2], downstream=None, source=LocalSource(sys.argv[1]))
    print(*sorted(lineage.graph), *(f"! {problem}" for problem in lineage.problems), sep="\\n")
except SourceError as exc:
    print(type(exc).__name__, exc)
"""


def as_nobody(root: Path, pathspec: str) -> str:
    """What a user who owns nothing sees."""
    cache = root / "cache"
    cache.mkdir(exist_ok=True)
    cache.chmod(0o777)
    temporary = Path(tempfile.gettempdir()).resolve()
    for parent in (root, *root.resolve().parents):  # pytest's folders are for their owner only
        if temporary not in parent.parents:
            break
        parent.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", DENIED, str(root), pathspec],
        env=os.environ | {"LINEAGE_CACHE": str(cache)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_run_without_read_permission_is_a_problem_and_the_rest_is_there(root: Path) -> None:
    folder(root, "B", "2", "start").chmod(0)
    said = as_nobody(root, "C/3").splitlines()
    assert {"B/2", "C/3"} <= set(said)
    assert any(line.startswith("! B/2: no permission to read start") for line in said)


def test_a_run_object_for_its_owner_only_leaves_the_rest_of_the_run(tmp_path: Path) -> None:
    first, second, third = chain_of_local_runs(tmp_path)
    folder(tmp_path, *second.split("/"), "_meta", "_self.json").chmod(0)  # as after a colleague's tag
    said = as_nobody(tmp_path, first).splitlines()
    assert said[:3] == [first, second, third]
    assert said[3].startswith(f"! {second}: no permission to read _meta/_self.json: its owner and its tags")


def test_a_run_folder_for_its_owner_only_is_a_problem_until_it_can_be_read(tmp_path: Path) -> None:
    first, second, third = chain_of_local_runs(tmp_path)
    folder(tmp_path, *second.split("/")).chmod(0)
    assert f"! {second}: no permission to read" in as_nobody(tmp_path, second)
    folder(tmp_path, *second.split("/")).chmod(0o755)
    assert as_nobody(tmp_path, first).splitlines() == [first, second, third]


def test_a_flow_without_read_permission_is_a_problem_and_the_rest_is_there(root: Path) -> None:
    folder(root, "B").chmod(0)
    said = as_nobody(root, "A/1").splitlines()
    assert "A/1" in said
    assert any(line.startswith("! B: No permission to read B") for line in said)


def test_a_store_without_read_permission_is_refused(root: Path) -> None:
    folder(root).chmod(0)
    assert as_nobody(root, "A/1").startswith("SourceDenied No permission to read the local store at")


# refreshes


def test_a_tag_that_is_added_later_shows(root: Path) -> None:
    source = LocalSource(root)
    assert trace("A/1", downstream=None, source=source).graph.nodes["C/3"]["tags"] == []
    write_local_run(plant(finished_run("C", "3", 3, by_run("B/2", 2), tags=("late",))), root)
    assert trace("A/1", downstream=None, source=source).graph.nodes["C/3"]["tags"] == ["late"]
    with open_catalog(source) as catalog:
        assert catalog.records(["C/3"])["C/3"].tags == ("late",)


def test_a_run_that_is_deleted_later_is_gone(root: Path) -> None:
    source = LocalSource(root)
    trace("A/1", downstream=None, source=source)
    shutil.rmtree(folder(root, "C", "3"))
    assert sorted(trace("A/1", downstream=None, source=source).runs) == ["A/1", "B/2"]


def test_a_new_run_shows_and_only_it_is_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = LocalSource(root)
    refresh(source)
    write_local_run(plant(finished_run("D", "4", 4, by_run("C/3", 3))), root)
    assert refresh(source).read == 1
    opened = files_opened(monkeypatch, lambda: refresh(source))
    assert [name for name in opened if "sqlite" not in name] == []
    assert "D/4" in trace("A/1", downstream=None, source=source).runs


def test_a_flow_to_which_nothing_was_added_is_not_even_listed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lineage.sources.local.source._RECENT", 0)
    source, listed = LocalSource(root), []
    refresh(source)
    really = os.listdir
    monkeypatch.setattr(os, "listdir", lambda path: listed.append(Path(path).name) or really(path))
    time.sleep(0.05)  # the times of file systems are coarse
    assert refresh(source).read == 0
    assert listed == [".metaflow"]
    write_local_run(plant(finished_run("B", "4", 4, by_run("A/1", 1))), root)
    listed.clear()
    assert refresh(source).read == 1
    assert "B" in listed
    assert "C" not in listed
    shutil.rmtree(folder(root, "B", "4"))
    assert refresh(source).gone == 1


def test_a_run_whose_object_comes_after_its_folder_is_found(root: Path) -> None:
    source = LocalSource(root)
    new = plant(finished_run("B", "4", 4, by_run("A/1", 1)))
    folder(root, "B", "4").mkdir()
    assert refresh(source).read == 3
    write_local_run(new, root)
    assert refresh(source).read == 1


def test_a_running_run_becomes_completed(root: Path) -> None:
    source = LocalSource(root)
    running = finished_run("D", "4", 4, by_run("C/3", 3), created_at=recently(hours=1))
    running = replace(running, status="running", finished_at=None)
    write_local_run(plant(running), root)
    assert trace("A/1", downstream=None, source=source).graph.nodes["D/4"]["status"] == "running"
    ended = replace(running, status="completed", finished_at=recently(minutes=1))
    write_local_run(plant(ended), root)
    assert trace("A/1", downstream=None, source=source).graph.nodes["D/4"]["status"] == "completed"


def test_a_silent_run_that_went_on_shows(root: Path) -> None:
    source = LocalSource(root)
    silent = finished_run("D", "4", 4, by_run("C/3", 3), status="unknown", finished_at=None)
    path = write_local_run(plant(silent), root)
    assert refresh(source).read == 4
    assert refresh(source).read == 0
    ok = {"field_name": "attempt_ok", "value": "False", "ts_epoch": plant(silent).created + 90_000_000}
    (path / "work" / "2" / "_meta" / f"sysmeta_attempt_ok_{ok['ts_epoch']}.json").write_text(json.dumps(ok))
    assert refresh(source).read == 0  # it is not even looked at
    assert trace("A/1", downstream=None, source=source).graph.nodes["D/4"]["status"] == "failed"
    with open_catalog(source) as catalog:
        assert catalog.records(["D/4"])["D/4"].status == "failed"


def test_a_refresh_opens_only_the_files_that_say_what_triggered_a_run(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    born = recently(days=2)
    in_time = str(millis(born) * 1000 - 300)  # as Metaflow's local provider makes ids
    times = {"created_at": born, "finished_at": born + timedelta(minutes=5)}
    write_local_run(plant(finished_run("D", in_time, 4, by_run("C/3", 3), **times)), root)
    opened = files_opened(monkeypatch, lambda: refresh(LocalSource(root)))
    causes = ["sysmeta_execution-triggers", "sysmeta_origin-run-id"]
    assert sorted(name for name in opened if "sqlite" not in name) == [""] * 3 + sorted(causes * 4)


ENDED = "sysmeta_attempt_ok"


def test_how_a_run_ended_is_read_when_it_is_shown_and_then_kept(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "_RECENT", 0)  # the store is not just being copied
    source = LocalSource(root)
    write_local_run(plant(finished_run("C", "4", 4, by_run("B/2", 2), status="failed", tags=("late",))), root)
    refresh(source)
    with open_catalog(source) as catalog:
        assert {record.status for record in catalog.records(["C/3", "C/4"]).values()} == {"unread"}
    shown: list[Lineage] = []
    counted: list[tuple[int, int | None]] = []

    def show() -> None:
        shown.append(trace("B/2", 0, 1, source=source, progress=lambda *count: counted.append(count)))

    ends_read = [files_opened(monkeypatch, show).count(ENDED) for _ in range(2)]
    assert counted == [(3, 3)]
    assert ends_read == [5, 1]  # then only that of B/2
    for lineage in shown:
        node = lineage.graph.nodes["C/4"]
        assert (node["status"], node["tags"]) == ("failed", ["late"])
    with open_catalog(source) as catalog:
        assert catalog.records(["C/4"]) == source.read(["C/4"])


def test_a_first_attempt_that_failed_before_it_recorded_its_triggers_is_looked_at_again(root: Path) -> None:
    source = LocalSource(root)
    late = finished_run("W", "5", 5, by_run("B/2", 2), created_at=recently(hours=1))
    path = write_local_run(plant(replace(late, status="running", finished_at=None)), root) / "start/1/_meta"
    (record,) = path.glob("sysmeta_execution-triggers_*")
    (ended,) = path.glob("sysmeta_attempt_ok_*")
    kept = record.read_text(), ended.read_text()
    record.unlink()
    ended.write_text(kept[1].replace('"True"', '"False"'))
    assert "W/5" not in trace("B/2", downstream=1, source=source).runs
    ended.write_text(kept[1])
    record.write_text(kept[0])
    assert "W/5" in trace("B/2", downstream=1, source=source).runs


def test_many_runs_are_read_whole_in_batches(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "_BATCH", 1)
    shown = trace("A/1", downstream=None, source=LocalSource(root)).graph.nodes(data="status")
    assert {run: status for run, status in shown if not run.startswith("event:")} == {
        "A/1": "completed",
        "B/2": "completed",
        "C/3": "completed",
    }


def test_what_is_deleted_before_it_is_shown_is_not_shown_nor_what_lay_behind_it(root: Path) -> None:
    class Slow(LocalSource):
        def updates(self, stamps: Mapping[str, str], cancel: Cancel | None = None) -> Iterator[Changes]:
            shutil.rmtree(folder(root, "B", "2"), ignore_errors=True)
            return super().updates(stamps, cancel)

    for _ in range(2):
        assert trace("A/1", downstream=None, source=Slow(root)).runs == ["A/1"]


def chain_of_local_runs(root: Path, count: int = 3) -> list[str]:
    """A/…, B/…, C/…, each triggered by the one before; their files are of now, as those of a copy are."""
    made: list[str] = []
    born = recently(days=3)
    for number, flow in enumerate("ABCDEF"[:count]):
        when = born + timedelta(minutes=number)
        causes = [by_run(made[-1], number)] if made else []
        run_id = str(millis(when) * 1000)
        times = {"created_at": when, "finished_at": when + timedelta(seconds=30)}
        write_local_run(plant(finished_run(flow, run_id, number, *causes, **times)), root)
        made.append(f"{flow}/{run_id}")
    return made


@pytest.mark.parametrize("late", ["start/1/_meta/sysmeta_execution-triggers", "start"])
def test_a_run_that_is_still_being_copied_is_looked_at_again(tmp_path: Path, late: str) -> None:
    first, second, third = chain_of_local_runs(tmp_path)
    run = folder(tmp_path, *second.split("/"))
    aside = tmp_path / "aside"
    kept = next(run.glob(f"{late}*"))
    kept.rename(aside)
    source = LocalSource(tmp_path)
    assert trace(first, downstream=None, source=source).runs == [first]
    aside.rename(kept)
    assert trace(first, downstream=None, source=source).runs == [first, second, third]


def test_a_run_object_that_is_half_written_leaves_the_rest_of_the_run(tmp_path: Path) -> None:
    first, second, third = chain_of_local_runs(tmp_path)
    folder(tmp_path, *second.split("/"), "_meta", "_self.json").write_text("")
    for _ in range(2):
        found = trace(first, downstream=None, source=LocalSource(tmp_path))
        assert sorted(found.graph.edges) == [(first, second), (second, third)]
        assert found.graph.nodes[second]["status"] == "completed"
        assert [problem.pathspec for problem in found.problems] == [second]


def test_a_store_that_was_away_for_a_moment_is_whole_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "_RECENT", 0)  # no folder is too new to rely on its time
    runs = chain_of_local_runs(tmp_path)
    source = LocalSource(tmp_path)
    assert trace(runs[0], downstream=None, source=source).runs == runs
    store = tmp_path / ".metaflow"
    store.rename(tmp_path / "away")
    store.mkdir()
    assert refresh(source).gone == 3
    store.rmdir()
    (tmp_path / "away").rename(store)
    assert trace(runs[0], downstream=None, source=source).runs == runs


def test_a_run_folder_that_could_not_be_read_is_read_when_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "_RECENT", 0)
    first, second, third = chain_of_local_runs(tmp_path)
    meta, aside = folder(tmp_path, *second.split("/"), "_meta"), tmp_path / "aside"
    meta.rename(aside)
    source = LocalSource(tmp_path)
    assert trace(first, downstream=None, source=source).runs == [first]
    aside.rename(meta)
    assert trace(first, downstream=None, source=source).runs == [first, second, third]


def test_a_second_tag_within_one_tick_of_the_clock_shows_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (run,) = chain_of_local_runs(tmp_path, 1)
    source = LocalSource(tmp_path)
    file = folder(tmp_path, *run.split("/"), "_meta", "_self.json")

    def tagged(*tags: str) -> list[str]:
        before = file.stat()
        file.write_text(json.dumps(json.loads(file.read_text()) | {"tags": list(tags)}))
        monkeypatch.setattr(local, "_changed", lambda _: before.st_mtime_ns)  # a coarse clock
        return trace(run, downstream=None, source=source).graph.nodes[run]["tags"]

    assert tagged("one") == ["one"]
    monkeypatch.setattr(local, "_RECENT", 0)  # a minute later
    assert tagged("one", "two") == ["one", "two"]


@pytest.mark.parametrize("known", [False, True], ids=["walked", "from the catalog"])
def test_a_run_is_there_from_the_moment_that_its_id_was_made(root: Path, known: bool) -> None:
    born = recently(days=2)
    name = f"C/{millis(born) * 1000 + 1}"
    written = born + timedelta(milliseconds=2)  # the object comes a moment later
    times = {"created_at": written, "finished_at": born + timedelta(minutes=5)}
    write_local_run(plant(finished_run("C", name[2:], 4, by_run("B/2", 2), **times)), root)
    source = LocalSource(root)
    if known:
        refresh(source)
    for micros, there in ((0, False), (1, True), (1999, True), (2000, True)):
        moment = born + timedelta(microseconds=micros)
        found = trace("A/1", downstream=None, as_of=moment, source=source)
        assert (name in found.runs) is there
        assert source.latest("C", moment) == trace("C", as_of=moment, source=source).focus[0]
        assert (source.latest("C", moment) == name) is there


REFRESH = """
import sys
from lineage.catalog import refresh
from lineage.sources import LocalSource
done = refresh(LocalSource(sys.argv[1]))
print(done.read, done.gone, len(done.problems))
"""


@pytest.mark.slow
def test_two_processes_that_refresh_at_once_neither_fail_nor_lose(tmp_path: Path) -> None:
    now = {"created_at": recently(seconds=1), "finished_at": recently()}
    write_local((plant(finished_run(f"F{n % 7}", str(n), n, **now)) for n in range(700)), tmp_path)
    command = [sys.executable, "-W", "error::RuntimeWarning", "-c", REFRESH, str(tmp_path)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    said = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert refresh(LocalSource(tmp_path)).read == 0
    with open_catalog(LocalSource(tmp_path)) as catalog:
        assert len(catalog) == 700


@pytest.mark.slow
def test_runs_that_come_while_it_reads_are_there_the_next_time(root: Path) -> None:
    source, stop = LocalSource(root), threading.Event()

    def write() -> None:
        for number in range(200):
            write_local_run(plant(finished_run("W", str(number), number)), root)
        stop.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not stop.is_set():
        assert refresh(source).gone == 0
    writer.join()
    refresh(source)
    with open_catalog(source) as catalog:
        assert len(catalog) == 203


# real runs


def test_real_runs_are_read_as_the_client_reads_them(
    demo: tuple[object, dict[str, str]], demo_runs: dict[str, str]
) -> None:
    store = demo[0].root
    local, client = LocalSource(store), ClientSource()
    pathspecs = [record.pathspec for record in local.scan()]
    assert len(pathspecs) > 3
    assert local.read(pathspecs) == client.read(pathspecs)
    assert local.flows() == client.flows()


def test_a_tag_does_not_make_a_run_younger_or_somebody_elses(store: Store, metadata: Callable) -> None:
    born = recently(hours=3)
    write_local([plant(finished_run("A", "1", 1, created_at=born, finished_at=born))], store.root)
    write_local(
        [plant(finished_run("A", "2", 1, created_at=recently(hours=2), finished_at=born))], store.root
    )
    metadata(f"local@{store.root}")
    metaflow.Run("A/1", _namespace_check=False).add_tag("late")  # rewrites its date and its owner
    for source in (LocalSource(store.root), ClientSource()):
        record = source.read(["A/1"])["A/1"]
        assert (record.created_at, record.user, record.tags) == (born, "ann", ("late",))


def test_planted_runs_have_the_files_of_real_ones(demo: tuple[object, dict[str, str]]) -> None:
    """The planted store is only worth something as long as Metaflow writes what it plants."""
    real = Path(demo[0].root, ".metaflow", demo[1]["prediction"])
    planted = {name for run in small_lineage() for task in run.tasks for name, _, _ in task.fields}
    written = {path.name[8:].rsplit("_", 1)[0] for path in real.rglob("sysmeta_*")}
    rare = {
        "lineage-spawned-by",
        "lineage-spawned",
        "lineage-published",
    }  # tests/extension/recording has real ones
    assert planted - written <= {"origin-task-id", "lineage-trigger-payloads", *rare}


def test_every_error_of_the_disk_is_mapped(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in (OSError, PermissionError, TimeoutError, BlockingIOError, IsADirectoryError):

        def fail(path: str, kind: type[OSError] = kind) -> list[str]:
            raise kind(5, "as asked", path)

        with monkeypatch.context() as patch:
            patch.setattr(os, "scandir", fail)
            with pytest.raises(SourceError):
                LocalSource(root).flows()
        with monkeypatch.context() as patch:
            patch.setattr(os, "listdir", fail)
            with pytest.raises(SourceError):
                LocalSource(root).flows()
            assert LocalSource(root).read(["A/1"])["A/1"].problems
    assert SourceDenied is not SourceError
