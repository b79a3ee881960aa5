"""The product: experiments, web services, endpoints, trained models, scoring and retraining.

Knows Azure Storage, knows nothing of Azure Functions. One concept, one file.
"""
