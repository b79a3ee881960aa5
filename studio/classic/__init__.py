"""APIs that only the original's clients use: Azure Resource Manager, the Studio API, Swagger and help pages."""
