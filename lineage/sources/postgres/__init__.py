"""The database of Metaflow's metadata service. Internal; see `lineage.sources.PostgresSource`."""
