"""The option `--trigger`: parse, check and resolve it, and pass it on to tasks."""
