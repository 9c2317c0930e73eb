"""One name is one thing: no two modules define a type of the same name."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
TWICE = {
    "CountedReads",  # the extension has the shape of its own record, lineage the decoded one
}


def _types(module: Path) -> Iterator[str]:
    """Names of the public classes and type aliases at the top of a module."""
    for statement in ast.parse(module.read_text("utf-8")).body:
        if isinstance(statement, ast.ClassDef):
            if not statement.name.startswith("_"):
                yield statement.name
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name) and target.id[0].isupper() and not target.id.isupper():
                    yield target.id


def test_no_two_modules_define_a_type_of_the_same_name() -> None:
    homes = defaultdict(list)
    for package in ("lineage", "metaflow_extensions"):
        for module in (ROOT / package).rglob("*.py"):
            for name in _types(module):
                homes[name].append(str(module.relative_to(ROOT)))
    assert {name: found for name, found in homes.items() if len(found) > 1 and name not in TWICE} == {}
