"""Scikit-learn pipelines of users: as data, fitted in a process of their own, and what that process keeps."""
