"""Batch jobs: training and scoring over blobs."""
