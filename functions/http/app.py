"""The running app of this process, opened on first use."""

import functools

from studio.serving.app import App, open_app
from studio.settings import read_settings


@functools.cache
def current_app() -> App:
    """Return the app, opened with the app settings on the first call."""
    return open_app(read_settings())
