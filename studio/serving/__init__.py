"""Request-response scoring: the hot path, and what it keeps in memory."""
