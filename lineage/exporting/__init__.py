"""A lineage in the formats that other tools read, and sent to those that listen over HTTP.

Internal: see `Lineage`. Pure functions over a graph, into which none of them writes; only `posting` talks to
the network. docs/guide/export.md says what each format can hold.
"""
