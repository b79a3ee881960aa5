"""An account of its own, so that nothing but the worker of these tests takes its messages."""

from tests.account import app_settings, azurite, deployment

__all__ = ["app_settings", "azurite", "deployment"]
