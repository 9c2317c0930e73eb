"""Metaflow's local store, read as files. Does not import Metaflow, so that reader processes start fast."""
