"""What should have fired and did not."""
