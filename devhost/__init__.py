"""Runs function_app.py locally without Core Tools, on Microsoft's own Python runtime.

The runtime (`azure-functions-runtime`) indexes the app and runs its functions exactly as it does inside Azure;
this package adds what the .NET host does around it: HTTP routing, queue, blob and timer triggers, two processes.
It is never deployed. docs/reference/devhost.md lists the differences from the real host.
"""
