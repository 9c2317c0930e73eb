"""The module whose names Metaflow adds to `metaflow`."""

toplevel = "lineage_toplevel"
