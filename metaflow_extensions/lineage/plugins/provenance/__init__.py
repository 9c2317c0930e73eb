"""Which other runs a task had to do with: what it read, which runs it started, what it published."""
