"""Trained model files: their contents, and how they are made, verified and scored."""
