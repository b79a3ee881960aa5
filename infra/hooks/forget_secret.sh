#!/bin/sh
# After provisioning: removes the master secret from this machine; Key Vault has it now.
set -eu
azd env set MASTER_SECRET ""
