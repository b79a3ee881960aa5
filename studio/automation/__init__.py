"""Work that starts automatically: on queue messages, timer ticks and uploads, and by retraining policies."""
