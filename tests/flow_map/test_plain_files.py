"""Files that share a process are those that cannot disturb each other; the others have one of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from lineage.flow_map import flow_graph
from lineage.flow_map.flow_files import from_files
from lineage.flow_map.inspector.plain_files import groups, is_plain
from tests.flow_map.writing import FLOWS, write_flow

pytestmark = pytest.mark.slow  # each starts the process that reads flow files

PLAIN = "from metaflow import Config, FlowSpec, Parameter, config_expr, project, step, trigger\n"


def test_flows_as_most_people_write_them_share_a_process() -> None:
    plain = [path.stem for path in sorted(FLOWS.glob("*.py")) if is_plain(str(path))]
    others = sorted({path.stem for path in FLOWS.glob("*.py")} - set(plain))
    assert others == ["bare_mutator"]


@pytest.mark.parametrize(
    "line",
    [
        "import os\nimport json as j\nfrom datetime import date",
        'NAME: str = "x"\nBOTH = [NAME, "y"]\nASKED = None',
        "def helper(x, y=1):\n    open(x, 'w')",
        'class Base(FlowSpec):\n    """Doc."""\n    x = Parameter("x", default=1)',
    ],
)
def test_plain(line: str, tmp_path: Path) -> None:
    (tmp_path / "flow.py").write_text(PLAIN + line)
    assert is_plain(str(tmp_path / "flow.py"))


@pytest.mark.parametrize(
    "line",
    [
        "import numpy",
        "import helper",
        "from . import helper",
        "from metaflow import *",
        "import os\nos.environ['X'] = 'y'",
        "import os\nos.chdir('/')",
        "for x in range(3):\n    pass",
        "X = open('x')",
        "X: int = len('x')",
        "class Base(FlowSpec):\n    x = print('x')",
        "class Base(FlowSpec, metaclass=made()):\n    pass",
        "@trigger(event=lambda context: 'x')\nclass Base(FlowSpec):\n    pass",
        "def made(context):\n    return 'x'\n@trigger(event=made)\nclass Base(FlowSpec):\n    pass",
        "def helper(x=print()):\n    pass",
        "from metaflow import FlowMutator\nclass Audited(FlowMutator):\n    pass",
        "if True:\n    import helper",
        "def broken(:",
    ],
)
def test_not_plain(line: str, tmp_path: Path) -> None:
    (tmp_path / "flow.py").write_text(PLAIN + line)
    assert not is_plain(str(tmp_path / "flow.py"))


def test_groups_keep_the_order_and_are_not_too_big(tmp_path: Path) -> None:
    files = [str(write_flow(tmp_path / f"f{number}.py")) for number in range(3)]
    for file in files:
        Path(file).write_text(Path(file).read_text().replace("import *", "import FlowSpec, step"))
    other = str(write_flow(tmp_path / "other.py", before="print('not plain')"))
    assert list(groups([*files[:2], other, files[2]])) == [files[:2], [other], files[2:]]
    assert [len(group) for group in groups(files[:1] * 60)] == [25, 25, 10]


def test_one_that_hangs_or_fails_does_not_take_its_neighbours_along(tmp_path: Path) -> None:
    lines = {"a": "", "b": "HUGE = 9 ** 9 ** 9", "c": "GONE = 1 / 0", "d": ""}
    for name, line in lines.items():
        text = write_flow(
            tmp_path / f"{name}.py", '@trigger(event="first")', name=f"{name.upper()}Flow", before=line
        )
        text.write_text(text.read_text().replace("import *", "import FlowSpec, step, trigger"))
        assert is_plain(str(text))
    found, problems = from_files(tmp_path, seconds=3)
    assert [one.flow for one in found] == ["AFlow", "BFlow", "CFlow", "DFlow"]
    assert [one.assumed is None for one in found] == [True, False, False, True]
    reasons = [problem.reason for problem in problems]
    assert ["more than 3 s" in reasons[0], "ZeroDivisionError" in reasons[1]] == [True, True]


def test_flows_of_one_process_do_not_share_project_or_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METAFLOW_USER", "ann")
    monkeypatch.chdir(tmp_path)
    texts = {
        "a": '@project(name="shop")\n@trigger(event=namespaced_event_name("x"))',
        "b": '@trigger(event=namespaced_event_name("x"))',
    }
    for name, decorators in texts.items():
        file = write_flow(tmp_path / f"{name}.py", decorators, name=f"{name.upper()}Flow")
        imports = "import FlowSpec, namespaced_event_name, project, step, trigger"
        file.write_text(file.read_text().replace("import *", imports))
        assert is_plain(str(file))
    flows = flow_graph(files=tmp_path)
    assert flows["AFlow"].listens[0].event == "mfns.shop.user.ann.x"
    assert flows["BFlow"].listens[0].event == "mfns.x"
