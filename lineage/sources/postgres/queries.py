"""The SQL of the postgres source, over the tables of Metaflow's metadata service.

Tables and columns: github.com/Netflix/metaflow-service, services/migration_service/migration_files. The
visible id is `run_id` if there is one (Argo), else `run_number`; tables are joined by the number.
"""

from __future__ import annotations

from lineage.records.metadata import FIELDS

_FIELDS = ", ".join(f"'{field}'" for field in sorted(FIELDS))
_ID = "COALESCE(r.run_id, r.run_number::text)"
_STAMP = "md5(r.tags::text) || '|' || COALESCE(r.last_heartbeat_ts::text, '')"
_RUN = "r.user_name, r.ts_epoch, r.tags, r.system_tags, r.last_heartbeat_ts"

# The data of a record, as one JSON list for each run. Nearly all rows are ordinary: a task began its first
# attempt, and resumes nothing. Only the times of those rows are needed.
_FACTS = """
  json_agg(json_build_array(m.step_name, m.task_id, m.field_name, m.value, m.ts_epoch))
    FILTER (WHERE NOT (m.field_name = 'attempt' AND m.value = '0')
              AND NOT (m.field_name = 'origin-run-id' AND m.value = 'None')) AS facts,
  max(m.ts_epoch) AS last_write
"""

# All runs, for an empty catalog or a scan: one pass over each table.
EVERYTHING = f"""
SELECT r.flow_id, {_ID}, {_STAMP}, {_RUN}, f.facts, f.last_write, (SELECT count(*) FROM runs_v3)
FROM runs_v3 r LEFT JOIN (
  SELECT m.flow_id, m.run_number, {_FACTS}
  FROM metadata_v3 m WHERE m.field_name IN ({_FIELDS})
  GROUP BY m.flow_id, m.run_number
) f ON f.flow_id = r.flow_id AND f.run_number = r.run_number
"""

# One run at a time by index, which is faster for a small number of runs.
_FACTS_OF_RUN = f"""
LEFT JOIN LATERAL (
  SELECT {_FACTS} FROM metadata_v3 m
  WHERE w.wanted AND m.flow_id = r.flow_id AND m.run_number = r.run_number AND m.field_name IN ({_FIELDS})
) f ON true
"""

# A listing of all runs, which shows changed tags and deletions, with all data of new and due runs.
# Parameters: milliseconds since 1970, flows and ids of due runs.
CHANGES = f"""
WITH due AS (SELECT * FROM unnest(%(flows)s::text[], %(ids)s::text[]) AS k (flow_id, id)),
wanted AS (
  SELECT r.flow_id, r.run_number FROM runs_v3 r WHERE r.ts_epoch >= %(since)s
  UNION
  SELECT r.flow_id, r.run_number FROM runs_v3 r
  JOIN due ON due.flow_id = r.flow_id AND due.id = {_ID}
)
SELECT r.flow_id, {_ID}, {_STAMP}, w.wanted,
  CASE WHEN w.wanted THEN json_build_array({_RUN}) END, f.facts, f.last_write,
  (SELECT count(*) FROM wanted)
FROM runs_v3 r
LEFT JOIN (SELECT flow_id, run_number, true AS wanted FROM wanted) w
  ON w.flow_id = r.flow_id AND w.run_number = r.run_number
{_FACTS_OF_RUN}
ORDER BY r.flow_id COLLATE "C"
"""

# The given runs. Parameters: flows and ids.
CERTAIN = f"""
SELECT r.flow_id, {_ID}, {_STAMP}, {_RUN}, f.facts, f.last_write, 0
FROM unnest(%(flows)s::text[], %(ids)s::text[]) AS k (flow_id, id)
JOIN runs_v3 r ON r.flow_id = k.flow_id AND {_ID} = k.id AND (
  r.run_id = k.id OR r.run_number = CASE WHEN k.id ~ '^[0-9]{{1,9}}$' THEN k.id::int END)
CROSS JOIN (SELECT true AS wanted) w
{_FACTS_OF_RUN}
"""

FLOWS = "SELECT flow_id FROM flows_v3"

LATEST = f"""
SELECT {_ID} FROM runs_v3 r WHERE r.flow_id = %(flow)s AND r.ts_epoch <= %(before)s
ORDER BY r.ts_epoch DESC, r.run_number DESC LIMIT 1
"""
