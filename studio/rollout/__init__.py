"""Changing the models that endpoints use: publish, update, refresh, roll back, and retraining policies."""
