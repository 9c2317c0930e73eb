"""`compile_sensor.py flow.py [options]`: what `argo-workflows create` would send, as one line of JSON."""

import json
import runpy
import sys

from metaflow.plugins.argo import argo_workflows, argo_workflows_cli

made = []
compiled = argo_workflows.ArgoWorkflows.__init__


def kept(self, *args, **kwargs):
    compiled(self, *args, **kwargs)
    made.append(self)


argo_workflows.ArgoWorkflows.__init__ = kept
# Metaflow before 2.19.17 asks the cluster for the token of an earlier deployment, `--only-json` or not.
argo_workflows_cli.resolve_token = lambda *args, **kwargs: "__PLACEHOLDER_PRODUCTION_TOKEN__"
argo_workflows_cli.SERVICE_VERSION_CHECK = False
file, *options = sys.argv[1:]
sys.argv = [file, *options, "argo-workflows", "create", "--only-json"]
try:
    runpy.run_path(file, run_name="__main__")
except SystemExit as exit:
    if exit.code:
        raise
(workflow,) = made
sensor = workflow._compile_sensor()
template = workflow._workflow_template.to_json()
print()
print(json.dumps({"template": template, "sensor": sensor and sensor.to_json()}))
