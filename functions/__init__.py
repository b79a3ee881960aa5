"""Triggers, one file per noun: each handler reads the request, calls one function of studio/ and replies."""
