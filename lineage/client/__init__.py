"""Reading runs, artifacts and triggers through Metaflow's public client. Internal."""
