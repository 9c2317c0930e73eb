"""The card of real runs: what it says, and that no run is worse off for it."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import metaflow
import pytest

from lineage.errors import InvalidArgument, RunNotFound, SourceUnreachable
from lineage.render.card import card_page
from tests.support.cards import Made, cards_of, nodes_in, scene_in
from tests.support.metadata_server import Fault, MetadataServer
from tests.support.planted import plant
from tests.support.planted_lineages import by_run, finished_run
from tests.support.store import Store


def test_a_step_has_a_card_with_all_that_led_to_its_run_also_of_other_users(with_cards: Made) -> None:
    there = nodes_in(cards_of(with_cards.store, with_cards.carded)[None])
    assert set(there) == {with_cards.etl, with_cards.training, with_cards.carded}
    assert there[with_cards.etl]["user"] == "bob"
    assert there[with_cards.training]["status"] == "completed"


def test_the_run_shows_as_running_and_the_card_says_why(with_cards: Made) -> None:
    scene = scene_in(cards_of(with_cards.store, with_cards.carded)[None])
    (focus,) = scene["focus"]
    assert (scene["nodes"][focus]["id"], scene["nodes"][focus]["status"]) == (with_cards.carded, "running")
    assert scene["source"].startswith("drawn before the run ended  ·  local store at ")
    assert not scene["problems"]


def test_a_card_with_options_stops_there_and_counts_what_is_beyond(with_cards: Made) -> None:
    there = nodes_in(cards_of(with_cards.store, with_cards.carded)["near"])
    assert set(there) == {with_cards.training, with_cards.carded}
    assert there[with_cards.training]["more_upstream"] == 1


def test_every_step_has_one_with_the_option_of_the_command_and_says_that_nothing_triggered_it(
    with_cards: Made,
) -> None:
    scenes = [scene_in(cards_of(with_cards.store, with_cards.etl, step)[None]) for step in ("start", "end")]
    for scene in scenes:
        assert [node["id"] for node in scene["nodes"]] == [with_cards.etl]
        assert scene["source"].startswith("Nothing triggered this run  ·  ")


def test_card_get_gives_the_same_page(with_cards: Made) -> None:
    run_id = with_cards.carded.split("/")[1]
    done = with_cards.store.flow("carded", "get", f"{run_id}/start", "--id", "near", command="card")
    page = cards_of(with_cards.store, with_cards.carded)["near"]
    assert page in done.output


def test_a_page_is_ascii_whatever_the_names_are(with_cards: Made) -> None:
    assert all(page.isascii() for page in cards_of(with_cards.store, with_cards.carded).values())


def test_a_triggering_run_that_is_gone_is_drawn_as_missing(store: Store) -> None:
    etl = store.flow("etl")
    training = store.flow("training", trigger=[str(etl.pathspec)])
    shutil.rmtree(store.metaflow_dir / str(etl.pathspec))
    done = store.flow("carded", trigger=[str(training.pathspec)])
    assert done.returncode == 0, done.output
    assert nodes_in(cards_of(store, done.pathspec)[None])[str(etl.pathspec)]["status"] == "missing"


def test_the_command_takes_options_too(store: Store) -> None:
    etl = store.flow("etl")
    spec = 'card:type=lineage,options={"upstream": 0}'
    done = store.flow("training", trigger=[str(etl.pathspec)], options=["--with", spec])
    assert done.returncode == 0, done.output
    there = nodes_in(cards_of(store, done.pathspec)[None])
    assert list(there) == [done.pathspec]
    assert there[str(done.pathspec)]["more_upstream"] == 1


# ---- a step that fails


def test_a_step_that_fails_keeps_its_lineage_card_of_its_last_attempt_and_no_other_card(store: Store) -> None:
    done = store.flow("failing_with_card")
    assert done.returncode != 0
    code = f"""
import json
from metaflow import Run
from metaflow.cards import get_cards
task = Run("{done.pathspec}", _namespace_check=False)["start"].task
print(json.dumps([[card.type, card.id, card.get()] for card in get_cards(task)]))
"""
    ((kind, name, page),) = store.client(code)  # type: ignore[misc]  # `code` prints a list
    assert (kind, name) == ("lineage", "lineage")
    assert nodes_in(page)[str(done.pathspec)]["status"] in ("running", "failed")


# ---- where it cannot be drawn


def beside(store: Store, files: dict[str, str], flow: str = "training") -> Path:
    """A copy of a flow, with other files that its folder has."""
    for name, text in files.items():
        path = store.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return Path(shutil.copy(Path(__file__).parent.parent / "flows" / f"{flow}.py", store.root))


def test_without_lineage_the_card_is_a_text_that_says_what_triggered_the_run(store: Store) -> None:
    etl = store.flow("etl")
    flow = beside(store, {"lineage.py": "# somebody else's module, which is found first\n"})
    done = store.flow(flow, trigger=[str(etl.pathspec)], options=["--with", "card:type=lineage"])
    assert done.returncode == 0, done.output
    page = cards_of(store, done.pathspec)[None]
    assert f"<p>Triggered by {etl.pathspec} at " in page
    assert "metaflow-lineage, which cannot be imported" in page
    assert "<script" not in page


def test_without_lineage_and_without_a_trigger_it_says_so(store: Store) -> None:
    flow = beside(store, {"lineage.py": ""}, "etl")
    done = store.flow(flow, options=["--with", "card:type=lineage"])
    assert done.returncode == 0, done.output
    assert "<p>Nothing triggered this run.</p>" in cards_of(store, done.pathspec)[None]


def test_a_wrong_option_is_told_in_the_card_and_the_run_goes_on(store: Store) -> None:
    done = store.flow("etl", options=["--with", 'card:type=lineage,options={"upstraem": 2}'])
    assert done.returncode == 0, done.output
    page = cards_of(store, done.pathspec)[None]
    assert "the card has no option &#x27;upstraem&#x27;, only upstream and seconds" in page
    assert "did you mean upstream?" in page


def test_a_run_whose_card_fails_is_none_the_worse(store: Store) -> None:
    broken = {"lineage/__init__.py": "", "lineage/card.py": "raise RuntimeError('broken')"}
    flow = beside(store, broken, "etl")
    done = store.flow(flow, options=["--with", "card:type=lineage"])
    assert done.returncode == 0, done.output
    assert store.client(f"from metaflow import Run; print(str(Run('{done.pathspec}').successful).lower())")
    page = cards_of(store, done.pathspec)[None]  # Metaflow's error card, with its words in base64
    shown = re.findall(r"[A-Za-z0-9+/=]{400,}", page)
    assert b"RuntimeError: broken" in base64.b64decode(shown[-1])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"upstream": -1}, "upstream must be a number of hops (0 for none) or None for no limit, not -1"),
        ({"upstream": True}, "not True"),
        ({"upstream": "all"}, "not 'all'"),
        ({"seconds": 0}, "seconds must be a number above 0, not 0"),
        ({"seconds": float("nan")}, "not nan"),
        ({"seconds": None}, "not None"),
        ({"downstream": 1}, "no option 'downstream', only upstream and seconds; did you mean upstream?"),
        ("upstream", "must be a dict"),
    ],
)
def test_what_no_card_could_mean_is_refused_before_anything_is_read(options: Any, words: str) -> None:
    with pytest.raises(InvalidArgument, match=re.escape(words)):
        card_page("NoFlow/1", options)


def test_a_run_that_is_not_there_is_an_error(with_cards: Made, read_from: Callable[[str], None]) -> None:
    read_from(f"local@{with_cards.store.root}")
    with pytest.raises(RunNotFound, match="ETLFlow/0 was not found in the local store at"):
        card_page("ETLFlow/0", {})


# ---- a service that is slow, or fails


@pytest.fixture
def read_from() -> Iterator[Callable[[str], None]]:
    """Points Metaflow's client in this process at another place."""
    yield lambda place: metaflow.metadata(place) and None
    metaflow.default_metadata()


@pytest.fixture
def served(read_from: Callable[[str], None]) -> Iterator[MetadataServer]:
    """A service with three runs in a row, which Metaflow here is configured for."""
    runs = [finished_run("A", "1", 1), finished_run("B", "2", 2, by_run("A/1", 1))]
    runs.append(finished_run("C", "3", 3, by_run("B/2", 2)))
    with MetadataServer([plant(run) for run in runs]) as server:
        read_from(f"service@{server.url}")
        yield server


def test_over_http_it_is_the_same(served: MetadataServer) -> None:
    scene = scene_in(card_page("C/3", {}))
    assert [node["id"] for node in scene["nodes"]] == ["A/1", "B/2", "C/3"]
    assert not scene["problems"]


def test_what_is_not_read_in_time_is_counted_and_the_card_says_so(served: MetadataServer) -> None:
    served.faults.append(Fault(r"/flows/A/", hang=True))
    scene = scene_in(card_page("C/3", {"seconds": 1}))
    assert [node["id"] for node in scene["nodes"]] == ["B/2", "C/3"]
    assert scene["nodes"][0]["more_upstream"] == 1
    (problem,) = scene["problems"]
    assert problem["pathspec"] == "C/3"
    assert problem["reason"] == "its causes were read for 1 s, which was not enough for all of them"


def test_a_triggering_run_that_the_service_fails_on_does_not_cost_the_rest(served: MetadataServer) -> None:
    served.faults.append(Fault(r"/flows/A/", status=403))
    scene = scene_in(card_page("C/3", {}))
    assert [node["id"] for node in scene["nodes"]] == ["B/2", "C/3"]
    assert "its causes could not all be read: The Metaflow service at" in scene["problems"][0]["reason"]


def test_a_run_that_is_itself_not_read_is_an_error(served: MetadataServer) -> None:
    served.faults.append(Fault(r"/flows/C/", hang=True))
    with pytest.raises(SourceUnreachable, match="C/3 was not read from the Metaflow service at"):
        card_page("C/3", {"seconds": 0.5})


def test_the_process_ends_soon_even_when_the_service_is_silent(served: MetadataServer) -> None:
    served.faults.append(Fault(r"/flows/A/", hang=True))
    environ = {k: v for k, v in os.environ.items() if not k.startswith("METAFLOW_")}
    service = {"METAFLOW_DEFAULT_METADATA": "service", "METAFLOW_SERVICE_URL": served.url}
    code = "import json; from lineage.card import card_page; card_page('C/3', {'seconds': 2}); print('{}')"
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environ | service | {"METAFLOW_HOME": os.devnull, "METAFLOW_USER": "ann"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert json.loads(done.stdout) == {}, done.stderr
    assert time.monotonic() - began < 15  # one answer of a patient reader alone is waited for 30 s


# ---- in a container that has little

TAKEN_AWAY = {"plotly", "numpy", "pandas", "ipywidgets", "anywidget", "IPython", "tqdm"}
HOOK = f"""
import sys


class TakenAway:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {TAKEN_AWAY}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)


sys.meta_path.insert(0, TakenAway())
"""
SMALL = """
from importlib import import_module

from metaflow import FlowSpec, card, current, step, trigger_on_finish


@trigger_on_finish(flow="TrainingFlow")
class SmallFlow(FlowSpec):
    @card(type="lineage")
    @step
    def start(self):
        self.missing = []
        for name in TAKEN_AWAY:
            try:
                import_module(name)
            except ModuleNotFoundError:
                self.missing.append(name)
        self.model = current.trigger.run.data.model
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    SmallFlow()
"""


def test_recorder_and_card_need_neither_figures_nor_widgets_nor_numpy(
    with_cards: Made, tmp_path: Path
) -> None:
    shutil.copytree(with_cards.store.metaflow_dir, tmp_path / "store/.metaflow")
    store = Store(tmp_path / "store")
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook/sitecustomize.py").write_text(HOOK)  # Python imports it when it starts
    flow = tmp_path / "small.py"
    flow.write_text(SMALL.replace("TAKEN_AWAY", repr(sorted(TAKEN_AWAY))))
    done = store.flow(flow, trigger=[with_cards.training], env={"PYTHONPATH": str(tmp_path / "hook")})
    assert done.returncode == 0, done.output
    code = f"""
import json
from metaflow import Run
task = Run("{done.pathspec}", _namespace_check=False)["start"].task
print(json.dumps([task["missing"].data, task.metadata_dict["lineage-reads"]]))
"""
    missing, reads = store.client(code)  # type: ignore[misc]  # `code` prints a list
    assert missing == sorted(TAKEN_AWAY)
    assert "model" in reads
    assert set(nodes_in(cards_of(store, done.pathspec)[None])) == {
        with_cards.etl,
        with_cards.training,
        done.pathspec,
    }
