"""One JSON document to draw for a lineage, a flow map or a simulation (docs/reference/scene.md). Internal."""
