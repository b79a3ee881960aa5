"""Experiments, their runs, and module results cached between runs."""
