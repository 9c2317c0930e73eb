"""Reads flow files, in a process of its own: `python -m lineage.flow_map.inspector SECONDS FILE …`.

A file is imported, as `python flow.py` would do before it runs anything; no step runs. Metaflow is
imported once, then each file in a fork, so that files neither see nor break each other; files whose
import runs nothing but Metaflow's own code share one. A file that cannot be imported is read by its
syntax tree. For each file one line of JSON goes to standard output:

- `flows`: a list of `{"flow", "project", "branch", "branch_assumed", "assumed", "notes", "refused", "info"}`,
  where `info` has the form of the `_graph_info` artifact, with functions replaced by what they return;
- `problems`: sentences about classes that could not be read;
- `error`: why the file could not be imported, or None.
"""
