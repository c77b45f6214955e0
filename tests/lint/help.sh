#!/bin/sh
# help.sh SOURCE BUILD - what the program says by --help is what its pages say.
exec python3 -B "$(dirname "$0")/help.py" "$1" "$2"
