"""The product: experiments, web services, endpoints, trained models, scoring and retraining.

Depends on Azure Storage but not on Azure Functions. Its packages, and what each may import, are in
docs/explanation/architecture.md and in the import contract of pyproject.toml.
"""
