"""A task that starts runs, in each way, and publishes."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

from metaflow import DeployedFlow, FlowSpec, Runner, current, step
from metaflow.integrations import ArgoEvent
from metaflow.runner.deployer import TriggeredRun

MAKER = str(Path(__file__).with_name("maker.py"))


class Deployed(DeployedFlow):
    """What Metaflow has for each orchestrator, without one."""

    def trigger(self, **parameters):
        return TriggeredRun(self.deployer, json.dumps({"pathspec": "MakerFlow/argo-makerflow-x7k2p"}))


class StartingFlow(FlowSpec):
    @step
    def start(self):
        with Runner(MAKER, show_output=False).run() as running:
            self.by_runner = running.run.pathspec
            self.score = running.run.data.score
        told = subprocess.run(
            [sys.executable, MAKER, "run"], capture_output=True, text=True, check=True
        ).stdout
        self.told = told
        deployer = SimpleNamespace(name="makerflow", flow_name="MakerFlow", metadata="local")
        self.triggered = Deployed(deployer).trigger(size=4).pathspec
        self.next(self.publish)

    @step
    def publish(self):
        event = ArgoEvent("first", url=os.environ["WEBHOOK"], payload={"x": 1})
        self.ids = [event.publish(), event.publish({"id": "my-own"})]
        self.unpublished = ArgoEvent("second", url=os.environ["WEBHOOK"]).safe_publish()
        self.failed = ArgoEvent("third", url=os.environ["WEBHOOK"] + "/refused").publish()
        self.next(self.end)

    @step
    def end(self):
        self.seen = f"{current.flow_name}/{current.run_id}"


if __name__ == "__main__":
    StartingFlow()
