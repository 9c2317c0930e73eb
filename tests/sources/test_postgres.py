"""The postgres source: one statement a refresh, nothing written, and databases that are none."""

from __future__ import annotations

import inspect
import re
import threading
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

import lineage
from lineage import trace
from lineage.catalog import open_catalog, refresh
from lineage.errors import (
    Cancelled,
    InvalidArgument,
    SourceDenied,
    SourceError,
    SourceInvalid,
    SourceUnreachable,
)
from lineage.sources import open_source
from lineage.sources.postgres.queries import CERTAIN, DIGESTS, EVERYTHING, LISTING
from lineage.sources.postgres.source import PostgresSource
from tests.support.planted import plant, recently
from tests.support.planted_lineages import big_lineage, by_run, finished_run, small_lineage
from tests.support.postgres import PostgresServer, insert

RUN = "ScoreFlow/3"


@pytest.fixture
def address(postgres: PostgresServer, request: pytest.FixtureRequest) -> str:
    """A database of the test's own, with the small lineage in it."""
    return postgres.create(f"db{abs(hash(request.node.nodeid))}", small_lineage())


@pytest.fixture
def watched(address: str) -> tuple[PostgresSource, list[str]]:
    """A source, and the statements that it sends for data."""
    source, sent = PostgresSource(address), []
    rows, copied = source._session.rows, source._session.copied

    def recorded(query: str, *more: object) -> object:
        sent.append(query)
        return copied(query, *more) if query == EVERYTHING else rows(query, *more)

    source._session.rows = source._session.copied = recorded
    return source, sent


def test_a_first_refresh_is_one_statement_besides_the_digests_and_the_origins_of_resumed_runs(
    watched: tuple[PostgresSource, list[str]],
) -> None:
    source, sent = watched
    refresh(source)
    assert sent[:2] == [DIGESTS, EVERYTHING]
    assert set(sent[2:]) == {CERTAIN}


def test_a_refresh_lists_only_the_flows_whose_digest_has_changed(
    watched: tuple[PostgresSource, list[str]], address: str
) -> None:
    source, sent = watched
    refresh(source)
    sent.clear()
    assert refresh(source).gone == 0
    assert LISTING not in sent
    sent.clear()
    with psycopg.connect(address) as connection:
        now = recently(minutes=0)
        new = finished_run("NewFlow", "90", 90, by_run(RUN, 3), created_at=now, finished_at=now)
        insert(connection, [plant(new)])
    assert refresh(source).read >= 1
    assert sent == [DIGESTS, LISTING, CERTAIN]
    assert len(trace("NewFlow/90", source=source)) > 3


def test_tags_deletions_and_endings_show_at_the_next_refresh(address: str) -> None:
    refresh(address)
    with psycopg.connect(address) as connection:
        connection.execute("UPDATE runs_v3 SET tags = '[\"late\"]' WHERE flow_id = 'ETLFlow'")
        connection.execute("DELETE FROM metadata_v3 WHERE flow_id = 'ReportFlow'")
        connection.execute("DELETE FROM runs_v3 WHERE flow_id = 'ReportFlow'")
        connection.execute("DELETE FROM runs_v3 WHERE flow_id = 'ScoreFlow' AND run_number = 12")
        insert(connection, [plant(finished_run("OldFlow", "1", -500))])  # dated before all others
    done = refresh(address)
    assert done.gone == 2
    with open_catalog(address) as catalog:
        found = catalog.records(["ETLFlow/1", "OldFlow/1", "ReportFlow/14", "ScoreFlow/12", RUN])
    assert sorted(found) == ["ETLFlow/1", "OldFlow/1", RUN]
    assert found["ETLFlow/1"].tags == ("late",)


def test_a_running_run_is_completed_after_it_has_ended(postgres: PostgresServer) -> None:
    born = recently(minutes=10)
    running = finished_run("A", "1", 0, status="running", created_at=born, finished_at=None)
    ended = replace(running, status="completed", finished_at=recently(minutes=1))
    address = postgres.create("ending", [plant(running)])
    assert trace("A/1", downstream=1, source=address).graph.nodes["A/1"]["status"] == "running"
    refresh(address)
    with psycopg.connect(address) as connection:
        connection.execute("DELETE FROM metadata_v3")
        connection.execute("DELETE FROM runs_v3")
        insert(connection, [plant(ended)])
    refresh(address)
    with open_catalog(address) as catalog:
        assert catalog.records(["A/1"])["A/1"].status == "completed"


def test_more_rows_than_one_batch_are_read_in_pieces(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lineage.sources.postgres.source._BATCH", 7)
    resumed = finished_run("Z", "2", 2, origin="Z/404")
    records = [*big_lineage(60, days=3), resumed]
    address = postgres.create("pieces", map(plant, records))
    seen: list[tuple[int, int | None]] = []
    refresh(address, lambda done, total: seen.append((done, total)))
    assert seen[-1] == (61, 61)
    with open_catalog(address) as catalog:
        assert catalog.records(record.pathspec for record in records) == {r.pathspec: r for r in records}
    assert refresh(address).gone == 0


def test_it_may_only_read_and_leaves_no_setting_in_a_session_that_a_pool_hands_on(address: str) -> None:
    session = PostgresSource(address)._session
    with pytest.raises(SourceError, match="read-only transaction"):
        session.rows("DELETE FROM runs_v3 RETURNING run_number", {})
    trace(RUN, source=PostgresSource(address))
    connection = session._open()
    assert connection.execute("SHOW default_transaction_read_only").fetchall() == [("off",)]
    assert connection.execute("SELECT count(*) FROM pg_prepared_statements").fetchall() == [(0,)]


def test_a_statement_that_takes_too_long_is_given_up(address: str) -> None:
    source = PostgresSource(address, timeout=0.2)
    with pytest.raises(SourceUnreachable, match=r"more than 0\.2 s.*docs/reference/sources\.md"):
        list(source._session.rows("SELECT pg_sleep(5)", {}))
    assert source.flows()  # the connection is still good


def test_another_thread_can_stop_a_statement(address: str) -> None:
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        list(PostgresSource(address)._session.rows("SELECT pg_sleep(20)", {}, stop))
    assert time.monotonic() - began < 3


def test_a_wrong_password_is_refused_and_not_shown(postgres: PostgresServer, address: str) -> None:
    wrong = postgres.url(address.rsplit("/", 1)[1], password="secret-and-wrong")
    with pytest.raises(SourceDenied, match="authentication failed") as caught:
        PostgresSource(wrong).flows()
    assert "secret" not in str(caught.value)
    assert "secret" not in PostgresSource(wrong).label + PostgresSource(wrong).key


def test_a_user_without_rights_is_refused(postgres: PostgresServer, address: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE ROLE guest LOGIN PASSWORD 'guest'")
    guest = postgres.url(address.rsplit("/", 1)[1], "guest", "guest")
    with pytest.raises(SourceDenied, match="permission denied for table"):
        PostgresSource(guest).flows()


def test_what_the_environment_says_is_part_of_the_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "::1")
    monkeypatch.setenv("PGPORT", "6543")
    monkeypatch.setenv("PGDATABASE", "planted")
    assert PostgresSource("postgresql://").label == "Metaflow database at [::1]:6543/planted"
    assert PostgresSource("postgresql://ann@db.example.com/mine").key == "postgresql:db.example.com:6543/mine"


def test_nobody_there_is_an_error_with_the_address() -> None:
    with pytest.raises(SourceUnreachable, match=r"127\.0\.0\.1:9/db"):
        PostgresSource("postgresql://ann:secret@127.0.0.1:9/db").flows()


def test_a_database_that_does_not_exist_is_said(postgres: PostgresServer) -> None:
    with pytest.raises(SourceInvalid, match="nowhere"):
        PostgresSource(postgres.url("nowhere")).flows()


def test_a_database_without_the_tables_is_said(postgres: PostgresServer) -> None:
    with pytest.raises(SourceInvalid, match=r"does not belong to a Metaflow metadata service.*flows_v3"):
        PostgresSource(postgres.url()).flows()


@pytest.mark.parametrize(
    "column", ["runs_v3.run_id", "runs_v3.last_heartbeat_ts", "metadata_v3.field_name", "metadata_v3.value"]
)
def test_a_missing_column_is_named(address: str, column: str) -> None:
    table, name = column.split(".")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"ALTER TABLE {table} DROP COLUMN {name} CASCADE")
    for ask in (lambda source: source.read([RUN]), lambda source: list(source.scan())):
        with pytest.raises(SourceInvalid, match=name):
            ask(PostgresSource(address))


def test_odd_values_are_problems_and_the_rest_is_there(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("UPDATE metadata_v3 SET value = '{' WHERE field_name = 'execution-triggers'")
        connection.execute("UPDATE runs_v3 SET tags = NULL, system_tags = '{\"a\": 1}', user_name = NULL")
    records = list(PostgresSource(address).scan())
    assert len(records) == len(small_lineage())
    assert any("is not a JSON list" in problem for record in records for problem in record.problems)


def test_text_that_copy_escapes_is_read_as_it_is(address: str) -> None:
    odd = "tab\t, line\n, \\N and \\t, \b\f\v\r, ü"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("UPDATE runs_v3 SET user_name = %s, tags = to_jsonb(%s::text[])", (odd, [odd]))
        connection.execute("UPDATE runs_v3 SET system_tags = '[]'")
    source = PostgresSource(address)
    records = {record.pathspec: record for record in source.scan()}
    assert {(record.user, record.tags) for record in records.values()} == {(odd, (odd,))}
    assert records == source.read(records)


def test_the_index_that_the_docs_give_is_one_that_every_query_can_use(address: str) -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "sources.md").read_text("utf-8")
    statement = re.search(r"(CREATE INDEX CONCURRENTLY.*?);\n", page, re.DOTALL)
    assert statement
    some = {"flows": ["ETLFlow"], "ids": ["1"]}
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement[1].encode())
        connection.execute("DROP INDEX metadata_v3_akey")
        connection.execute("SET enable_seqscan = off")
        for query in (EVERYTHING, CERTAIN):
            plan = connection.execute(b"EXPLAIN " + query.encode(), some).fetchall()
            assert "metadata_v3_lineage" in str(plan)


def test_the_account_and_the_address_that_the_docs_give_are_enough(
    postgres: PostgresServer, address: str
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "sources.md").read_text("utf-8")
    account = re.search(r"CREATE ROLE (\w+) LOGIN PASSWORD '(.*)';\nGRANT .*", page)
    call = re.search(r"lineage\.trace\(.*postgresql:.*\)", page)
    assert account
    assert call
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(account[0].encode())
    reader = postgres.url(address.rsplit("/", 1)[1], account[1], quote(account[2]))
    asked = call[0].replace("postgresql://reader@db.example.com/metaflow", reader)
    asked = asked.replace('"TrainingFlow/34"', f'"{RUN}", downstream=None')
    assert RUN in eval(asked, {"lineage": lineage}).runs


DRIVER_ERRORS = [
    one
    for _, one in inspect.getmembers(psycopg.errors, inspect.isclass)
    if issubclass(one, psycopg.Error) and one.__module__ == "psycopg.errors"
]


def test_every_error_of_the_driver_is_mapped(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(DRIVER_ERRORS) > 200
    for kind in DRIVER_ERRORS:
        source = PostgresSource(address)

        def fail(kind: type[psycopg.Error] = kind) -> object:
            raise kind("as asked")

        monkeypatch.setattr(source._session, "_open", fail)
        with pytest.raises(SourceError):
            source.flows()


@pytest.mark.parametrize("address", ["postgresql://host:notaport/db", "postgresql://u:secret@h/db?nope=1"])
def test_an_address_that_is_none_is_refused_without_its_password(address: str) -> None:
    with pytest.raises((InvalidArgument, SourceError)) as caught:
        open_source(address).flows()
    assert "secret" not in str(caught.value)
