#!/usr/bin/env bash
# Metaflow: each start goes through the list of all files of a distribution that has an extension, and with
# Python 3.12 or newer asks the file system about each of them, whether or not it belongs to the extension.
#
# Metaflow 2.19.39 finds an extension's files by `importlib.metadata`, which since Python 3.12 leaves out
# files that do not exist. Every task is a process that imports Metaflow, so 2,000 files of data beside an
# extension of one module cost every task of every flow 2,000 look-ups, and nothing of them is loaded.
#
# Seen:
#   files in the distribution 2009, paths made 2009, asked whether they exist 0       (Python 3.11)
#   files in the distribution 2009, paths made 2009, asked whether they exist 2009    (Python 3.13)
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile metaflow==2.19.39 setuptools==80.9.0 wheel==0.45.1
cd "$work"
unset ${!METAFLOW_@} # settings of whoever runs this
export METAFLOW_HOME="$work/home" METAFLOW_USER=ada

mkdir -p made/metaflow_extensions/small/plugins made/tables
echo > made/metaflow_extensions/small/plugins/mfextinit_small.py
touch made/tables/__init__.py
for number in $(seq 2000); do echo "$number" > "made/tables/$number.csv"; done
cat > made/pyproject.toml <<'TOML'
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "small-extension"
version = "1"

[tool.setuptools.packages.find]
include = ["metaflow_extensions*", "tables"]
namespaces = true

[tool.setuptools.package-data]
tables = ["*.csv"]
TOML
venv/bin/pip install --quiet --no-compile --no-build-isolation ./made

venv/bin/python -I - <<'PY'
import importlib.metadata as metadata
import sys

made = asked = 0



class Counted(metadata.PackagePath):
    def locate(self):
        global asked
        asked += 1
        return super().locate()

    def __new__(cls, *parts, **named):
        global made
        made += 1
        return super().__new__(cls, *parts, **named)


metadata.PackagePath = Counted
import metaflow  # noqa: E402, F401 - what it does is counted

paths, looked_up = made, asked
files = len(metadata.files("small-extension"))
print("metaflow", metadata.version("metaflow"), "Python", sys.version.split()[0])
print(f"files in the distribution {files}, paths made {paths}, asked whether they exist {looked_up}")
assert files > 2000, files
assert paths == files, paths
assert looked_up == (files if sys.version_info >= (3, 12) else 0), looked_up
PY
