"""The parameters that a past run was given by hand, for the run that repeats it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lineage.client.artifacts import parameter_values
from lineage.client.runs import metaflow_run
from lineage.errors import ArtifactUnavailable, NotFound
from lineage.flow_map.flow_files import PATIENCE, inspected
from lineage.flow_map.graph_info import declaration
from lineage.flow_map.past_runs import graph_info
from lineage.records.model import RunRecord
from lineage.replaying.typed import ARGUMENT_LIMIT, NotTypeable, is_default, typed

Declared = Mapping[str, Any]  # a flow as the inspector describes it


@dataclass(frozen=True)
class PastParameters:
    """The parameters of one run, as far as they can be given again."""

    given: Mapping[str, str]  # by the name on the command line
    remarks: tuple[str, ...] = ()


def past_parameters(record: RunRecord, flow: Declared | None) -> PastParameters:
    """Read the parameters of a past run that differ from today's defaults.

    What a run was given by hand is not recorded, only the values that it had. So a value that is today's
    default, or comes with the run's event, is not given again, and any other is.

    Parameters
    ----------
    record
        The run.
    flow
        Its flow today; None if its file cannot be imported.
    """
    pathspec = record.pathspec
    try:
        values = parameter_values(metaflow_run(pathspec), ARGUMENT_LIMIT)
        names = _recorded_names(graph_info(pathspec))
    except (NotFound, ArtifactUnavailable) as exc:
        return PastParameters({}, (f"the parameters of {pathspec} are not kept: {exc}",))
    values = {name: value for name, value in values.items() if name in names}
    if flow is None:
        why = f"the parameters of {pathspec} are not kept, because the flow's file cannot be imported"
        return PastParameters({}, (why,) if values else ())
    return _differing(record, values, flow)


def _recorded_names(info: Mapping[str, Any]) -> set[str]:
    listed = [parameter for parameter in info.get("parameters") or () if isinstance(parameter, Mapping)]
    return {str(parameter.get("name")) for parameter in listed if parameter.get("type") != "Config"}


def _differing(record: RunRecord, values: Mapping[str, Any], flow: Declared) -> PastParameters:
    today = {
        parameter["variable"]: parameter
        for parameter in flow["info"]["parameters"]
        if "variable" in parameter
    }
    carried = _carried(record, flow)
    given, remarks = {}, []
    for variable, value in values.items():
        declared = today.get(variable)
        if declared is None:
            remarks.append(f"{record.flow} no longer has the parameter {variable} of {record.pathspec}")
            continue
        if is_default(value, declared):
            continue
        try:
            word = typed(value, declared)
        except NotTypeable as exc:
            name = declared["name"]
            remarks.append(f"the parameter {name} of {record.pathspec} is not kept: its value {exc}")
            continue
        if word != carried.get(str(declared["name"]).lower()):
            given[declared["name"]] = word
    return PastParameters(given, tuple(remarks))


def _carried(record: RunRecord, flow: Declared) -> dict[str, str]:
    """The parameter values that come with the events of a run, by parameter name in lower case."""
    info = {**flow["info"], "parameters_known": True}
    listens = declaration(
        record.flow, info, project=flow.get("project"), branch=flow.get("branch"), declared_by=""
    ).listens
    payloads = {event.name: event.payload or {} for event in record.triggers}
    return {
        parameter.lower(): value if isinstance(value, str) else json.dumps(value)
        for listening in listens
        for parameter, field in listening.parameters.items()
        if (value := payloads.get(listening.event, {}).get(field)) is not None
    }


def declarations(files: Iterable[Path]) -> Callable[[Path, str], Declared | None]:
    """Look up flows by file and name; all files are read at once, in another process."""
    paths = list(dict.fromkeys(files))
    answers = dict(zip(paths, inspected(paths, PATIENCE), strict=True)) if paths else {}

    def declared(file: Path, flow: str) -> Declared | None:
        answer = answers[file]
        return None if answer["error"] else _named(flow, answer["flows"])

    return declared


def _named(flow: str, flows: Iterable[Declared]) -> Declared | None:
    return next((described for described in flows if described["flow"] == flow), None)
