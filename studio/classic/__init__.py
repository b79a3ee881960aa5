"""What only clients of the original ask for: Azure Resource Manager, the Studio API, Swagger, help pages."""
