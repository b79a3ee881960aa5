#!/bin/sh
# Before the app is packaged: builds the Studio in the browser, web/dist, which is part of the package.
set -eu
if ! npm --version >/dev/null 2>&1; then
  echo "Node.js (with npm) is needed to build the Studio and was not found. See https://nodejs.org, or install the" >&2
  echo "package 'nodejs' of your system; then deploy again." >&2
  exit 1
fi
cd "$(dirname "$0")/../../web"
npm ci --silent --no-audit --no-fund
npm run --silent build -- --logLevel warn
