"""Who and what there is: workspaces, web services, endpoints with their history, definitions, trained models."""
