#!/bin/sh
# Debian packages the tests use: Chromium for the browser tests, the ODBC libraries for SQL Server's backend,
# PostgreSQL's server for the fault tests (they start one of their own; without it they run on SQLite).
# Installs them where it may (root and apt-get), else says what will be skipped. In CI nothing is skipped:
# tests/conftest.py fails there instead.
set -eu
missing=""
[ -x /usr/bin/chromium ] || command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
ldconfig -p 2>/dev/null | grep -q 'libodbc\.so' || missing="$missing libodbc2 libodbcinst2"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing for the tests:$missing"
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086 # a list of names
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing; } >/dev/null 2>&1 && exit 0
fi
echo "Not installed:$missing. The tests that need them are skipped (the fault tests use SQLite); as root, apt-get install$missing."
