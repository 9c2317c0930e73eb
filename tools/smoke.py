"""What must work wherever the package is installed, with nothing else: `python tools/smoke.py`.

It imports every module, traces a real run, and draws, simulates and exports. It uses no part of the checkout.
"""

from __future__ import annotations

import importlib
import pkgutil
import platform
import tempfile
from importlib.metadata import version
from pathlib import Path

import metaflow

import lineage
from lineage.demo import FLOWS, make_runs
from lineage.notebook.explorer import Explorer

# a program that is started by name, flows that are run, and a module that warns of its age
NOT_IMPORTED = ("lineage.__main__", "lineage.demo.flows", "lineage.flowgraph")


def main() -> None:
    """Raise an exception if something does not work."""
    for module in pkgutil.walk_packages(lineage.__path__, "lineage."):
        if not module.name.startswith(NOT_IMPORTED):
            importlib.import_module(module.name)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        runs = make_runs(place / "demo", say=lambda line: None)
        metaflow.metadata(f"local@{place / 'demo'}")
        lin = lineage.trace(runs["prediction"], downstream=None)
        assert {run for name, run in runs.items()} == set(lin.runs), lin
        assert runs["resumed"] in lineage.consumers(runs["training"], artifact="model")
        assert lineage.load(lin.save(place / "lineage.json")).runs == lin.runs
        for path in (lin.to_html(place / "report.html"), lin.to_graphml(place / "lineage.graphml")):
            assert path.stat().st_size > 5_000, path
        for text in (lin.figure().to_json(), lin.timeline().to_json(), lin.to_mermaid(), lin.to_dot()):
            assert "PredictionFlow" in text
        assert Explorer(lin).lineage.runs == lin.runs
        flows = lineage.flow_graph(files=FLOWS)
        assert (
            lineage.simulate(flows, ["DataFlow"]).why["PredictionFlow"].startswith("waits for TrainingFlow")
        )
    versions = ", ".join(f"{name} {version(name)}" for name in ("metaflow", "networkx", "numpy", "plotly"))
    print(f"metaflow-lineage {lineage.__version__} works: Python {platform.python_version()}, {versions}")


if __name__ == "__main__":
    main()
