"""azureml-inference-server-http on 127.0.0.1 only; by itself it listens on every address. Takes the same arguments."""

import sys

from azureml_inference_server_http import amlserver

amlserver.DEFAULT_HOST = "127.0.0.1"
sys.exit(amlserver.run())
