"""Experiments: documents that connect modules, and what runs them."""
