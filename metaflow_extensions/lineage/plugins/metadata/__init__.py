"""What is written into a task's metadata about triggers, and how it is read."""
