"""How a workspace leaves: its web services and models moved to another deployment, or all of it deleted."""
