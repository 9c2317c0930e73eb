"""The record of a run's triggers in its start task's metadata: write it and read it."""
