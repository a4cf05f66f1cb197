#!/bin/sh
# Executes notebooks, each in a kernel of its own, and fails with the first one that has a failing cell.
#
#   notebooks/run.sh                       every notebook, whose files stay as they are
#   notebooks/run.sh --inplace [FILE...]   keeps the outputs, for committing
set -eu

die() {
    echo "run.sh: $1" >&2
    exit 1
}

keep=no
if [ "${1-}" = --inplace ]; then
    keep=yes
    shift
fi
notebooks=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || set -- "$notebooks"/*.ipynb

command -v jupyter > /dev/null || die 'jupyter is missing: see notebooks/README.md.'
for notebook; do
    [ -f "$notebook" ] || die "there is no notebook $notebook"
    echo "$notebook" >&2
    # Times of execution would differ in each commit.
    set -- --to notebook --execute --log-level WARN --ExecutePreprocessor.record_timing=False \
        --ExecutePreprocessor.timeout=600 "$notebook"
    if [ "$keep" = yes ]; then
        jupyter nbconvert --inplace "$@"
    else
        jupyter nbconvert --stdout "$@" > /dev/null
    fi
done
