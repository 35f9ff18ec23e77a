#!/bin/sh
# Makes .venv and installs one set of pinned requirements: bootstrap.sh FILE
# PYTHON names the Python to use; else the first fit one on PATH is taken.
set -eu
requirements=$1
venv=.venv

# A file called python3.12 proves nothing: it may be a shim, or lack venv as Debian's does. Only running it tells.
fit() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

find_python() {
    for candidate in ${PYTHON:-python3.12 python3.13 python3.11 python3 python}; do
        if fit "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    if [ -n "${PYTHON:-}" ]; then
        echo "PYTHON=$PYTHON is not a working Python 3.11, 3.12 or 3.13 with its venv module. Name another one." >&2
    else
        echo "No working Python 3.11, 3.12 or 3.13 found. Install one (Debian and Ubuntu: also python3-venv)," \
            "or name it: make PYTHON=/path/to/python3" >&2
    fi
    return 1
}

if ! fit $venv/bin/python; then
    python=$(find_python)
    echo "Making $venv with $("$python" --version)"
    "$python" -m venv --clear $venv
fi

# uv installs the same locked files several times faster; without it pip does.
if [ -x $venv/bin/uv ] || $venv/bin/python -m pip install --quiet --disable-pip-version-check uv 2>/dev/null; then
    install="$venv/bin/uv pip install --quiet --python $venv/bin/python"
else
    install="$venv/bin/python -m pip install --quiet --disable-pip-version-check"
fi
echo "Installing $requirements"
$install --require-hashes --requirement "$requirements"
$install --no-deps --editable .
