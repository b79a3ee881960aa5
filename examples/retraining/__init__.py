"""The original's retraining tutorial, on Perennial."""
