"""What triggered a run, as `current.trigger` and `Run.trigger` give it."""
