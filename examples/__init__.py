"""Worked examples, used by the tests and the documentation."""
