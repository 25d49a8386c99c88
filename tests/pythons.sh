#!/usr/bin/env bash
# Run the fast tests on every other Python from 3.11 to 3.13 that this machine has.
# Each gets an environment of its own, made from the same lock, under .venv/pythons/.
# What is NumPy's arithmetic only, the same in every Python, is left out: seeds, mistakes, and
# who knows the public answers.
set -eu
export UV_COMPILE_BYTECODE=0
own=$(.venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
for version in 3.11 3.12 3.13; do
    [ "$version" = "$own" ] && continue
    python=""
    for candidate in "python$version" "${PYENV_ROOT:-$HOME/.pyenv}/versions/$version".*/bin/python; do
        "$candidate" -c 'import sys' 2>/dev/null && { python=$(command -v "$candidate"); break; }
    done
    [ -n "$python" ] || { echo "Python $version: not here"; continue; }
    place=".venv/pythons/$version"
    if [ ! -e "$place/.made" ] || [ requirements.lock -nt "$place/.made" ]; then
        if command -v uv >/dev/null 2>&1; then
            uv venv --quiet --allow-existing --python "$python" "$place"
            uv pip sync --quiet --python "$place/bin/python" --require-hashes requirements.lock
            uv pip install --quiet --python "$place/bin/python" --no-deps --no-build-isolation -e .
        else
            "$python" -m venv "$place"
            "$place/bin/python" -m pip install --quiet --require-hashes -r requirements.lock
            "$place/bin/python" -m pip install --quiet --no-deps --no-build-isolation -e .
        fi
        touch "$place/.made"
    fi
    echo "Python $version:"
    PATH="$PWD/$place/bin:$PATH" "$place/bin/python" -m pytest -q -n 2 --dist loadfile -p no:cacheprovider \
        -m "not kernel and not browser and not trains" \
        -k "not any_seed and not mistake_put_into and not knows_only_the_public"
done
