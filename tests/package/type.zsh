#!/bin/zsh
# type.zsh FOLDER - what zsh inserts with the completions in FOLDER/_ruamill when
# somebody types at a terminal and presses TAB once.
emulate zsh
zmodload zsh/zpty || exit 1
wrong=0

# "ruamill" says what it was given, between lines of its own.
zpty shell zsh -f -i
zpty -w shell "PS1= PS2= RPS1=; unsetopt zle_bracketed_paste; fpath=(${(q)1} \$fpath); autoload -Uz compinit; compinit -u -D"
zpty -w shell "unsetopt beep; ruamill() { print -r -- \"=\${(j:|:)@}=\" }; bindkey '^I' complete-word; print rea''dy"
zpty -r shell line '*ready*' || exit 1

# types TEXT RESULT: the arguments that the command line has then.
types() {
  local answer line
  zpty -w -n shell "ruamill $1"$'\t'
  sleep 0.3
  zpty -w -n shell $'\n'
  local end=$((SECONDS + 10))
  while (( SECONDS < end )); do
    zpty -rt shell line && answer+=$line
    [[ $answer = *$'\n'=*=[[:space:]]* ]] && break
    sleep 0.05
  done
  answer=${answer##*$'\n'=}
  answer=${answer%%=[[:space:]]*}
  [[ $answer = $2 ]] || { print "ruamill $1<TAB>: $answer, not $2"; wrong=1 }
}

types 'chec' 'check'
types 'check -o col' 'check|-o|columns='
types 'check -o columns=pars' 'check|-o|columns=parsedmarc'
types 'prune --ol' 'prune|--older-than'
types 'status --max' 'status|--max-age'
types 'export --t' 'export|--table'
types 'export --table rep' 'export|--table|reports'
types 'quarantine ret' 'quarantine|retry'
zpty -d shell
exit $wrong
