"""Many models from one experiment: a training service driven by parameters alone, an endpoint for each customer."""
