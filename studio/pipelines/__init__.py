"""Data Factory pipelines: documents, triggers, runs and activities."""
