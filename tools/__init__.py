"""Tools beside the app: its package, its documentation site, and backups of what it stores."""
