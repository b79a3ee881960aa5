"""The deployment of this process, opened on first use."""

import functools
import sys

from studio.deployment import Deployment, open_deployment
from studio.settings import read_settings

# Threads that compute, such as a swap's, give way to requests after this long; Python's own 5 ms are felt by callers.
SWITCH_SECONDS = 0.0001


@functools.cache
def deployment() -> Deployment:
    """Return the deployment that the app settings describe."""
    sys.setswitchinterval(SWITCH_SECONDS)
    return open_deployment(read_settings())
