"""Flow files for tests, written from what differs between them."""

from __future__ import annotations

from pathlib import Path

FLOWS = Path(__file__).parent / "flows"
FLOW = """{imports}
from metaflow import *

{before}
{decorators}
class {name}(FlowSpec):
{body}
    @step
    def start(self):
{start}
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    {name}()
"""


def write_flow(
    path: Path,
    decorators: str = "",
    body: str = "",
    name: str = "AFlow",
    before: str = "",
    imports: str = "",
    start: str = "",
) -> Path:
    """Write a flow of two steps; its path."""
    indented = [
        "\n".join(" " * n + line for line in text.splitlines()) for n, text in ((4, body), (8, start))
    ]
    text = FLOW.format(
        imports=imports, before=before, decorators=decorators, name=name, body=indented[0], start=indented[1]
    )
    path.write_text(text, "utf-8")
    return path
