"""What all HTTP handlers share: requests, replies, operations and their description."""
