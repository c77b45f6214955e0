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

gives 'ruamill ' milter pipe replay check export verify rebuild checkpoint --help
gives 'ruamill re' replay rebuild
gives 'ruamill replay --' --config --to --jobs --dry-run --verbose
gives 'ruamill export --table ' records reports
gives 'ruamill quarantine ' list show retry
gives 'ruamill allow ' compile
gives 'ruamill check -o form' format= formula_guard=
gives 'ruamill check -o format=c' csv
exit $status
