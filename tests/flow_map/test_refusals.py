"""What Metaflow or Argo refuses is said on the map; and Metaflow really refuses it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from lineage import simulate
from lineage.flow_map import Clock, FlowMap, flow_graph
from lineage.flow_map.cron_fields import cron_problem, zone_problem
from tests.flow_map.writing import FLOWS, write_flow

pytestmark = pytest.mark.slow  # each starts the process that reads flow files

CHECKS = Path(__file__).parent / "scripts" / "deploy_checks.py"
ANY, CREATE, NOBODY = "any command", "create", "nobody"


@dataclass(frozen=True)
class Case:
    """A flow, who refuses it, and words that say so."""

    decorators: str
    who: str
    said: str
    body: str = ""
    before: str = ""


CASES = {
    # kinds of the issue, each beside the file of that name in flows/
    "unknown parameter, near": Case(
        '@trigger(event={"name": "first", "parameters": {"dat": "d"}})',
        CREATE,
        "the parameter dat, which it does not have; did you mean date?",
        'date = Parameter("date", default="x")',
    ),
    "unknown parameter, none": Case(
        '@trigger(event={"name": "first", "parameters": ["day"]})', CREATE, "does not have; it has none"
    ),
    "dotted field": Case(
        '@trigger(event={"name": "first", "parameters": {"x": "a.b"}})',
        CREATE,
        "the payload field a.b of event first",
        'x = Parameter("x", default="1")',
    ),
    "field with a space": Case(
        '@trigger(events=["second", {"name": "first", "parameters": [("x", "a b")]}])',
        CREATE,
        "the payload field a b of event first",
        'x = Parameter("x", default="1")',
    ),
    "Config": Case(
        '@trigger(event={"name": "first", "parameters": {"settings": "s"}})',
        CREATE,
        "the Config settings, which is fixed at deployment",
        'settings = Config("settings", default_value={"a": 1})',
    ),
    "Config beside a parameter": Case(
        '@trigger(event={"name": "first", "parameters": {"x": "x", "CONF": "s"}})',
        CREATE,
        "the Config CONF",
        'x = Parameter("x", default="1")\nconf = Config("conf", default_value={"a": 1})',
    ),
    "no event at all": Case("@trigger()", ANY, "names no event in @trigger"),
    "no flow": Case("@trigger_on_finish(flows=[])", ANY, "names no flow in @trigger_on_finish"),
    "two parts in a list": Case(
        '@trigger_on_finish(flows=["BFlow", "shop.EtlFlow"])',
        ANY,
        "waits for shop.EtlFlow, a name of two parts",
    ),
    "two parts, odd characters": Case('@trigger_on_finish(flow="a-b.EtlFlow")', ANY, "a name of two parts"),
    "project without branch": Case(
        '@trigger_on_finish(flow={"name": "EtlFlow", "project": "shop"})',
        CREATE,
        "EtlFlow of project 'shop', without its project_branch",
    ),
    "branch without project": Case(
        '@trigger_on_finish(flows=[{"name": "EtlFlow", "project_branch": "prod"}])',
        CREATE,
        "EtlFlow of project_branch 'prod', without its project",
    ),
    "function within a mapping": Case(
        '@trigger(event={"name": "first", "parameters": {"x": lambda context: "y"}})',
        ANY,
        "within the mapping of event first",
        'x = Parameter("x", default="1")',
    ),
    "function within a list of pairs": Case(
        '@trigger(event={"name": "first", "parameters": [("x", field)]})',
        ANY,
        "the function field where Metaflow takes none within the mapping",
        'x = Parameter("x", default="1")',
        "def field(context):\n    return 'y'\n",
    ),
    "event with a space": Case('@trigger(event="orders ready")', CREATE, "the event 'orders ready'"),
    "event with a sign": Case('@trigger(events=["a", "b:c"])', CREATE, "the event 'b:c'"),
    # what else Metaflow refuses
    "event and events": Case('@trigger(event="a", events=["b"])', ANY, "has both event= and events="),
    "event twice": Case('@trigger(events=["a", "a"])', ANY, "listens twice to the event a"),
    "event without a name": Case('@trigger(event={"parameters": {}})', ANY, "an event without a name"),
    "a number for an event": Case("@trigger(event=5)", ANY, "has 5 for an event"),
    "a tuple of events": Case(
        '@trigger(events=("a", "b"))', ANY, "tuple ('a', 'b') where Metaflow takes a list"
    ),
    "parameter twice": Case(
        '@trigger(events=[{"name": "a", "parameters": ["x"]}, {"name": "b", "parameters": ["X"]}])',
        CREATE,
        "maps two payload fields to its parameter X",
        'x = Parameter("x", default="1")',
    ),
    "parameter with capitals": Case(
        '@trigger(event="a")',
        CREATE,
        "the parameter Rows: `argo-workflows create` fails",
        'Rows = Parameter("Rows")',
    ),
    "both decorators": Case(
        '@trigger(event="a")\n@trigger_on_finish(flow="BFlow")',
        CREATE,
        "has both @trigger and @trigger_on_finish",
    ),
    "flow with a dash": Case(
        '@trigger_on_finish(flow="B-Flow")', ANY, "B-Flow, which cannot be the name of a flow"
    ),
    "flow dict with a dot": Case(
        '@trigger_on_finish(flow={"name": "shop.prod.BFlow"})', ANY, "whose name is not that of a flow"
    ),
    "function within flows": Case(
        "@trigger_on_finish(flows=[lambda context: 'BFlow'])",
        ANY,
        "where Metaflow takes none in @trigger_on_finish",
    ),
    "project name": Case('@project(name="My Shop")', ANY, "has a @project that Metaflow refuses"),
    "reserved parameter": Case(
        "", CREATE, "a parameter named script", 'script = Parameter("script", default="x")'
    ),
    "schedule without a default": Case(
        "@schedule(daily=True)", CREATE, "a required parameter x", 'x = Parameter("x", required=True)'
    ),
    "reset without a dict": Case(
        '@trigger(event="a", options={"reset_at": "daily"})', CREATE, "`argo-workflows create` fails at it"
    ),
    # what Metaflow lets pass and Argo does not take
    "weekday 7 in a range": Case(
        '@schedule(cron="0 9 * * 1-7")', NOBODY, "the day of week 1-7 is not within 0 to 6"
    ),
    "weekday 7 of six fields": Case('@schedule(cron="0 9 ? * 7 *")', NOBODY, "the day of week 7"),
    "reset at a word": Case(
        '@trigger(events=["a", "b"], options={"reset_at": {"cron": "@daily", "timezone": "UTC"}})',
        NOBODY,
        "the word @daily is not taken here",
    ),
    "reset in an unknown zone": Case(
        '@trigger(events=["a", "b"], options={"reset_at": {"cron": "0 0 * * *", "timezone": "Berlin"}})',
        NOBODY,
        "the time zone 'Berlin' is not known",
    ),
    "schedule in an unknown zone": Case(
        '@schedule(cron="0 9 * * *", timezone="Europe/Nowhere")', NOBODY, "'Europe/Nowhere' is not known"
    ),
    "schedule in two zones": Case(
        '@schedule(cron="CRON_TZ=Asia/Tokyo @daily", timezone="Europe/Berlin")',
        NOBODY,
        "it has 2 fields instead of five",
    ),
    "schedule by an unknown word": Case('@schedule(cron="@dayly")', NOBODY, "the word @dayly is not known"),
}
FILES = {
    "unknown_parameter": (CREATE, "the parameter day, which it does not have; it has week"),
    "dashed_field": (CREATE, "the payload field min-rows of event orders.ready to its parameter min-rows"),
    "no_events": (ANY, "names no event in @trigger"),
    "two_part_name": (ANY, "shop.EtlFlow, a name of two parts"),
    "weekday_seven": (NOBODY, "the day of week 7 is not within 0 to 6"),
    "reset_weekday_seven": (NOBODY, "resets at '0 9 * * 7'"),
    "illegal_event_name": (CREATE, "'orders/ready'"),
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("refused")
    files = {
        name: write_flow(folder / f"f{number}.py", case.decorators, case.body, f"F{number}Flow", case.before)
        for number, (name, case) in enumerate(CASES.items())
    }
    return files | {name: FLOWS / f"{name}.py" for name in FILES}


@pytest.fixture(scope="module")
def maps(written: dict[str, Path]) -> dict[str, FlowMap]:
    """The map of each file, all of them read by one process."""
    together = flow_graph(files=list(written.values()))
    assert not together.problems
    by_file = {one.file: one for one in together.declarations.values()}
    return {name: FlowMap.of([by_file[str(path)]]) for name, path in written.items()}


@pytest.fixture(scope="module")
def refusers(written: dict[str, Path]) -> dict[str, list[str]]:
    command = [sys.executable, str(CHECKS), *map(str, written.values())]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    return dict(zip(written, answers, strict=True))


WANTED = {name: (case.who, case.said) for name, case in CASES.items()} | FILES


@pytest.mark.parametrize("name", WANTED)
def test_what_is_refused_is_a_caution_that_says_who_refuses_it(
    name: str, maps: dict[str, FlowMap], refusers: dict[str, list[str]]
) -> None:
    who, said = WANTED[name]
    assert refusers[name][0] == who, refusers[name]
    told = [str(caution) for caution in maps[name].warnings if caution.kind == "refused"]
    assert any(said in one for one in told), told
    if who == ANY:
        assert any("Metaflow refuses" in one for one in told)
    if who == CREATE:
        assert any("`argo-workflows create`" in one for one in told)
    assert not any(caution.kind == "not resolved" for caution in maps[name].warnings)


def test_a_flow_that_nothing_refuses_has_no_such_caution(tmp_path: Path) -> None:
    decorators = (
        '@project(name="shop")\n'
        '@schedule(cron="0 9 ? * MON-FRI *", timezone="America/Santiago")\n'
        '@trigger(events=[{"name": "a.b-c_d", "parameters": {"MIN-ROWS": "rows"}}, "second"],'
        ' options={"reset_at": {"cron": "CRON_TZ=Europe/Berlin 0 0 * * 0"}})'
    )
    path = write_flow(tmp_path / "good.py", decorators, 'rows = Parameter("min-rows", default=1)')
    flows = flow_graph(files=path)
    assert not flows.warnings
    (flow,) = flows.declarations.values()
    assert [w.event for w in flow.listens] == ["a.b-c_d", "second"]
    assert flow.listens[0].parameters == {"min-rows": "rows"}
    assert flow.schedule == Clock("0 9 ? * MON-FRI", "America/Santiago")
    assert flow.reset_at == Clock("0 0 * * 0", "Europe/Berlin")


def test_a_flow_with_a_bad_reset_is_simulated_without_it(maps: dict[str, FlowMap]) -> None:
    flows = maps["reset_weekday_seven"]
    sim = simulate(flows, ["orders.ready", "prices.ready"])
    assert sim.why["ResetSeven"].startswith("fires at")


def test_no_flow_is_drawn_for_a_name_of_two_parts(maps: dict[str, FlowMap]) -> None:
    assert list(maps["two_part_name"].graph) == ["TwoPart"]


@pytest.mark.parametrize(
    "cron",
    ["*/5 0-23/2 1,15 jan-mar MON", "5/15 * * * ?", "@daily", "@every 1h30m", "TZ=Asia/Tokyo 0 0 * * *"],
)
def test_what_argo_workflows_reads_is_no_problem(cron: str) -> None:
    assert cron_problem(cron, descriptors=True) is None


@pytest.mark.parametrize(
    ("cron", "said"),
    [
        ("0 9 * *", "4 fields instead of five"),
        ("60 9 * * *", "the minute 60"),
        ("0 9 31-30 * *", "the day of month 31-30"),
        ("0 9 * * MON#2", "not a number, a range or a name"),
        ("*/0 9 * * *", "a step that is not a number above 0"),
        ("TZ=Nowhere 0 0 * * *", "the time zone 'Nowhere'"),
    ],
)
def test_what_argo_cannot_read_is_named(cron: str, said: str) -> None:
    assert said in (cron_problem(cron, descriptors=True) or "")


def test_time_zones_are_those_of_the_database() -> None:
    assert zone_problem("") is None
    assert zone_problem("America/Argentina/Buenos_Aires") is None
    assert "not known" in (zone_problem("/etc/passwd") or "")
