"""The registry: workspaces, web services, endpoints and their history, definitions, trained models, and access."""
