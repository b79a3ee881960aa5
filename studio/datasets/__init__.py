"""Data that experiments read and write: a workspace's datasets, and connectors to external data."""
