#!/usr/bin/env bash
# Installs Bluesky's reference server (npm, 360 MB) outside the checkout, once, and runs the tests that need it.
# Where: $SMDASH_TEST_SERVERS/bluesky, else ~/.cache/smdash-test-servers/bluesky. Wants node 18 or 20 with npm, a C++
# compiler for one module, and for notifications PostgreSQL (Debian: postgresql).
# With --install it only installs; other arguments go to pytest. $PYTHON is the python with the test packages.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
home=${SMDASH_TEST_SERVERS:-$HOME/.cache/smdash-test-servers}/bluesky
command -v npm >/dev/null || { echo "npm is not installed: Bluesky's server can't be had" >&2; exit 1; }
mkdir -p "$home"
if ! cmp -s "$here/bluesky.json" "$home/package.json" || [ ! -e "$home/installed" ]; then
  rm -rf "$home/node_modules" "$home/installed"
  cp "$here/bluesky.json" "$home/package.json"
  (cd "$home" && npm install --no-audit --no-fund --loglevel=error && touch installed)
fi
[ "${1:-}" = --install ] && exit 0
cd "$here/../.."
python=${PYTHON:-.venv/bin/python}
exec "$python" -m pytest tests/process/test_bluesky_server.py "$@"
