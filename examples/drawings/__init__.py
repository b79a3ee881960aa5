"""Drawings of numbers, 28 × 28 pixels: a neural network learns 10 to 100 classes while its loss is watched."""
