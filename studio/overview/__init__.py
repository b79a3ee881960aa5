"""What goes on in a workspace, gathered from all rooms for pages that show it at a glance."""
