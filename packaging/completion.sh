#!/bin/sh
# completion.sh SHELL PROGRAM FILE - the completions of bash or zsh, made of what
# PROGRAM says of itself by --help, so that both know the same.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
shell=$1
program=$2
file=$3

{
  "$program" --help
  for command in $("$program" --help | sed -n 's/^  ruamill \([a-z]*\).*/\1/p'); do
    echo "== $command"
    "$program" "$command" --help
  done
} >"$file.help"
awk -v shell="$shell" -f "$here/completion.awk" "$file.help" >"$file.new"
rm "$file.help"
mv "$file.new" "$file"
