"""Record a task's links to other runs: what it read, which runs it started, what it published."""
