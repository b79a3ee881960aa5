"""Storage of running apps of released versions, kept so that newer versions are tested against it."""
