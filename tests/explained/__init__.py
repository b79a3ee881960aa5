"""Explanations as the package shap computes them, for tests/unit/test_explain.py."""
