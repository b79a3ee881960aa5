"""Many models from one experiment: a training service driven only by parameters, and an endpoint per customer."""
