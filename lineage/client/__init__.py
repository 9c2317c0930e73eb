"""What is read through Metaflow's public client: runs, artifacts, triggers. Internal."""
