"""The attribute that sets @trigger_on apart from @trigger."""

# Set by @trigger_on, and by nothing that Metaflow ships; a run's `_graph_info` records it.
STRICT_MARK = "trigger_on"
