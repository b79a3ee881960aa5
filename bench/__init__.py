"""Benchmarks the product against what people would use instead. Not a test."""
