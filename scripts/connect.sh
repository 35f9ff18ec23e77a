#!/bin/sh
# Makes .venv-connect, where Databricks Connect lives: it brings a pyspark of its own, for Python 3.12 only.
# PYTHON names the Python to use; else the first fit one is taken.
set -eu
venv=.venv-connect

fit() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 12))' >/dev/null 2>&1
}

find_python() {
    # pyenv's own command only works for versions that are switched on.
    for candidate in ${PYTHON:-python3.12 python3 python "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.12*/bin/python}; do
        if fit "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    echo "Databricks Connect needs Python 3.12, and none is here. Install it (Debian and Ubuntu: also python3.12-venv)," \
        "or name it: make test-connect PYTHON=/path/to/python3.12" >&2
    return 1
}

if ! fit $venv/bin/python; then
    python=$(find_python)
    echo "Making $venv with $("$python" --version)"
    "$python" -m venv --clear $venv
fi
echo "Installing requirements-connect.txt"
if [ -x .venv/bin/uv ]; then
    .venv/bin/uv pip sync --quiet --require-hashes --python $venv/bin/python requirements-connect.txt
else
    $venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-connect.txt
fi
