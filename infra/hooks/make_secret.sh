#!/bin/sh
# Before the first provisioning: makes the master secret that goes into Key Vault. Later ones leave the vault's alone.
set -eu
if [ -z "$(azd env get-value KEY_VAULT_NAME 2>/dev/null | grep -v '^ERROR' || true)" ]; then
  azd env set MASTER_SECRET "$(openssl rand -base64 48 | tr -d '\n')"
fi
