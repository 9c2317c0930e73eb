"""The settings of a metadata service in the environment and in Metaflow's configuration."""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from metaflow.metaflow_config import SERVICE_HEADERS, SERVICE_URL

from lineage.errors import InvalidArgument
from lineage.format import parse_duration
from lineage.sources.service.patience import Limits


def configured_limits() -> Limits:
    """The default limits, with the patience that LINEAGE_SERVICE_TIMEOUT sets (90s, 5min).

    Raises
    ------
    InvalidArgument
        If it is not a duration.
    """
    given = os.environ.get("LINEAGE_SERVICE_TIMEOUT")
    if not given:
        return Limits()
    try:
        silence = parse_duration(given)
    except InvalidArgument as exc:
        raise InvalidArgument(f"LINEAGE_SERVICE_TIMEOUT: {exc}") from None
    return Limits(silence=silence, deadline=max(silence, Limits.deadline))


def configured_headers(url: str) -> Mapping[str, str]:
    """The headers in Metaflow's configuration, if the service is on the same host."""
    ours = urlsplit(SERVICE_URL).hostname if SERVICE_URL else None
    return SERVICE_HEADERS if ours in (None, urlsplit(url).hostname) else {}
