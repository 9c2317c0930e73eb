"""Open a source by its address, or the one Metaflow is configured for."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from metaflow import get_metadata
from metaflow.metaflow_config import SERVICE_HEADERS

from lineage.errors import InvalidArgument, SourceInvalid
from lineage.sources.client import ClientSource
from lineage.sources.local.source import LocalSource
from lineage.sources.protocol import Source
from lineage.sources.service.patience import Limits
from lineage.sources.service.source import ServiceSource

_WANTED = (
    "source must be a lineage source, an address like 'local:/path', 'https://metadata.example.com' or "
    "'postgresql://user@host/metaflow', 'client', or None for the store Metaflow is configured for; not {!r}"
)


def open_source(source: Source | str | None = None, limits: Limits | None = None) -> Source:
    """Open a source without reading from it yet.

    Parameters
    ----------
    source
        A source object, returned unchanged; or an address: `local:/path` (the folder that contains
        `.metaflow`), `http://…` or `https://…` (a metadata service), `postgresql://…` (its database), or
        `client` (Metaflow's public client); or None for the store Metaflow is configured for, by its
        settings or by `metaflow.metadata(…)`. A local store and a service are read directly, any other
        provider through the client.
    limits
        Time-outs and retries for a metadata service that is opened here; None for the defaults.

    Returns
    -------
    Source
        Its errors are `lineage.errors.SourceError`, from the first read on.

    Raises
    ------
    InvalidArgument
        If `source` is none of these.
    SourceInvalid
        If Metaflow is configured for a local store that does not exist.
    MissingExtra
        If a database was given and psycopg is not installed.
    """
    if source is None:
        return _configured(limits)
    if isinstance(source, str):
        return _at(source, limits)
    if isinstance(source, Source):
        return source
    raise InvalidArgument(_WANTED.format(source))


def _configured(limits: Limits | None) -> Source:
    provider, _, address = str(get_metadata()).partition("@")
    if provider == "service" and address.startswith(("http://", "https://")):
        return ServiceSource(address, SERVICE_HEADERS, limits)  # as Metaflow does, for any host
    if provider != "local":
        return ClientSource()
    if address.startswith("<"):  # LocalMetadataProvider.default_info: a text instead of a path
        raise SourceInvalid(
            "Metaflow's local store was not found: there is no .metaflow in this folder or any above it. "
            "Is METAFLOW_DATASTORE_SYSROOT_LOCAL or METAFLOW_PROFILE missing?"
        )
    return LocalSource(address)


def _at(address: str, limits: Limits | None) -> Source:
    try:
        scheme, host = urlsplit(address).scheme, urlsplit(address).hostname
    except ValueError:  # a bracket that is not closed
        raise InvalidArgument(_WANTED.format(_shown(address))) from None
    if address == "client":
        return ClientSource()
    if scheme == "local" and (path := address.partition(":")[2]):
        return LocalSource(path)
    if scheme in ("http", "https") and host:
        return ServiceSource(address, limits=limits)
    if scheme in ("postgresql", "postgres"):
        from lineage.sources.postgres.source import PostgresSource

        return PostgresSource(address)
    raise InvalidArgument(_WANTED.format(_shown(address)))


def _shown(address: str) -> str:
    """An address for a message, without anything that may be a password."""
    shown = re.split(r"[?#]", address.rpartition("@")[2])[0]
    return "…" if "password" in shown.casefold() else shown
