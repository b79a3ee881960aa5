"""Exports fitted scikit-learn estimators as double-precision ONNX graphs, one file per family."""
