"""Flow files as people write them: Configs, mutators, bases, bad imports, and old Metaflow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lineage import simulate
from lineage.errors import FlowNotFound, InvalidArgument
from lineage.flow_map import Clock, FlowDeclaration, FlowMap, flow_graph
from tests.flow_map.writing import FLOWS, write_flow

pytestmark = pytest.mark.slow  # each starts the process that reads flow files


@pytest.fixture(autouse=True)
def _ann(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METAFLOW_USER", "ann")
    for variable in ("METAFLOW_FLOW_CONFIG", "METAFLOW_FLOW_CONFIG_VALUE"):
        monkeypatch.delenv(variable, raising=False)


def read(path: Path) -> FlowDeclaration:
    """The one flow of a file that is read without a problem."""
    flows = flow_graph(files=path)
    assert not flows.problems
    (only,) = flows.declarations.values()
    return only


def listened(flow: FlowDeclaration) -> list[str]:
    return [one.event for one in flow.listens]


# Configs

SETTINGS = """settings = Config("settings", default_value={
    "event": "orders.ready", "flow": "EtlFlow", "cron": "0 9 * * 1", "name": "shop",
    "mapped": {"name": "orders.ready", "parameters": {"x": "y"}}, "words": ["first", "second"],
    "objects": [{"name": "first", "parameters": {"x": "a"}}, {"name": "second"}],
})
x = Parameter("x", default="1")"""


@pytest.mark.parametrize(
    ("decorator", "events"),
    [
        ('@trigger(event=config_expr("settings.event"))', ["orders.ready"]),
        ('@trigger(event=config_expr("settings").event)', ["orders.ready"]),
        ("@trigger(event=config_expr(\"settings.event + '.late'\"))", ["orders.ready.late"]),
        ('@trigger(events=[config_expr("settings.event"), "second"])', ["orders.ready", "second"]),
        ('@trigger(events=config_expr("settings.words"))', ["first", "second"]),
        ('@trigger(event=config_expr("settings.mapped"))', ["orders.ready"]),
        ('@trigger_on(events=config_expr("settings.objects"))', ["first", "second"]),
        ('@trigger_on_finish(flow=config_expr("settings.flow"))', ["metaflow.EtlFlow.end"]),
        ("@trigger(event=lambda context: context.configs.settings.event)", ["orders.ready"]),
    ],
)
def test_a_config_in_a_decorator_is_resolved_and_its_default_is_marked(
    decorator: str, events: list[str], tmp_path: Path
) -> None:
    flow = read(write_flow(tmp_path / "flow.py", decorator, SETTINGS))
    assert listened(flow) == events
    assert not flow.refused
    if "context" not in decorator:
        assert all("default of Config settings" in (one.assumed or "") for one in flow.listens)


def test_a_config_decides_project_and_schedule(tmp_path: Path) -> None:
    decorators = (
        '@project(name=config_expr("settings.name"))\n'
        '@schedule(cron=config_expr("settings.cron"))\n@trigger_on_finish(flow="EtlFlow")'
    )
    flow = read(write_flow(tmp_path / "flow.py", decorators, SETTINGS))
    assert flow.key == "shop.user.ann.AFlow"
    assert flow.schedule == Clock("0 9 * * 1")
    assert listened(flow) == ["metaflow.shop.user.ann.EtlFlow.end"]
    assert "its schedule: it is what the default of Config settings says" in (flow.assumed or "")
    assert "default of Config settings" in (flow.listens[0].assumed or "")


def test_a_config_of_the_environment_is_taken_as_the_command_line_takes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_flow(tmp_path / "flow.py", '@trigger(event=config_expr("settings.event"))', SETTINGS)
    monkeypatch.setenv("METAFLOW_FLOW_CONFIG_VALUE", json.dumps({"settings": {"event": "given"}}))
    (only,) = read(path).listens
    assert (only.event, only.assumed) == ("given", None)
    monkeypatch.delenv("METAFLOW_FLOW_CONFIG_VALUE")
    (tmp_path / "mine.json").write_text(
        '{"event": "from a file".split()[0]}'.replace('"from a file".split()[0]', '"filed"')
    )
    monkeypatch.setenv("METAFLOW_FLOW_CONFIG", json.dumps({"settings": str(tmp_path / "mine.json")}))
    (only,) = read(path).listens
    assert (only.event, only.assumed) == ("filed", None)


def test_a_default_file_is_found_beside_the_flow(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text('{"event": "orders.ready"}')
    body = 'settings = Config("settings", default="settings.json")'
    path = write_flow(tmp_path / "flow.py", '@trigger(event=config_expr("settings.event"))', body)
    assert listened(read(path)) == ["orders.ready"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('settings = Config("settings", required=True)', "missing configuration for 'settings'"),
        ('settings = Config("settings", default="gone.json")', "default configuration file"),
        ('settings = Config("settings", default_value={"evnt": "x"})', "settings.event cannot be evaluated"),
    ],
)
def test_a_config_that_cannot_be_resolved_is_said_and_the_rest_is_mapped(
    body: str, said: str, tmp_path: Path
) -> None:
    decorators = '@trigger(events=[config_expr("settings.event"), "second"])\n@schedule(hourly=True)'
    flow = read(write_flow(tmp_path / "flow.py", decorators, body))
    assert listened(flow) == ["second"]
    assert flow.schedule == Clock("0 * * * *")
    (note,) = flow.notes
    assert said in note
    assert "\n" not in note


def test_objects_of_a_config_are_refused_under_metaflows_own_decorator(tmp_path: Path) -> None:
    path = write_flow(tmp_path / "flow.py", '@trigger(events=config_expr("settings.objects"))', SETTINGS)
    flow = read(path)
    assert "objects of a Config" in flow.refused[0]
    done = subprocess.run([sys.executable, str(path), "show"], capture_output=True, text=True)
    assert done.returncode != 0  # "ConfigValue is immutable"
    path.write_text(path.read_text().replace("@trigger(", "@trigger_on("))
    done = subprocess.run([sys.executable, str(path), "show"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


# mutators

MUTATOR = """class Audited(FlowMutator):
    def pre_mutate(self, mutable_flow):
{}
"""


def mutator(*lines: str) -> str:
    return MUTATOR.format("\n".join(f"        {line}" for line in lines))


ADD = "mutable_flow.add_decorator(trigger_on_finish, deco_kwargs={'flow': 'EtlFlow'})"


def test_a_bare_mutator_hides_no_flow() -> None:
    flows = flow_graph(files=FLOWS / "bare_mutator.py")
    assert list(flows.graph.edges) == [("EtlFlow", "AuditedFlow")]


@pytest.mark.parametrize("decorators", ["@Audited", "@Audited()", "@Audited\n@schedule(hourly=True)"])
def test_what_a_mutator_adds_is_seen(decorators: str, tmp_path: Path) -> None:
    flow = read(write_flow(tmp_path / "flow.py", decorators, before=mutator(ADD)))
    assert listened(flow) == ["metaflow.EtlFlow.end"]
    assert not flow.notes


def test_a_mutator_sees_the_configs(tmp_path: Path) -> None:
    lines = mutator("name = mutable_flow.settings.flow", ADD.replace("'EtlFlow'", "name"))
    flow = read(write_flow(tmp_path / "flow.py", "@Audited", SETTINGS, before=lines))
    assert listened(flow) == ["metaflow.EtlFlow.end"]
    assert "default of Config settings" in (flow.listens[0].assumed or "")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("open('written.txt', 'w')", "would write to written.txt"),
        ("import subprocess; subprocess.run(['true'])", "would start a program"),
        ("import socket; socket.create_connection(('127.0.0.1', 9))", "would use the network"),
        ("import os; os.remove('kept.txt')", "would change kept.txt"),
        ("raise ValueError('no such team')", "failed with ValueError: no such team"),
        ("import sys; sys.exit('no licence')", "failed with SystemExit: no licence"),
        ("import os; os._exit(3)", "would end the process (os._exit(3))"),
    ],
)
def test_a_mutator_with_side_effects_is_stopped_and_said(
    line: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kept.txt").touch()
    decorators = '@Audited\n@trigger(event="first")'
    flow = read(write_flow(tmp_path / "flow.py", decorators, before=mutator(line, ADD)))
    assert listened(flow) == ["first"]
    assert f"the mutator Audited, which {said}" in flow.notes[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["flow.py", "kept.txt"]


def test_a_mutator_of_a_base_does_not_disturb_the_flows_below_it(tmp_path: Path) -> None:
    (tmp_path / "flow.py").write_text(
        """from metaflow import FlowMutator, FlowSpec, Parameter, step, trigger

class Named(FlowMutator):
    def pre_mutate(self, mutable_flow):
        mutable_flow.add_parameter("extra", Parameter("extra", default=1), overwrite=False)

@Named
class BaseFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self):
        pass

@trigger(event="first")
class LowerFlow(BaseFlow):
    pass
"""
    )
    flows = flow_graph(files=tmp_path / "flow.py")
    assert sorted(flows) == ["BaseFlow", "LowerFlow"]
    assert listened(flows["LowerFlow"]) == ["first"]
    assert not [note for name in flows for note in flows[name].notes]
    assert not flows.problems


def test_a_mutator_of_a_step_is_run_too(tmp_path: Path) -> None:
    before = (
        "class Marked(StepMutator):\n"
        "    def pre_mutate(self, mutable_step):\n"
        "        raise RuntimeError('no licence')\n"
    )
    body = "@Marked\n@step\ndef start(self):\n    self.next(self.end)\n"
    path = write_flow(tmp_path / "flow.py", before=before, body=body)
    path.write_text(
        path.read_text().replace("    @step\n    def start(self):\n\n        self.next(self.end)\n", "", 1)
    )
    assert "Marked, which failed with RuntimeError: no licence" in read(path).notes[0]


# one bad class or import


def test_steps_may_come_from_a_base_without_a_start_or_from_a_plain_mixin(tmp_path: Path) -> None:
    (tmp_path / "flow.py").write_text(
        """from metaflow import FlowSpec, step, trigger, trigger_on_finish

class EndingFlow(FlowSpec):
    @step
    def end(self):
        pass

@trigger_on_finish(flow="EtlFlow")
class WholeFlow(EndingFlow):
    @step
    def start(self):
        self.next(self.end)

class Ending:
    @step
    def end(self):
        pass

@trigger(event="mixed")
class MixedFlow(Ending, FlowSpec):
    @step
    def start(self):
        self.next(self.end)
"""
    )
    flows = flow_graph(files=tmp_path / "flow.py")
    assert listened(flows["WholeFlow"]) == ["metaflow.EtlFlow.end"]
    assert listened(flows["MixedFlow"]) == ["mixed"]
    assert not flows.problems


def test_a_base_class_without_an_end_is_stepped_over() -> None:
    flows = flow_graph(files=FLOWS / "unfinished_base.py")
    assert not flows.problems
    assert list(flows.graph.edges) == [("EtlFlow", "WholeFlow")]


def test_one_bad_class_does_not_lose_the_others(tmp_path: Path) -> None:
    path = write_flow(tmp_path / "flow.py", '@trigger(event="first")', name="GoodFlow")
    more = (
        '\n\n@trigger(event="second")\nclass OpenFlow(FlowSpec):\n    @step\n    def start(self):\n'
        "        self.next(self.gone)\n\n\n"
        "class Abstract(FlowSpec):\n    @step\n    def start(self):\n        self.next(self.work)\n"
    )
    path.write_text(path.read_text() + more)
    flows = flow_graph(files=path)
    assert list(flows) == ["GoodFlow"]
    (problem,) = flows.problems  # a base for other files is no problem
    assert "OpenFlow is not finished: its step start goes on to gone" in problem.reason


TEXT = """
import no_such_package
from metaflow import FlowSpec, Parameter, project, step, trigger, trigger_on_finish, namespaced_event_name
from metaflow.integrations import ArgoEvent

EVENT = "orders.ready"
SENT = namespaced_event_name("sent")


class Base(FlowSpec):
    rows = Parameter("rows", required=True)

    @step
    def start(self):
        self.items = [1, 2]
        self.next(self.work, foreach="items")

    @step
    def work(self):
        ArgoEvent(SENT).publish()
        self.next(self.gather)


@project(name="shop")
@trigger(events=[{"name": EVENT, "parameters": {"rows": "n"}}, namespaced_event_name("checked"), made()])
class FirstFlow(Base):
    @step
    def gather(self, inputs):
        self.next(self.end)

    @step
    def end(self):
        pass


@audited
@trigger_on_finish(flow="FirstFlow")
class SecondFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.left, self.right)

    @step
    def left(self):
        self.next(self.both)

    @step
    def right(self):
        self.next(self.both)

    @step
    def both(self, inputs):
        self.next(self.end)

    @step
    def end(self):
        pass
"""


def test_a_file_that_cannot_be_imported_is_read_by_its_text_and_marked(tmp_path: Path) -> None:
    (tmp_path / "flow.py").write_text(TEXT)
    flows = flow_graph(files=tmp_path)
    assert [flow.flow for flow in flows.declarations.values()] == ["SecondFlow", "FirstFlow"]
    first, second = flows["FirstFlow"], flows["SecondFlow"]
    assert first.key == "shop.user.ann.FirstFlow"
    assert listened(first) == ["orders.ready", "mfns.shop.user.ann.checked"]
    assert first.listens[0].parameters == {"rows": "n"}
    assert first.listens[0].required == {"n"}
    assert first.publishes == ("mfns.shop.user.ann.sent",)
    assert (first.steps, first.foreach_steps) == (("start", "work", "gather", "end"), {"work"})
    assert "the code `made()`, which was not run" in first.notes[0]
    assert (second.steps, second.foreach_steps) == (("start", "left", "right", "both", "end"), frozenset())
    assert "the decorator audited, which was not run" in second.notes[0]
    why = "ModuleNotFoundError, line 2: No module named 'no_such_package'"
    for flow in (first, second):
        assert why in (flow.assumed or "")
        assert all(why in (one.assumed or "") for one in flow.listens)
        assert flow.declared_by == f"text of file {tmp_path / 'flow.py'}"
    assert flows.graph.nodes["SecondFlow"]["assumed"]
    (problem,) = flows.problems
    assert why in problem.reason


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("import os; os._exit(3)", "ended the process (exit code 3)"),
        ("import os; os.abort()", "ended the process (SIGABRT)"),
        ("raise SystemExit('not here')", "SystemExit, line 1: not here"),
        ("1 / 0", "ZeroDivisionError, line 1"),
    ],
)
def test_however_the_import_ends_the_text_is_read(line: str, said: str, tmp_path: Path) -> None:
    path = write_flow(tmp_path / "flow.py", '@trigger_on_finish(flow="EtlFlow")', imports=line)
    flows = flow_graph(files=path)
    assert list(flows.graph.edges) == [("EtlFlow", "AFlow")]
    (problem,) = flows.problems
    assert said in problem.reason


def test_text_that_runs_in_circles_is_read_to_its_end(tmp_path: Path) -> None:
    before = "import no_such_package\nNAMES = [NAMES]\nA = B\nB = A\n"
    path = write_flow(tmp_path / "flow.py", "@trigger(events=NAMES)", before=before)
    assert flow_graph(files=path)["AFlow"].notes


def test_helper_modules_are_no_problems(tmp_path: Path) -> None:
    write_flow(tmp_path / "flow.py", "@trigger(event=helper.EVENT)", imports="import helper")
    (tmp_path / "helper.py").write_text('EVENT = "first"\n')
    (tmp_path / "bases.py").write_text("from metaflow import FlowSpec\n\nclass Base(FlowSpec):\n    pass\n")
    flows = flow_graph(files=tmp_path)
    assert not flows.problems
    assert listened(flows["AFlow"]) == ["first"]


def test_a_function_that_fails_loses_only_its_own_name(tmp_path: Path) -> None:
    before = "def made(context):\n    raise KeyError('TEAM')\n"
    flow = read(write_flow(tmp_path / "flow.py", '@trigger(events=["first", made])', before=before))
    assert listened(flow) == ["first"]
    assert "the function made failed with KeyError: 'TEAM'" in flow.notes[0]


# reasons are never swallowed


def test_what_could_not_be_read_is_listed_where_a_flow_is_missed(tmp_path: Path) -> None:
    (tmp_path / "b_flow.py").write_text("def broken(:\n")
    flows = flow_graph(files=tmp_path)
    for call in (lambda: simulate(flows, ["BFlow"]), lambda: flows["BFlow"]):
        with pytest.raises(
            (InvalidArgument, FlowNotFound), match=r"b_flow\.py: could not be read: SyntaxError"
        ):
            call()
    write_flow(tmp_path / "a_flow.py")
    some = flow_graph(files=tmp_path)
    with pytest.raises((InvalidArgument, FlowNotFound), match=r"BFlow.*b_flow\.py: could not be read"):
        simulate(some, ["BFlow"])
    assert FlowMap.of([]).unread == ""


# publishers


def test_a_publisher_of_a_namespaced_event_is_joined_with_its_listener() -> None:
    flows = flow_graph(files=FLOWS / "namespaced_*.py")
    event = "event:mfns.shop.user.ann.orders"
    assert set(flows.graph.edges) == {
        ("shop.user.ann.PublishFlow", event),
        (event, "shop.user.ann.ListenFlow"),
    }
    assert flows.graph.edges["shop.user.ann.PublishFlow", event]["kind"] == "publishes"
    assert flows.graph.edges["shop.user.ann.PublishFlow", event]["assumed"]


@pytest.mark.parametrize(
    ("before", "call"),
    [
        ('ORDERS = namespaced_event_name("orders")', "ArgoEvent(ORDERS).publish()"),
        ("", 'ArgoEvent(name=namespaced_event_name(event_name="orders")).safe_publish()'),
        ("import metaflow", 'ArgoEvent(metaflow.namespaced_event_name("orders")).publish()'),
    ],
)
def test_a_namespaced_name_is_found_however_it_is_written(before: str, call: str, tmp_path: Path) -> None:
    imports = "from metaflow.integrations import ArgoEvent"
    path = write_flow(
        tmp_path / "flow.py", '@project(name="shop")', before=before, imports=imports, start=call
    )
    assert read(path).publishes == ("mfns.shop.user.ann.orders",)


def test_each_flow_of_a_file_publishes_what_its_own_steps_say(tmp_path: Path) -> None:
    imports = "from metaflow.integrations import ArgoEvent"
    path = write_flow(tmp_path / "flow.py", imports=imports, start='ArgoEvent("first").publish()')
    other = write_flow(tmp_path / "other.py", name="BFlow", start='ArgoEvent("second").publish()')
    path.write_text(path.read_text() + other.read_text())
    other.unlink()
    flows = flow_graph(files=path)
    assert (flows["AFlow"].publishes, flows["BFlow"].publishes) == (("first",), ("second",))


# the oldest Metaflow


OLDEST = Path(os.environ.get("LINEAGE_TEST_PYTHON", Path(__file__).parents[2] / ".venv-oldest/bin/python"))


@pytest.mark.skipif(
    not OLDEST.exists(), reason="needs the environment with the oldest Metaflow that `make test` makes"
)
def test_the_oldest_metaflow_maps_the_same(tmp_path: Path) -> None:
    write_flow(tmp_path / "mutated.py", "@Audited", name="MutatedFlow", before=mutator(ADD))
    write_flow(tmp_path / "configured.py", '@trigger(event=config_expr("settings.event"))', SETTINGS)
    files = [tmp_path / "mutated.py", tmp_path / "configured.py", *sorted(FLOWS.glob("*.py"))]
    files = [path for path in files if not path.name.startswith("namespaced")]  # it has no such names yet
    answers = [_inspected(python, files) for python in (sys.executable, str(OLDEST))]
    assert answers[0] == answers[1]
    assert all(one["flows"] for one in answers[0])


def _inspected(python: str, files: list[Path]) -> list[dict[str, Any]]:
    command = [python, "-m", "lineage.flow_map.inspector", "60", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]
