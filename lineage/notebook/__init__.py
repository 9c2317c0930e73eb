"""Widgets for notebooks. Internal; `lineage.show_lineage` and its siblings are the public names."""
