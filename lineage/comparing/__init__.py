"""Why a run exists, how two runs differ, and what is built on outdated inputs.

Internal; `lineage.explain`, `lineage.diff`, `lineage.check` and `Lineage.stale` use it.
"""
