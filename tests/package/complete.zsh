#!/bin/zsh
# complete.zsh FOLDER - the completions of zsh in FOLDER/_ruamill: what its
# functions hand to zsh's own, with these put in their place.
emulate zsh
handed=()
_arguments() { handed+=("$@"); }
_describe() { handed+=("${(@P)${@[-1]:#-*}}" "${(@P)4}" "${(@P)5}" "${(@P)3}"); }
_message() { handed+=(message); }
_files() { handed+=(files); }
compadd() { shift; handed+=("$@"); }
compset() { [[ $current = ${2}* ]]; }
autoload +X -Uz $1/_ruamill || exit 1
wrong=0

# gives WHAT PATTERN: something like it is handed on.
gives() {
  (( ${#handed[(r)$2]} )) || { print "$1: no $2, but: ${(F)handed}"; wrong=1 }
  handed=()
}

words=(ruamill '') CURRENT=2
_ruamill; gives 'ruamill ' 'replay:*'
words=(ruamill replay -) CURRENT=3
_ruamill; gives 'ruamill replay -' '--dry-run*'
words=(ruamill export --table '') CURRENT=4
_ruamill; gives 'ruamill export -' '--table*records reports*'
words=(ruamill summary --by '') CURRENT=4
_ruamill; gives 'ruamill summary --by' '--by*(domain source*sender)*'
words=(ruamill summary -) CURRENT=3
_ruamill; gives 'ruamill summary -' '--help*'
words=(ruamill dashboard -) CURRENT=3
_ruamill; gives 'ruamill dashboard -o' '*-o*_ruamill_output'
PREFIX=d.h current='' _ruamill_output; gives 'ruamill dashboard -o d.h' files
words=(ruamill export '') CURRENT=3
_ruamill; gives 'ruamill export' '\*:argument:\( \)'
current='columns=' _ruamill_setting; gives 'columns=' parsedmarc
current='format=' _ruamill_setting; gives 'format=' csv
current='store=' _ruamill_setting; gives 'store=' files
current='' _ruamill_setting; gives 'ruamill check -o ' 'partition:*'
exit $wrong
