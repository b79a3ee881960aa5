"""Measures the product beside what people would use instead; never a test."""
