"""Tells Metaflow which names this extension adds to `metaflow`."""

toplevel = "lineage_toplevel"
