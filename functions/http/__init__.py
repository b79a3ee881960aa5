"""Shared by all HTTP handlers: requests, replies, operations and the OpenAPI document."""
