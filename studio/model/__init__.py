"""Trained model files: what is in them, how they are made, proved and scored."""
