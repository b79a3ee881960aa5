#!/bin/sh
# Before the first provisioning: creates the master secret for Key Vault. Later runs leave the vault's secret alone.
set -eu
if [ -z "$(azd env get-value KEY_VAULT_NAME 2>/dev/null | grep -v '^ERROR' || true)" ]; then
  azd env set MASTER_SECRET "$(openssl rand -base64 48 | tr -d '\n')"
fi
