#!/bin/sh
# Starts the installed kernel so many times (20), each for a notebook of one cell, and counts how often that went well
# within a minute. A second number keeps so many processes busy beside it (none).
#
#   notebooks/src/test/starts.sh [TIMES [BUSY]]
set -eu

times=${1-20}
folder=$(mktemp -d)
busy=''
trap 'rm -rf "$folder"; [ -z "$busy" ] || kill $busy' EXIT

cat > "$folder/one.ipynb" <<'END'
{"cells": [{"cell_type": "code", "id": "one", "execution_count": null, "metadata": {}, "outputs": [],
            "source": ["\"it \" + \"runs\""]}],
 "metadata": {"kernelspec": {"display_name": "Java", "language": "java", "name": "finessl-java"}},
 "nbformat": 4, "nbformat_minor": 5}
END
for _ in $(seq "${2-0}"); do
    sha256sum /dev/zero > /dev/null 2>&1 &
    busy="$busy $!"
done

good=0
for i in $(seq "$times"); do
    begin=$(date +%s)
    if timeout 60 jupyter nbconvert --to notebook --execute --stdout --log-level ERROR "$folder/one.ipynb" \
        | grep -q 'it runs'; then
        good=$((good + 1))
    fi
    echo "$good of $i, $(($(date +%s) - begin)) s"
done
[ "$good" = "$times" ]
