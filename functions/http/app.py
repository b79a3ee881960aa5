"""The deployment of this process, opened on first use."""

import functools

from studio.serving.app import App, open_app
from studio.settings import read_settings


@functools.cache
def current_app() -> App:
    """Return the deployment that the app settings describe."""
    return open_app(read_settings())
