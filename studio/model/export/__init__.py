"""From fitted scikit-learn estimators to ONNX graphs in double precision, one file a family."""
