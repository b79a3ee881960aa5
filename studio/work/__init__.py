"""Work that queue messages start, and when: state, leases, queue, schedules, retention."""
