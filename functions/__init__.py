"""Triggers: one file per noun. Read the request, call one studio function, reply."""
