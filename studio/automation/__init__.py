"""What starts by itself: queue messages, timer ticks, uploads, retraining policies."""
