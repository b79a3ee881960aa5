"""An account of its own: no running app takes the messages, or sends any, that these tests count."""

from tests.account import app_settings, azurite, deployment

__all__ = ["app_settings", "azurite", "deployment"]
