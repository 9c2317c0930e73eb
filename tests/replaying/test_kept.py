"""A replay keeps the parameters that real runs had, and can run the code of the time."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.store import FLOWS, Store

GIVEN = {
    "alpha": "9",
    "below": "-3",
    "ratio-of": "inf",
    "careful": "True",
    "words": "two\nlines and 'quotes' \"twice\" $HOME",
    "names": "p,q r,,s",
    "grid": '{"deep": [1, {"ü": null}]}',
    "made": "by hand",
}
VARIABLES = (
    "alpha",
    "below",
    "ratio",
    "careful",
    "words",
    "names",
    "grid",
    "nothing",
    "made",
    "same",
)

REPLAY = """
import contextlib, io, json, warnings
from metaflow import Run, namespace
from lineage import replay

namespace(None)
printed = io.StringIO()
with contextlib.redirect_stdout(printed):
    replay({etl!r}, files={file!r}, dry_run=True)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always", UserWarning)
    done = replay({etl!r}, files={file!r}, code="then", max_workers=2)
done.raise_for_failure()
data = {{key: Run(run).data for key, run in done.runs.items()}}
print(json.dumps({{
    "printed": printed.getvalue(),
    "warned": [str(w.message) for w in caught if issubclass(w.category, UserWarning)],
    "values": {{key: {{name: getattr(d, name) for name in {names!r}}} for key, d in data.items()}},
}}))
"""


@dataclass
class Replayed:
    """Two runs of GivenFlow, and what a replay of both printed, warned of and recorded."""

    with_package: str
    with_commit: str
    given: dict[str, Any]  # values that the originals recorded
    printed: str
    warned: list[str]
    values: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def replayed(new_store: Callable[[str], Store], tmp_path_factory: pytest.TempPathFactory) -> Replayed:
    store, repository = new_store("kept"), tmp_path_factory.mktemp("repository")
    file = repository / "flows" / "given.py"
    file.parent.mkdir()
    shutil.copy(FLOWS / "given.py", file)
    commit(repository)
    (repository / "text.txt").write_text("the text of then")
    etl = store.flow("etl").pathspec
    words = [word for name, value in GIVEN.items() for word in (f"--{name}={value}",)]
    words.append(f"--text={repository / 'text.txt'}")
    always = {"METAFLOW_FEAT_ALWAYS_UPLOAD_CODE_PACKAGE": "1"}
    package = store.flow(file, *words, trigger=[etl], env=always).pathspec
    committed = store.flow(file, trigger=[etl]).pathspec
    (repository / "text.txt").write_text("the text of today")
    file.write_text(file.read_text().replace('MADE = "then"', 'MADE = "today"'))
    names = (*VARIABLES, "by", "content")
    read = f"import json, metaflow as m\nm.namespace(None)\nd = m.Run({package!r}).data\n"
    given = store.client(f"{read}print(json.dumps({{n: getattr(d, n) for n in {names!r}}}))")
    told = store.client(REPLAY.format(etl=etl, file=str(file), names=names))
    return Replayed(package, committed, given, told["printed"], told["warned"], told["values"])


def commit(repository: Path) -> None:
    who = ["-c", "user.name=ann", "-c", "user.email=ann@example.org"]
    for words in (["init", "-q"], ["add", "."], [*who, "commit", "-q", "-m", "flows"]):
        subprocess.run(["git", *words], cwd=repository, check=True)


def test_every_kind_of_value_is_what_the_run_had(replayed: Replayed) -> None:
    given = replayed.given
    assert given["names"] == ["p", "q r", "", "s"]  # each is not the default
    assert (given["ratio"], given["content"]) == (float("inf"), "the text of then")
    assert replayed.values[replayed.with_package] == given


def test_what_the_run_was_not_given_is_not_listed(replayed: Replayed) -> None:
    commands = replayed.printed.split("given.py")[1:]
    (by_hand,) = [command for command in commands if replayed.with_package in command]
    (plain,) = [command for command in commands if replayed.with_commit in command]
    for name in (*GIVEN, "text"):
        assert f"--{name}" in by_hand
    assert "--below=-3" in by_hand
    assert "--same" not in by_hand
    assert "--nothing" not in by_hand
    # its default is made by a function, so it may have been another then
    assert plain.split(" run ")[1].startswith("--made 'by GivenFlow' --tag replay_of:")


def test_the_code_package_and_the_commit_of_the_time_are_run(replayed: Replayed) -> None:
    assert {key: values["by"] for key, values in replayed.values.items()} == {
        replayed.with_package: "then",
        replayed.with_commit: "then",
    }
    assert replayed.warned == []
