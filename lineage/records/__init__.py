"""Records of runs, and the metadata that they are read from. Internal; `lineage.sources` returns records."""
