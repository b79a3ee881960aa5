"""Data Factory's language, without storage: dates, expressions, recurrences, documents of version 1 and 2."""
