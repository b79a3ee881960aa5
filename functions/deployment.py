"""The deployment of this process, opened on first use."""

import functools

from studio.deployment import Deployment, open_deployment
from studio.settings import read_settings


@functools.cache
def deployment() -> Deployment:
    """Return the deployment that the app settings describe."""
    return open_deployment(read_settings())
