#!/bin/sh
# What the tests need from the system and PyPI can't bring: two browsers, Node.js to drive the second one, PHP's command
# line and its style checker, Redis.
# As root on Debian or Ubuntu they are installed; elsewhere one line says what to install.
set -u

missing=""
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
command -v firefox-esr >/dev/null 2>&1 || command -v firefox >/dev/null 2>&1 || missing="$missing firefox-esr"
command -v npm >/dev/null 2>&1 || missing="$missing nodejs npm"
command -v php >/dev/null 2>&1 || missing="$missing php-cli"
command -v phpcs >/dev/null 2>&1 || missing="$missing php-codesniffer"
command -v redis-server >/dev/null 2>&1 || missing="$missing redis-server"
[ -z "$missing" ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing:$missing"
    apt-get update -qq
    # shellcheck disable=SC2086 # a list of package names
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing fonts-noto-core >/dev/null && exit 0
fi
echo "Tests that need them are skipped, and say so, until you install:$missing (on Debian: apt-get install$missing)"
