"""Models that were trained elsewhere: what a request says of one, and how it becomes a trained model file."""
