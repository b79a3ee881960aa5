"""Compares the scores of every learner with scikit-learn's, on scikit-learn's tables."""
