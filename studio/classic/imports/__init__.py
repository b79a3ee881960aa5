"""Experiments that were exported from the original, and what becomes of every part of them here."""
