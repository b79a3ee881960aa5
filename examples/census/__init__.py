"""Synthetic census rows, as many as you need, for training, scoring and benchmarks."""
