"""The SQL of the postgres source, over the tables of Metaflow's metadata service.

Tables and columns: github.com/Netflix/metaflow-service, services/migration_service/migration_files. The
visible id is `run_id` if there is one (Argo), else `run_number`; tables are joined by the number.
"""

from __future__ import annotations

from lineage.records.metadata import FIELDS
from metaflow_extensions.lineage.plugins.metadata.causes import TRIGGERS_FIELD

_FIELDS = ", ".join(f"'{field}'" for field in sorted(FIELDS))
_ID = "COALESCE(r.run_id, r.run_number::text)"
_STAMP = "md5(r.tags::text) || '|' || COALESCE(r.last_heartbeat_ts::text, '')"
_STAMP_SOURCE = "r.tags, '|', r.last_heartbeat_ts"  # what a stamp is made of

# Most rows say what a record has by default: a task began its first attempt, resumes nothing, and the first
# and last step have their usual names. They are not read. Only whether a run without an end has fallen silent
# depends on their times, for a day.
_DEFAULT = """(m.field_name, m.value) IN
    (('attempt', '0'), ('origin-run-id', 'None'), ('start_step', 'start'), ('end_step', 'end'))"""
_YOUNG = "m.ts_epoch > (extract(epoch FROM now())::bigint - 2 * 86400) * 1000"
_TELLING = f"m.field_name IN ({_FIELDS}) AND (NOT {_DEFAULT} OR {_YOUNG})"

# The facts of a run that a record is made of. If its last step succeeded and nothing is told but that tasks
# did well and what triggered the start step, these are `ended` and `triggers`, else all rows as a JSON list.
_FACTS = f"""
  SELECT {{key}} min(m.ts_epoch) FILTER (WHERE m.ts_epoch > 0) AS first_write,
    max(m.ts_epoch) FILTER (WHERE m.field_name = 'attempt_ok' AND m.step_name = 'end') AS ended,
    max(m.value) FILTER (WHERE m.field_name = '{TRIGGERS_FIELD}') AS triggers,
    count(*) FILTER (WHERE m.field_name = '{TRIGGERS_FIELD}') < 2 AND bool_and(
      (m.field_name, m.value) = ('attempt_ok', 'True') OR m.field_name = 'attempt' OR {_DEFAULT}
      OR (m.field_name, m.step_name) = ('{TRIGGERS_FIELD}', 'start')) AS plain,
    json_agg(json_build_array(m.step_name, m.task_id, m.field_name, m.value, m.ts_epoch)) AS rows
  FROM metadata_v3 m WHERE {_TELLING}
"""
_PLAIN = "f.plain AND f.ended IS NOT NULL"
# See `SlimRun`, which has one field for each column.
_SLIM = f"""
  r.flow_id, {_ID}, {_STAMP}, r.user_name, r.tags::text, r.system_tags::text,
  LEAST(r.ts_epoch, f.first_write)::text, r.last_heartbeat_ts::text,
  CASE WHEN {_PLAIN} THEN f.ended::text END, CASE WHEN {_PLAIN} THEN f.triggers END,
  CASE WHEN {_PLAIN} THEN NULL ELSE f.rows::text END"""

# All runs, for an empty catalog or a scan: one pass over each table.
EVERYTHING = f"""
SELECT {_SLIM} FROM runs_v3 r LEFT JOIN (
  {_FACTS.format(key="m.flow_id, m.run_number,")} GROUP BY m.flow_id, m.run_number
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
SELECT {_SLIM}
FROM unnest(%(flows)s::text[], %(ids)s::text[]) AS k (flow_id, id)
CROSS JOIN LATERAL ({NAMED}) r
LEFT JOIN LATERAL (
  {_FACTS.format(key="")} AND m.flow_id = r.flow_id AND m.run_number = r.run_number
) f ON true
"""

FLOWS = "SELECT flow_id FROM flows_v3"

LATEST = f"""
SELECT {_ID} FROM runs_v3 r WHERE r.flow_id = %(flow)s AND r.ts_epoch <= %(before)s
ORDER BY r.ts_epoch DESC, r.run_number DESC LIMIT 1
"""
