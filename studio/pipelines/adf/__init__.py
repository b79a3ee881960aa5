"""Data Factory's documents and expressions, versions 1 and 2: parsing and evaluation, without storage."""
