"""Where a Metaflow run came from and what it set off."""
