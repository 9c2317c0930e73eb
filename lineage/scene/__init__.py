"""What is drawn: one JSON document for a lineage, a flow map or a simulation (docs/scene.md). Internal."""
