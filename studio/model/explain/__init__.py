"""Explanations: how much each column that a caller sends adds to a row's score (docs/how-to/explain-scores.md)."""
