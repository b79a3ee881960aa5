"""Experiments, their runs, and results kept between runs."""
