#!/bin/sh
# One file for Python 3.11, 3.12 and 3.13: what differs between them carries a marker.
set -eu
lock() {
    .venv/bin/uv pip compile --quiet --universal --generate-hashes --custom-compile-command "make lock" "$@"
}
lock --python-version 3.11 pyproject.toml --output-file requirements.txt
lock --python-version 3.11 pyproject.toml --group dev --constraint requirements.txt --output-file requirements-dev.txt
lock --python-version 3.12 --group connect --output-file requirements-connect.txt
