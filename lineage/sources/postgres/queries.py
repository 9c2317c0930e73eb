"""The SQL of the postgres source, over the tables of Metaflow's metadata service.

Tables and columns: github.com/Netflix/metaflow-service, services/migration_service/migration_files. The
visible id is `run_id` if there is one (Argo), else `run_number`; tables are joined by the number.
"""

from __future__ import annotations

from lineage.records.metadata import FIELDS

_FIELDS = ", ".join(f"'{field}'" for field in sorted(FIELDS))
_ID = "COALESCE(r.run_id, r.run_number::text)"
_STAMP = "md5(r.tags::text) || '|' || COALESCE(r.last_heartbeat_ts::text, '')"
_STAMP_SOURCE = "r.tags, '|', r.last_heartbeat_ts"  # what a stamp is made of
_RUN = "r.user_name, r.ts_epoch, r.tags, r.system_tags, r.last_heartbeat_ts"

# The data of a record, as one JSON list for each run. Nearly all rows are ordinary: a task began its first
# attempt, resumes nothing, and the first and last step have their usual names, which a record has by default.
# Only the times of those rows are needed.
_FACTS = """
  json_agg(json_build_array(m.step_name, m.task_id, m.field_name, m.value, m.ts_epoch))
    FILTER (WHERE (m.field_name, m.value) NOT IN
      (('attempt', '0'), ('origin-run-id', 'None'), ('start_step', 'start'), ('end_step', 'end'))) AS facts,
  max(m.ts_epoch) AS last_write
"""

# All runs, for an empty catalog or a scan: one pass over each table, and one JSON list for each run.
EVERYTHING = f"""
SELECT json_build_array(r.flow_id, {_ID}, {_STAMP}, {_RUN}, f.facts, f.last_write)
FROM runs_v3 r LEFT JOIN (
  SELECT m.flow_id, m.run_number, {_FACTS}
  FROM metadata_v3 m WHERE m.field_name IN ({_FIELDS})
  GROUP BY m.flow_id, m.run_number
) f ON f.flow_id = r.flow_id AND f.run_number = r.run_number
"""

# The flows with their numbers of runs, and a digest that changes with the stamp of any run: equal digests
# save the listings of the flows. hashtextextended: PostgreSQL 11.
DIGESTS = f"""
SELECT r.flow_id, count(*), sum(hashtextextended(concat({_ID}, '|', {_STAMP_SOURCE}), 0))::text
FROM runs_v3 r GROUP BY r.flow_id
"""

# The runs of a flow, which shows changed tags and deletions. Parameter: the flow.
LISTING = f"SELECT {_ID}, {_STAMP} FROM runs_v3 r WHERE r.flow_id = %(flow)s"

# The run of a `k` with a flow and an id: two look-ups in an index.
NAMED = """
  SELECT * FROM runs_v3 WHERE flow_id = k.flow_id AND run_id = k.id
  UNION ALL
  SELECT * FROM runs_v3 WHERE flow_id = k.flow_id AND run_id IS NULL AND run_number::text = k.id
    AND run_number = CASE WHEN k.id ~ '^[0-9]{1,18}$' THEN k.id::bigint END
"""

# The given runs. Parameters: flows and ids.
CERTAIN = f"""
SELECT r.flow_id, {_ID}, {_STAMP}, {_RUN}, f.facts, f.last_write
FROM unnest(%(flows)s::text[], %(ids)s::text[]) AS k (flow_id, id)
CROSS JOIN LATERAL ({NAMED}) r
LEFT JOIN LATERAL (
  SELECT {_FACTS} FROM metadata_v3 m
  WHERE m.flow_id = r.flow_id AND m.run_number = r.run_number AND m.field_name IN ({_FIELDS})
) f ON true
"""

FLOWS = "SELECT flow_id FROM flows_v3"

LATEST = f"""
SELECT {_ID} FROM runs_v3 r WHERE r.flow_id = %(flow)s AND r.ts_epoch <= %(before)s
ORDER BY r.ts_epoch DESC, r.run_number DESC LIMIT 1
"""
