"""Metaflow's local store, as files. Nothing here imports Metaflow, so a process of its own starts at once."""
