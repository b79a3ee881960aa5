"""Worked examples; the tests and the documentation use them."""
