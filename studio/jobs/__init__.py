"""Batch jobs: training and scoring with inputs and outputs in blobs."""
