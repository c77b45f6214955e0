#!/bin/bash
# complete.bash FILE - the completions of bash in FILE, asked as bash asks them.
. /usr/share/bash-completion/bash_completion
. "$1"
status=0

# gives LINE WORD...: at the end of LINE these are offered, among others.
gives() {
  COMP_LINE=$1
  COMP_POINT=${#COMP_LINE}
  local words=${1//=/ = }
  # shellcheck disable=SC2206 # split at blanks
  COMP_WORDS=($words)
  [[ $1 == *' ' ]] && COMP_WORDS+=('')
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  COMPREPLY=()
  compopt() { :; } # works during a completion only
  _ruamill
  shift
  for word; do
    [[ " ${COMPREPLY[*]} " == *" $word "* ]] || {
      echo "$COMP_LINE: $word is not offered, but: ${COMPREPLY[*]}"
      status=1
    }
  done
}

# silent LINE: nothing is offered there.
silent() {
  gives "$1"
  ((${#COMPREPLY[@]} == 0)) || {
    echo "$1: offered are: ${COMPREPLY[*]}"
    status=1
  }
}

cd "$(mktemp -d)" || exit 1
trap 'rm -r "$PWD"' EXIT
: >d.html
gives 'ruamill ' milter pipe replay check export verify rebuild checkpoint --help
gives 'ruamill re' replay rebuild
gives 'ruamill replay --' --config --to --jobs --dry-run --verbose
gives 'ruamill export --table ' records reports
gives 'ruamill quarantine ' list show retry
gives 'ruamill allow ' compile
gives 'ruamill check -o form' format= formula_guard=
gives 'ruamill check -o format=c' csv
gives 'ruamill check -o columns=' full parsedmarc worker
gives 'ruamill summary --by ' domain source org sender
gives 'ruamill summary --format ' table csv json
gives 'ruamill summary --color ' auto always never
gives 'ruamill quarantine list --format ' table csv json
gives 'ruamill status --format ' table json
gives 'ruamill export --' --help
gives 'ruamill milter --' --help
gives 'ruamill replay ' d.html
gives 'ruamill replay --to x ' d.html
gives 'ruamill dashboard -o d.h' d.html
gives 'ruamill dashboard --output d.h' d.html
gives 'ruamill dashboard -o form' format=
gives 'ruamill dashboard -o format=c' csv
gives 'ruamill dashboard -' -o
[[ " ${COMPREPLY[*]} " == *' -o '*' -o '* ]] && {
  echo "dashboard: -o is offered twice"
  status=1
}
for line in export check ship milter 'export --period' 'replay --to'; do
  silent "ruamill $line "
done
exit $status
