"""Metaflow's metadata service, over HTTP. Internal; see `lineage.sources.ServiceSource`."""
