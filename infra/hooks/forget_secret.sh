#!/bin/sh
# After provisioning: the master secret is in Key Vault, and no longer on this machine.
set -eu
azd env set MASTER_SECRET ""
