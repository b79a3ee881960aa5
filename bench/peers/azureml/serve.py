"""azureml-inference-server-http on 127.0.0.1 alone: it listens on every address otherwise. Takes its arguments."""

import sys

from azureml_inference_server_http import amlserver

amlserver.DEFAULT_HOST = "127.0.0.1"
sys.exit(amlserver.run())
