"""The wheel that is built from the sdist, far from the checkout, beside other extensions of Metaflow."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.support.cards import cards_of
from tests.support.store import FLOWS, Store

ROOT = Path(__file__).parent.parent.parent
# Sorts after ours, so that Metaflow alone would let its decorator win.
TINY = {
    "pyproject.toml": """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "metaflow-zz-tiny"
version = "1.0"
[tool.setuptools.packages.find]
namespaces = true
""",
    "metaflow_extensions/zz_tiny/plugins/mfextinit_zz_tiny.py": """
FLOW_DECORATORS_DESC = [("trigger", ".tiny.TinyTrigger")]
""",
    "metaflow_extensions/zz_tiny/plugins/tiny.py": """
from metaflow.plugins.events_decorator import TriggerDecorator


class TinyTrigger(TriggerDecorator):
    def flow_init(self, flow, *args, **kwargs):
        super().flow_init(flow, *args, **kwargs)
        print("tiny saw", flow.name)
""",
}
# Extensions that others publish: each changes what Metaflow starts with.
OTHERS = ["metaflow-card-html", "metaflow-checkpoint", "metaflow-netflixext"]
CARD_FLOW = """
from metaflow import FlowSpec, card, current, step, trigger_on_finish


@trigger_on_finish(flow="ETLFlow")
class CardFlow(FlowSpec):
    @card(type="html")
    @step
    def start(self):
        self.html = f"<p>{current.trigger.run.pathspec}</p>"
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    CardFlow()
"""


def uv(*words: str | Path) -> None:
    command = [sys.executable, "-m", "uv", "--quiet", *map(str, words)]
    done = subprocess.run(command, text=True, capture_output=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store, and an environment with the wheel of the sdist and other extensions."""
    folder = tmp_path_factory.mktemp("far")
    python = folder / "venv" / "bin" / "python"
    uv("venv", "--python", sys.executable, folder / "venv")
    install = ("pip", "install", "--python", python)
    for name, text in TINY.items():
        path = folder / "tiny" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    uv(*install, "metaflow", "networkx", *OTHERS)
    source = folder / "source"
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, text=True, capture_output=True, check=True).stdout
    for name in tracked.splitlines():
        if name.startswith(("lineage/", "metaflow_extensions/", "tools/")) or "/" not in name:
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    uv("build", "--sdist", "--out-dir", folder / "sdist", source)
    (sdist,) = (folder / "sdist").glob("*.tar.gz")
    uv(*install, "--no-deps", sdist, folder / "tiny")
    return Store(folder / "store", str(python))


def test_metaflow_recognises_the_wheel_and_the_others(far: Store) -> None:
    code = """
import json, metaflow
from metaflow.extension_support import extension_info
from metaflow.plugins import FLOW_DECORATORS
from metaflow.plugins.cards import __path__
installed = extension_info()["installed"]
ours = [deco.__mro__[1].__module__ for deco in FLOW_DECORATORS if deco.name == "trigger"]
print(json.dumps([sorted(installed), metaflow.__file__, ours]))
"""
    installed, file, ours = far.client(code)  # type: ignore[misc]  # `code` prints a list
    assert installed == sorted([*OTHERS, "metaflow-lineage", "metaflow-zz-tiny"])
    assert str(ROOT) not in file
    assert ours == ["metaflow_extensions.lineage.plugins.option.decorators"]


def test_ours_wins_beside_an_extension_that_overrides_trigger_and_both_work(far: Store) -> None:
    flow = (FLOWS / "nested.py").read_text()
    path = far.root / "nested.py"
    path.write_text(flow)
    finished = far.flow(path, trigger=['{"name": "first", "fields": {"alpha": 4}}'])
    assert finished.returncode == 0, finished.output
    assert "tiny saw NestedFlow" in finished.output
    code = f"""
import json
from metaflow import Run
trigger = Run("{finished.pathspec}", _namespace_check=False).trigger
print(json.dumps([trigger.event.payload, trigger.type]))
"""
    assert far.client(code) == [{"alpha": 4}, "EVENT"]


def test_records_are_read_without_metaflow_in_a_process_with_nothing_but_a_search_path(far: Store) -> None:
    """As the processes start that read large stores."""
    reading = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    reading += "from metaflow_extensions.lineage.plugins.metadata.causes import decode_triggers; "
    reading += "print(json.dumps([decode_triggers('[3]')[1], 'metaflow' in sys.modules]))"
    code = f"""
import json, subprocess, sys
command = [sys.executable, "-I", "-S", "-c", {reading!r}, json.dumps(sys.path)]
print(subprocess.run(command, text=True, capture_output=True, check=True).stdout)
"""
    assert far.client(code) == [["a trigger that is not a JSON object: 3"], False]


def test_a_trigger_is_recorded_and_the_html_card_is_made(far: Store) -> None:
    for name, text in {"etl.py": (FLOWS / "etl.py").read_text(), "card.py": CARD_FLOW}.items():
        (far.root / name).write_text(text)
    etl = far.flow(far.root / "etl.py")
    finished = far.flow(far.root / "card.py", trigger=[str(etl.pathspec)])
    assert finished.returncode == 0, finished.output
    code = f"""
import json
from metaflow import Run
from metaflow.cards import get_cards
task = Run("{finished.pathspec}", _namespace_check=False)["start"].task
record = json.loads(task.metadata_dict["execution-triggers"])
print(json.dumps([record[0]["name"], [card.get() for card in get_cards(task)]]))
"""
    name, cards = far.client(code)  # type: ignore[misc]  # `code` prints a list
    assert name == "metaflow.ETLFlow.end"
    assert cards == [f"<p>{etl.pathspec}</p>"]


def test_the_lineage_card_is_found_and_says_what_it_lacks_where_nothing_can_draw_it(far: Store) -> None:
    flow = far.root / "training.py"
    flow.write_text((FLOWS / "training.py").read_text())
    etl = far.flow(FLOWS / "etl.py")
    finished = far.flow(flow, trigger=[str(etl.pathspec)], options=["--with", "card:type=lineage"])
    assert finished.returncode == 0, finished.output
    page = cards_of(far, finished.pathspec)[None]
    assert f"Triggered by {etl.pathspec} at " in page
    assert "the package metaflow-lineage, which cannot be imported" in page


def test_the_sdist_holds_what_the_viewer_is_built_from(far: Store) -> None:
    (sdist,) = (far.root.parent / "sdist").glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    sources = {str(path.relative_to(ROOT)) for path in (ROOT / "lineage/viewer/src").rglob("*.js")}
    assert sources | {"tools/build_viewer.mjs", "lineage/viewer/dist/sums.txt", "LICENSE"} <= names


def test_the_wheel_holds_the_whole_extension_and_no_tests(far: Store) -> None:
    code = """
import json
from importlib.metadata import files
print(json.dumps([str(file) for file in files("metaflow-lineage")]))
"""
    files: list[str] = far.client(code)  # type: ignore[assignment]  # `code` prints a list
    extension = {str(path.relative_to(ROOT)) for path in (ROOT / "metaflow_extensions").rglob("*.py")}
    assert extension <= set(files)
    assert "lineage/py.typed" in files
    assert not [name for name in files if name.startswith(("tests", "benchmarks", "notebooks"))]
