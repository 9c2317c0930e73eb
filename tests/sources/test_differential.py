"""Random lineages: every source gives the same graph, and the graph is what the records say.

`LINEAGE_SEEDS=200-5000` tries further ones; `make soak` does.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from lineage import Lineage, trace
from lineage.records.model import RunRecord
from lineage.sources import ClientSource, LocalSource, MemorySource, Source
from lineage.sources.postgres.source import PostgresSource
from lineage.sources.service.source import ServiceSource
from tests.support.metadata_server import MetadataServer
from tests.support.planted import plant, write_local, write_local_run
from tests.support.postgres import PostgresServer, insert
from tests.support.random_lineages import random_lineage, true_lineage

FIRST, LAST = (int(end) for end in os.environ.get("LINEAGE_SEEDS", "0-200").split("-"))
AT_ONCE = 40  # lineages in one store: each walk looks at all runs that may have changed
CLIENT = 12  # of them through Metaflow's client, which is slow and keeps no catalog
BLOCKS = [range(begin, min(begin + AT_ONCE, LAST)) for begin in range(FIRST, LAST, AT_ONCE)]

Lineages = dict[int, list[RunRecord]]


class Planted(NamedTuple):
    """A source with lineages in it, and how to change what is stored."""

    source: Source
    put: Callable[[RunRecord], None]
    drop: Callable[[str], None]


def local(lineages: Lineages, root: Path) -> Planted:
    write_local((plant(record) for records in lineages.values() for record in records), root)

    def drop(pathspec: str) -> None:
        shutil.rmtree(root / ".metaflow" / pathspec)

    return Planted(LocalSource(root), lambda record: void(write_local_run(plant(record), root)), drop)


def void(_: object) -> None:
    """Nothing."""


@pytest.fixture(params=BLOCKS, ids=lambda block: f"{block.start}-{block.stop}")
def lineages(request: pytest.FixtureRequest) -> Lineages:
    return {seed: random_lineage(seed) for seed in request.param}


@pytest.fixture(params=["local", "service", pytest.param("postgres", marks=pytest.mark.postgres)])
def planted(request: pytest.FixtureRequest, lineages: Lineages, tmp_path: Path) -> Iterator[Planted]:
    runs = [plant(record) for records in lineages.values() for record in records]
    if request.param == "local":
        yield local(lineages, tmp_path)
    elif request.param == "service":
        with MetadataServer(runs) as server:
            yield Planted(ServiceSource(server.url), lambda r: server.put(plant(r)), server.drop)
    else:
        server = request.getfixturevalue("postgres")
        assert isinstance(server, PostgresServer)
        address = server.create(f"random{os.getpid()}at{min(lineages)}", runs)
        with psycopg.connect(address, autocommit=True) as connection:

            def drop(pathspec: str) -> None:
                flow, run_id = pathspec.split("/")
                rows = connection.execute(
                    "DELETE FROM runs_v3 WHERE flow_id = %s AND COALESCE(run_id, run_number::text) = %s "
                    "RETURNING run_number",
                    (flow, run_id),
                ).fetchall()
                for (number,) in rows:
                    connection.execute(
                        "DELETE FROM metadata_v3 WHERE flow_id = %s AND run_number = %s", (flow, number)
                    )

            yield Planted(PostgresSource(address), lambda r: insert(connection, [plant(r)]), drop)


def facts(lineage: Lineage) -> set[tuple[object, str, str]]:
    """All that a lineage says, apart from what only a catalog knows, each as who, what, and its text."""
    told = [*lineage.graph.nodes.items(), *lineage.graph.edges.items()]
    every = {(who, what, repr(value)) for who, facts in told for what, value in facts.items()}
    known = {(who, what, text) for who, what, text in every if not what.startswith("usual_")}
    return known | {("", "problem", str(problem)) for problem in lineage.problems}


def assert_true(source: Source, lineages: Lineages, salt: str) -> None:
    """Trace a run of each lineage, and compare with its records in memory and with plain loops over them."""
    for seed, records in lineages.items():
        dice = random.Random(f"{salt}/{seed}")
        focus = dice.choice(records).pathspec
        there = trace(focus, None, None, source=source)
        in_memory = trace(focus, None, None, source=MemorySource(records))
        assert facts(there) ^ facts(in_memory) == set(), f"seed {seed}, {focus}, {salt}"
        expected = {(u, v): edge["kinds"] for u, v, edge in true_lineage(records, focus).edges(data=True)}
        edges = {(u, v): set(edge["kinds"]) for u, v, edge in there.graph.edges(data=True)}
        assert edges == expected, f"seed {seed}, {focus}, {salt}"


def changed(records: list[RunRecord], planted: Planted, dice: random.Random) -> list[RunRecord]:
    """The lineage after a tag, a deletion, or a run that comes later."""
    what = dice.choice(("tag", "delete", "another", "nothing"))
    chosen = dice.choice(records)
    others = [record for record in records if record != chosen]
    if what == "tag":
        tagged = replace(chosen, tags=tuple(sorted((*chosen.tags, "later"))))
        planted.drop(chosen.pathspec)
        planted.put(tagged)
        return [*others, tagged]
    resumed = {record.origin for record in others if record.start_step != "start"}
    if what == "delete" and others and chosen.pathspec not in resumed:  # else its resumes' steps are unknown
        planted.drop(chosen.pathspec)
        return list(without(chosen, others))
    if what == "another":
        another = replace(
            chosen,
            run_id=f"9{chosen.run_id}" if chosen.run_id.isdigit() else f"{chosen.run_id}-again",
            origin=None,
            inherited=False,
            copied_reads=(),
            published=(),
        )
        planted.put(another)
        return [*records, another]
    return records


def without(gone: RunRecord, others: Iterable[RunRecord]) -> Iterator[RunRecord]:
    """The other records: those that resumed a run inherit nothing once it is gone."""
    for record in others:
        if record.origin == gone.pathspec:
            triggers = () if record.inherited else record.triggers
            yield replace(record, triggers=triggers, copied_reads=())
        else:
            yield record


def test_every_source_tells_the_truth_also_of_what_changed(planted: Planted, lineages: Lineages) -> None:
    assert_true(planted.source, lineages, "at first")  # from the second on, with a catalog that is there
    dice = random.Random(min(lineages))
    now = {seed: changed(records, planted, dice) for seed, records in lineages.items()}
    assert_true(planted.source, now, "after changes")


def test_metaflows_client_tells_the_same(
    lineages: Lineages, tmp_path: Path, metadata: Callable[[str], str]
) -> None:
    few = dict(list(lineages.items())[:CLIENT])
    local(few, tmp_path)
    metadata(f"local@{tmp_path}")
    assert_true(ClientSource(), few, "client")
