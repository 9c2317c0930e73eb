"""From records to a graph: walks upstream and downstream. Internal; see `lineage.trace`."""
