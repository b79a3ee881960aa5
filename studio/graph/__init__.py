"""Experiments: documents that connect modules, and the code that runs them."""
