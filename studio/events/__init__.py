"""Events: which of what happened is still to be recorded, who subscribed to it, and how it is told."""
