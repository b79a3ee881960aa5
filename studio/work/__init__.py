"""Background work: its state, leases and queue, the schedules that start it, and the retention of its results."""
