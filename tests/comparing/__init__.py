"""Why runs exist, how they differ, what is outdated."""
