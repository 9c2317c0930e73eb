"""Replay on Argo Workflows: submit what does not start by itself, and watch the rest arrive. Internal."""
