"""Answers to what the viewer asks the kernel: the details of a run, an artifact's value, why a run failed."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cache
from typing import Any

from lineage.api.lineages import Lineage
from lineage.client.artifacts import artifact_value
from lineage.client.details import described_run
from lineage.client.failures import run_failure
from lineage.errors import InvalidArgument, LineageError
from lineage.sources import Source
from lineage.text import clean_json, escape_message, pack_json

Message = dict[str, Any]


def answer(lineage: Lineage, question: Mapping[str, Any], source: Source | str | None = None) -> Message:
    """Answer a question, in words if it cannot be answered.

    Parameters
    ----------
    lineage
        The lineage that is shown.
    question
        `type`: `details`, `artifact`, `why`, `compare`, `export` or `plotly`; `id`, the pathspec of a run;
        `name` of an artifact; `other`, the pathspec of the run to compare with; `format` of a file.
    source
        Where to read what led to runs that are compared, as in `lineage.trace`.

    Returns
    -------
    dict
        The question with `answer`, plain JSON, or `error`, a sentence. Nothing is unpickled except what an
        `artifact` or a `why` names.
    """
    try:
        if question.get("type") == "compare":
            return {**question, "answer": _compare(question, source)}
        if (reply := _ANSWERS.get(str(question.get("type")))) is None:
            raise InvalidArgument(f"unknown question {question.get('type')!r}")
        return {**question, "answer": clean_json(reply(lineage, question))}
    except Exception as exc:  # shown where it was asked, instead of in a log
        return {**question, "error": error_text(exc)}


def error_text(error: BaseException) -> str:
    """An error as text for people; of an unexpected one with its class."""
    return escape_message(error if isinstance(error, LineageError) else f"{type(error).__name__}: {error}")


def _details(lineage: Lineage, question: Mapping[str, Any]) -> Message:
    try:
        return described_run(lineage, question["id"])
    except LineageError as exc:
        return {"unread": f"Parameters, code and artifacts cannot be read here: {exc}"}


def _artifact(lineage: Lineage, question: Mapping[str, Any]) -> Message:
    from lineage.client.views import value_view  # on first use, because it loads numpy

    return value_view(artifact_value(lineage[question["id"]], question["name"]))


def _why(lineage: Lineage, question: Mapping[str, Any]) -> Message:
    step = lineage.graph.nodes[question["id"]]["failed_step"]
    return asdict(run_failure(lineage[question["id"]], step))


def _compare(question: Mapping[str, Any], source: Source | str | None) -> Message:
    # on first use, because the simulation behind the answers loads numpy
    from lineage.api.answers import diff
    from lineage.render.comparison.page import comparison_page, frame_height

    difference = diff(question["id"], question["other"], source=source)
    return {"page": comparison_page(difference), "height": frame_height(difference)}


def _export(lineage: Lineage, question: Mapping[str, Any]) -> Message:
    from lineage.exporting.formats import FORMATS  # on first use: half of them load writers of XML

    if (chosen := FORMATS.get(str(question["format"]))) is None:
        raise InvalidArgument(f"unknown format {question['format']!r}")
    # deflated, because notebooks drop messages of several megabytes
    return {"suffix": chosen.suffix.removeprefix("."), "packed": pack_json(chosen.text_of(lineage))}


@cache
def _deflated_plotly() -> str:
    from plotly.offline import get_plotlyjs  # five megabytes, only for who opens a plotly figure

    return base64.b64encode(zlib.compress(get_plotlyjs().encode(), 6)).decode("ascii")


def _plotly(lineage: Lineage, question: Mapping[str, Any]) -> Message:
    return {"deflated": _deflated_plotly()}


_ANSWERS: Mapping[str, Callable[[Lineage, Mapping[str, Any]], Message]] = {
    "details": _details,
    "artifact": _artifact,
    "why": _why,
    "export": _export,
    "plotly": _plotly,
}
