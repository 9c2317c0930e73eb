"""The option `--trigger`: read, checked, resolved, and handed down to tasks."""
