"""A month in the life of an endpoint, simulated: drift, retraining, promotion in steps, and a candidate taken back."""
