"""The objects behind `current.trigger` and `Run.trigger`."""
