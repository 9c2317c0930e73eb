"""PostgreSQL from the system's packages, on a free port, in a temporary folder, for tests."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

import psycopg
import psycopg.types.json

from tests.support.planted import PlantedRun

PASSWORD = "secret-of-the-tests"

# The tables as the service's migrations leave them (github.com/Netflix/metaflow-service,
# services/migration_service/migration_files), with the indexes that concern runs and metadata.
SCHEMA = """
CREATE TABLE flows_v3 (
  flow_id VARCHAR(255) PRIMARY KEY, user_name VARCHAR(255), ts_epoch BIGINT NOT NULL,
  tags JSONB, system_tags JSONB
);
CREATE TABLE runs_v3 (
  flow_id VARCHAR(255) NOT NULL REFERENCES flows_v3 (flow_id), run_number SERIAL NOT NULL,
  user_name VARCHAR(255), ts_epoch BIGINT NOT NULL, tags JSONB, system_tags JSONB,
  run_id VARCHAR(255), last_heartbeat_ts BIGINT,
  PRIMARY KEY (flow_id, run_number), UNIQUE (flow_id, run_id)
);
CREATE TABLE metadata_v3 (
  flow_id VARCHAR(255), run_number BIGINT NOT NULL, step_name VARCHAR(255) NOT NULL,
  task_id BIGINT NOT NULL, id BIGSERIAL NOT NULL, field_name VARCHAR(255) NOT NULL, value TEXT NOT NULL,
  type VARCHAR(255) NOT NULL, user_name VARCHAR(255), ts_epoch BIGINT NOT NULL,
  tags JSONB, system_tags JSONB, run_id VARCHAR(255), task_name VARCHAR(255)
);
CREATE TABLE artifact_v3 (
  flow_id VARCHAR(255) NOT NULL, run_number BIGINT NOT NULL, step_name VARCHAR(255) NOT NULL,
  task_id BIGINT NOT NULL, name VARCHAR(255) NOT NULL, location VARCHAR(255) NOT NULL,
  ds_type VARCHAR(255) NOT NULL, sha VARCHAR(255), type VARCHAR(255), content_type VARCHAR(255),
  user_name VARCHAR(255), attempt_id SMALLINT NOT NULL, ts_epoch BIGINT NOT NULL,
  tags JSONB, system_tags JSONB, run_id VARCHAR(255), task_name VARCHAR(255),
  PRIMARY KEY (flow_id, run_number, step_name, task_id, attempt_id, name)
);
"""
INDEXES = """
CREATE INDEX runs_v3_idx_ts_epoch ON runs_v3 (ts_epoch);
CREATE INDEX runs_v3_idx_flow_id_asc_ts_epoch_desc ON runs_v3 (flow_id ASC, ts_epoch DESC);
CREATE INDEX runs_v3_idx_str_ids_primary_key_v2 ON runs_v3 (flow_id, run_id);
ALTER TABLE metadata_v3 ADD PRIMARY KEY (id, flow_id, run_number, step_name, task_id, field_name);
CREATE INDEX metadata_v3_akey ON metadata_v3 (flow_id, run_number, step_name, task_id, field_name);
"""


class PostgresServer:
    """A server of its own; the packages it needs are said if they are missing."""

    def __init__(self) -> None:
        self._bin = _programs()
        self._user = _user()
        self._folder = Path(tempfile.mkdtemp(prefix="lineage-postgres-"))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def __enter__(self) -> PostgresServer:
        secret = self._folder / "password"
        secret.write_text(PASSWORD)
        if self._user:
            for path in (self._folder, secret):
                shutil.chown(path, self._user, pwd.getpwnam(self._user).pw_gid)
        data = self._folder / "data"
        passwords = [f"--pwfile={secret}", "--auth-host=scram-sha-256", "--auth-local=scram-sha-256"]
        self._run("initdb", "-D", str(data), "-U", "owner", "-E", "UTF8", "--no-sync", *passwords)
        options = f"-p {self.port} -k {self._folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._run("pg_ctl", "-D", str(data), "-w", "-l", str(self._folder / "log"), "-o", options, "start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database: str = "postgres", user: str = "owner", password: str = PASSWORD) -> str:
        """Address of one of its databases."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def create(self, database: str, runs: Iterable[PlantedRun] = ()) -> str:
        """Make a database with the service's tables and these runs in it; returns its address."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{database}"')
        with psycopg.connect(self.url(database)) as connection:
            connection.execute(SCHEMA)
            insert(connection, runs)
            connection.execute(INDEXES)
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        return self.url(database)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._bin / program), *arguments],
            user=self._user,
            cwd=self._folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            timeout=120,
        )
        log = self._folder / "log"
        said = (done.stdout or b"").decode() + (log.read_text() if log.exists() else "")
        assert done.returncode == 0, f"{program} failed:\n{said}"


def insert(connection: psycopg.Connection[tuple[object, ...]], runs: Iterable[PlantedRun]) -> None:
    """Add runs to a database, as the service would."""
    for run in runs:
        flow, run_id = run.record.flow, run.record.run_id
        connection.execute(
            "INSERT INTO flows_v3 VALUES (%s, %s, %s, '[]', '[]') ON CONFLICT DO NOTHING",
            (flow, run.record.user, run.created),
        )
        number = int(run_id) if run_id.isdecimal() else None
        (number,) = connection.execute(
            "INSERT INTO runs_v3 (flow_id, run_number, user_name, ts_epoch, tags, system_tags, run_id, "
            "last_heartbeat_ts) VALUES (%s, COALESCE(%s, nextval('runs_v3_run_number_seq') + 1000000), %s, "
            "%s, %s, %s, %s, %s) RETURNING run_number",
            (
                flow,
                number,
                run.record.user,
                run.created,
                psycopg.types.json.Jsonb(list(run.record.tags)),
                psycopg.types.json.Jsonb(list(run.record.system_tags)),
                None if number is not None else run_id,
                run.heartbeat,
            ),
        ).fetchone() or (None,)
        with connection.cursor() as cursor:
            for row in (row for task in run.tasks for row in run.artifact_rows(task)):
                cursor.execute(
                    "INSERT INTO artifact_v3 (flow_id, run_number, step_name, task_id, name, location, "
                    "ds_type, sha, attempt_id, ts_epoch) VALUES (%s, %s, %s, %s, %s, '', %s, %s, %s, %s)",
                    (
                        flow,
                        number,
                        row["step_name"],
                        int(row["task_id"]),
                        row["name"],
                        row["ds_type"],
                        row["sha"],
                        row["attempt_id"],
                        row["ts_epoch"],
                    ),
                )
            cursor.executemany(
                "INSERT INTO metadata_v3 (flow_id, run_number, step_name, task_id, field_name, value, type, "
                "user_name, ts_epoch) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                [
                    (
                        flow,
                        number,
                        row["step_name"],
                        int(row["task_id"]),
                        row["field_name"],
                        row["value"],
                        row["type"],
                        row["user_name"],
                        row["ts_epoch"],
                    )
                    for row in run.metadata()
                ],
            )


def _programs() -> Path:
    """Folder of the server's programs; Debian keeps them out of the PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    found = shutil.which("initdb")
    if debian:
        return debian[-1]
    assert found, "the tests need PostgreSQL: apt-get install postgresql"
    return Path(found).parent


def _user() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
