"""Whether a metadata service has news since a time: a look that is much cheaper than a listing.

Servers from metaflow-service 2.5.1 on filter runs: `status:eq=running` and `ts_epoch:ge=<ms>`. A filter alone
turns on pages of 50, so the size of a page is always sent. Older servers ignore what they do not know and
return everything, which shows in the answer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from lineage.records.metadata import run_id_of
from lineage.sources.protocol import Cancel
from lineage.sources.service.bodies import TooLong
from lineage.sources.service.http import HttpClient
from lineage.sources.service.run_pages import PAGE

_LONGEST = 1 << 20  # bytes; a server that does not filter may return every run


class ServiceNews:
    """Asks for runs that began or ended, if the server filters."""

    def __init__(self, http: HttpClient) -> None:
        self._http = http
        self._filters = True  # until the server turns out not to

    def since(
        self,
        flows: Collection[str],
        unfinished: Collection[str],
        moment: datetime,
        cancel: Cancel | None = None,
    ) -> set[str] | None:
        """Pathspecs of the runs that began, and of those of these that ended.

        Parameters
        ----------
        flows
            The flows to look at.
        unfinished
            Pathspecs of the runs that had not ended.
        moment
            The time from which a run is news (aware).
        cancel
            Cancels the look.

        Returns
        -------
        set of str or None
            None if the server does not filter.
        """
        if not self._filters:
            return None
        began = round(moment.timestamp() * 1000)
        new = self._all(flows, {"ts_epoch:ge": str(began)}, cancel)
        by_flow: dict[str, set[str]] = {}
        for pathspec in unfinished:
            flow, _, run_id = pathspec.partition("/")
            by_flow.setdefault(flow, set()).add(run_id)
        running = self._all(by_flow, {"status:eq": "running"}, cancel)
        if new is None or running is None:
            self._filters = False
            return None
        rows = [(flow, row) for flow, page in new.items() for row in page]
        if any(_epoch(row) < began for _, row in rows) or any(
            row.get("status") != "running" for page in running.values() for row in page
        ):
            self._filters = False
            return None
        pathspecs = {f"{flow}/{run_id_of(row)}" for flow, row in rows}
        for flow, ids in by_flow.items():
            if len(running[flow]) < PAGE:  # or the others may be on the next page
                ended = ids - {run_id_of(row) for row in running[flow]}
                pathspecs |= {f"{flow}/{run_id}" for run_id in ended}
        return pathspecs

    def _all(
        self, flows: Collection[str], filters: Mapping[str, str], cancel: Cancel | None
    ) -> dict[str, list[dict[str, Any]]] | None:
        """The first page of each flow's runs that pass; None if an answer is not such a page."""
        named = list(flows)

        def ask(flow: str) -> object:
            query = urlencode({**filters, "_limit": str(PAGE)}, safe=":")
            try:
                return self._http.get(f"/flows/{quote(flow, '')}/runs?{query}", _LONGEST).body
            except TooLong:
                return None

        pages = self._http.map(ask, named, cancel)
        by_flow = {flow: page for flow, page in zip(named, pages, strict=True) if isinstance(page, list)}
        whole = len(by_flow) == len(named) and all(
            isinstance(row, dict) for p in by_flow.values() for row in p
        )
        return by_flow if whole else None


def _epoch(row: Mapping[str, Any]) -> float:
    moment = row.get("ts_epoch")
    return float(moment) if isinstance(moment, (int, float)) else 0.0
