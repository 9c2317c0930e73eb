"""The attribute that distinguishes @trigger_on from @trigger."""

# Set only by @trigger_on; a run's `_graph_info` records it.
STRICT_MARK = "trigger_on"
