"""How runs, jobs and facets are named in OpenLineage."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from lineage import __version__
from lineage.exporting.attributes import safe_text

PRODUCER = f"pkg:pypi/metaflow-lineage@{__version__}"  # a package URL: the specification wants a URI
_SPEC = "https://openlineage.io/spec"
RUN_EVENT = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"

# Facets of our own have the schema of any facet of their kind; names begin with the integration's.
_SCHEMAS = {
    "jobDependencies": f"{_SPEC}/facets/1-0-1/JobDependenciesRunFacet.json#/$defs/JobDependenciesRunFacet",
    "jobType": f"{_SPEC}/facets/2-0-4/JobTypeJobFacet.json#/$defs/JobTypeJobFacet",
    "parent": f"{_SPEC}/facets/1-2-0/ParentRunFacet.json#/$defs/ParentRunFacet",
    "tags": f"{_SPEC}/facets/1-0-0/TagsRunFacet.json#/$defs/TagsRunFacet",
    "version": f"{_SPEC}/facets/1-0-1/DatasetVersionDatasetFacet.json#/$defs/DatasetVersionDatasetFacet",
    "metaflow_run": f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunFacet",
    "metaflow_read": f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/InputDatasetFacet",
}
_JOB_TYPE = {"processingType": "BATCH", "integration": "METAFLOW", "jobType": "FLOW"}
_IDS = uuid.uuid5(uuid.NAMESPACE_DNS, "metaflow-lineage")


class Names:
    """The names of one namespace."""

    def __init__(self, namespace: str) -> None:
        self.namespace = safe_text(namespace)
        # made once: a run with many effects is named by each of them, and a flow by all of its runs
        self._run_ids: dict[str, str] = {}
        self._jobs: dict[str, dict[str, Any]] = {}
        self._described_jobs: dict[str, dict[str, Any]] = {}

    def run_id(self, key: str) -> str:
        """The UUID (version 5) of a run or an event, always the same, and in the one canonical spelling.

        Receivers compare ids as texts: one in capitals or braces is valid, and another run.

        Examples
        --------
        >>> Names("metaflow").run_id("TrainingFlow/34")
        'c8644e32-7b26-5f47-a858-7a389df6a852'
        """
        if key not in self._run_ids:
            self._run_ids[key] = str(uuid.uuid5(_IDS, safe_text(f"{self.namespace}/{key}")))
        return self._run_ids[key]

    def job(self, name: str) -> dict[str, Any]:
        """A flow, or an event's unknown publisher, as a job; always the same object."""
        if name not in self._jobs:
            self._jobs[name] = {"namespace": self.namespace, "name": safe_text(name)}
        return self._jobs[name]

    def described_job(self, flow: str) -> dict[str, Any]:
        """A flow as a job with its facets; always the same object."""
        if flow not in self._described_jobs:
            self._described_jobs[flow] = self.job(flow) | {
                "facets": {"jobType": facet("jobType", **_JOB_TYPE)}
            }
        return self._described_jobs[flow]

    def run_and_job(self, key: str, node: Mapping[str, Any]) -> dict[str, Any]:
        """A node of the graph as a run of a job."""
        name = f"event:{node['name']}" if node["kind"] == "event" else node["flow"]
        return {"run": {"runId": self.run_id(key)}, "job": self.job(name)}

    def dataset(self, flow: str, artifact: str | None) -> dict[str, Any]:
        """An artifact of a flow's runs; without a name all that they made."""
        name = flow if artifact is None else f"{flow}/{artifact}"
        return {"namespace": self.namespace, "name": safe_text(name)}


def facet(name: str, **values: Any) -> dict[str, Any]:
    """A facet with its producer and schema."""
    return {"_producer": PRODUCER, "_schemaURL": _SCHEMAS[name], **values}
