"""The original's retraining tutorial on this system."""
