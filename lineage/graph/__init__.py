"""The graph of runs and events, its saved form, the selection language. Internal: see `Lineage`."""
