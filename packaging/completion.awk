# completion.awk - for completion.sh: from the usage of ruamill, and behind each
# "== COMMAND" that of the command, to completions for the shell `shell`.
#
# What a value may be is seen from what stands for it: FILE or CONF, a|b|c, or
# anything else. Where a line of options has but a word (WHICH), the command's
# synopsis has the choice, or the text itself: "by domain, source or sender".

# What stands for a value, as one of "" (none), "*files", "*text" or "a b c".
function values_of(form) {
  if (form == "")
    return ""
  if (form ~ /^[a-z0-9|]+$/ && form ~ /\|/) {
    gsub(/\|/, " ", form)
    return form
  }
  return form ~ /^(FILE|FOLDER|PATH|CONF|NEW-FOLDER)/ ? "*files" : "*text"
}

# The choice that a text lists, "" for none: ": full, parsedmarc, worker, or a list"
# gives the first three.
function listed(text,    n, i, word, list) {
  if (!match(text, /(: |, by )[a-z]+(, [a-z]+)+,? or [a-z]+/))
    return ""
  text = substr(text, RSTART, RLENGTH)
  sub(/^(: |, by )/, "", text)
  sub(/,? or a$/, "", text)
  sub(/,? or /, ", ", text)
  n = split(text, word, ", ")
  for (i = 1; i <= n; i++)
    list = list (i > 1 ? " " : "") word[i]
  return list
}

# Whether what stands behind the options in a synopsis is a path.
function takes_files(form) {
  gsub(/--?[a-z-]+ [A-Za-z0-9.|-]+/, "", form)
  return form ~ /(PATH|FILE|FOLDER)/
}

# ruamill NAME ARGUMENTS, and its summary below.
command == "" && /^  ruamill [a-z]/ {
  name = $2
  commands[++n_commands] = name
  synopsis[name] = $0
  sub(/^  ruamill [a-z]+ */, "", synopsis[name])
  operands[name] = takes_files(synopsis[name])
  getline
  summary[name] = $0
  sub(/^ +/, "", summary[name])
  # a first argument that is one of some words: "list|show FILE|retry FILE..."
  if (synopsis[name] ~ /^[a-z]+( |\||$)/) {
    n = split(synopsis[name], alternative, "|")
    for (j = 1; j <= n; j++) {
      sub(/ .*/, "", alternative[j])
      if (alternative[j] ~ /^[a-z]+$/ && index(" " actions[name] " ", " " alternative[j] " ") == 0)
        actions[name] = actions[name] (actions[name] == "" ? "" : " ") alternative[j]
    }
  }
  next
}

$1 == "==" { command = $2; n_options[command] = 0; next }

# The usage of a command has its choices too.
command != "" && /^usage: / { in_usage = 1 }
command != "" && in_usage {
  if (NF == 0)
    in_usage = 0
  synopsis[command] = synopsis[command] " " $0
  next
}

# An option: "  -c, --config CONF    what it does", or "  -o NAME=VALUE    ...".
command != "" && /^ +--?[A-Za-z]/ {
  i = ++n_options[command]
  short[command, i] = long[command, i] = form = ""
  for (j = 1; j <= NF && $j ~ /^-/; j++) {
    name = $j
    sub(/,$/, "", name)
    if (name ~ /^--/)
      long[command, i] = name
    else
      short[command, i] = name
  }
  if ($j ~ /^[A-Z][-A-Z=]*(\.\.\.)?$/ || $j ~ /^[a-z0-9]+\|/)
    form = $(j++)
  text = $j
  while (++j <= NF)
    text = text " " $j
  values[command, i] = form == "NAME=VALUE" ? "*option" : values_of(form)
  # -o is also the file that a command writes: without "="
  for (j = 1; j < i; j++)
    if (short[command, i] != "" && short[command, j] == short[command, i]) {
      short[command, i] = ""
      values[command, j] = "*output"
    }
  if (values[command, i] == "*text" && match(synopsis[command], long[command, i] " [a-z|]+\\|[a-z]+"))
    values[command, i] = values_of(substr(synopsis[command], RSTART + length(long[command, i]) + 1,
      RLENGTH - length(long[command, i]) - 1))
  described[command, i] = text
  goes_on = "option"
  next
}

# What -o takes stands below such a line.
/^Options for -o/ { in_settings = 1 }
/^Options of / { in_settings = 0 }

# An option of the configuration: "  format=csv|tsv           how tables ...".
command != "" && in_settings && /^  [a-z_]+=/ {
  name = substr($1, 1, index($1, "=") - 1)
  if (!(name in setting)) {
    settings[++n_settings] = name
    setting[name] = values_of(substr($1, index($1, "=") + 1))
    line = $0
    sub(/^ +[^ ]+ */, "", line)
    meaning[name] = line
    goes_on = "setting"
  }
  next
}

# What the line before says goes on.
command != "" && /^                   / {
  line = $0
  sub(/^ +/, "", line)
  if (goes_on == "option")
    described[command, n_options[command]] = described[command, n_options[command]] " " line
  else if (goes_on == "setting")
    meaning[settings[n_settings]] = meaning[settings[n_settings]] (meaning[settings[n_settings]] == "" ? "" : " ") line
  next
}

{ goes_on = "" }

END {
  if (n_commands == 0 || n_settings == 0) {
    print "completion: no commands or no options in what ruamill says of itself" >"/dev/stderr"
    exit 1
  }
  for (c = 1; c <= n_commands; c++)
    if (n_options[commands[c]] == 0) {
      print "completion: no options in what ruamill " commands[c] " --help says" >"/dev/stderr"
      exit 1
    }
  for (c = 1; c <= n_commands; c++)
    complete_options(commands[c])
  for (i = 1; i <= n_settings; i++)
    if (setting[settings[i]] == "*text" && listed(meaning[settings[i]]) != "")
      setting[settings[i]] = listed(meaning[settings[i]])
  if (shell == "bash")
    bash()
  else
    zsh()
}

# What is known when all has been read.
function complete_options(command,    i) {
  for (i = 1; i <= n_options[command]; i++)
    if (values[command, i] == "*text" && listed(described[command, i]) != "")
      values[command, i] = listed(described[command, i])
  i = ++n_options[command]
  long[command, i] = "--help"
  described[command, i] = "what " command " does, and its options"
}

function bash(    c, i, list, one) {
  print "# bash completion for ruamill(1); made of what ruamill says of itself by --help.\n"
  print "# What may stand behind NAME= of an option of the configuration."
  print "_ruamill_setting() {"
  print "    case $cur in"
  for (i = 1; i <= n_settings; i++) {
    one = setting[settings[i]]
    if (one == "*files")
      print "        " settings[i] "=*) cur=${cur#*=}; _filedir; return ;;"
    else if (one != "*text")
      print "        " settings[i] "=*) COMPREPLY=($(compgen -W '" one "' -- \"${cur#*=}\")); return ;;"
  }
  print "        *=*) return ;;"
  print "    esac"
  list = ""
  for (i = 1; i <= n_settings; i++)
    list = list " " settings[i] "="
  print "    compopt -o nospace"
  print "    COMPREPLY=($(compgen -W '" substr(list, 2) "' -- \"$cur\"))"
  print "}\n"
  print "# The same, or a file."
  print "_ruamill_output() {"
  print "    _ruamill_setting"
  print "    [[ ${words[cword]} == *=* ]] && return"
  print "    ((${#COMPREPLY[@]})) || compopt +o nospace"
  print "    _filedir"
  print "}\n"
  print "_ruamill() {"
  print "    local cur prev words cword"
  print "    _init_completion -n = || return"
  list = ""
  for (c = 1; c <= n_commands; c++)
    list = list " " commands[c]
  print "    if ((cword == 1)); then"
  print "        COMPREPLY=($(compgen -W '" substr(list, 2) " --help --version' -- \"$cur\"))"
  print "        return"
  print "    fi"
  print "    case ${words[1]},$prev in"
  for (c = 1; c <= n_commands; c++)
    for (i = 1; i <= n_options[commands[c]]; i++)
      bash_value(commands[c], i)
  print "    esac"
  print "    case ${words[1]},$cur in"
  for (c = 1; c <= n_commands; c++) {
    list = ""
    for (i = 1; i <= n_options[commands[c]]; i++)
      list = list (short[commands[c], i] == "" ? "" : " " short[commands[c], i]) \
        (long[commands[c], i] == "" ? "" : " " long[commands[c], i])
    print "        " commands[c] ",-*) COMPREPLY=($(compgen -W '" substr(list, 2) "' -- \"$cur\")) ;;"
    if (commands[c] in actions) {
      print "        " commands[c] ",*)"
      print "            if ((cword == 2)); then"
      print "                COMPREPLY=($(compgen -W '" actions[commands[c]] "' -- \"$cur\"))"
      print "            else"
      print "                _filedir"
      print "            fi"
      print "            ;;"
    } else if (operands[commands[c]])
      print "        " commands[c] ",*) _filedir ;;"
  }
  print "    esac"
  print "} &&"
  print "    complete -F _ruamill ruamill"
}

# What comes behind an option that has a value.
function bash_value(command, i,    pattern, one) {
  one = values[command, i]
  if (one == "")
    return
  if (short[command, i] != "")
    pattern = command "," short[command, i]
  if (long[command, i] != "")
    pattern = (pattern == "" ? "" : pattern " | ") command "," long[command, i]
  printf "        %s) ", pattern
  if (one == "*option")
    print "_ruamill_setting; return ;;"
  else if (one == "*output")
    print "_ruamill_output; return ;;"
  else if (one == "*files")
    print "_filedir; return ;;"
  else if (one == "*text")
    print "return ;;"
  else
    print "COMPREPLY=($(compgen -W '" one "' -- \"$cur\")); return ;;"
}

# A text in single quotes, without what _arguments would take for its own.
function quoted(text) {
  gsub(/'/, "'\\''", text)
  gsub(/\[/, "(", text)
  gsub(/\]/, ")", text)
  gsub(/:/, "\\:", text)
  return text
}

function zsh(    c, i, one) {
  print "#compdef ruamill"
  print "# zsh completion for ruamill(1); made of what ruamill says of itself by --help.\n"
  print "_ruamill_setting() {"
  print "  local -a names"
  for (i = 1; i <= n_settings; i++) {
    one = setting[settings[i]]
    printf "  compset -P '%s=' && { ", settings[i]
    if (one == "*files")
      print "_files; return; }"
    else if (one == "*text")
      print "_message value; return; }"
    else
      print "compadd -- " one "; return; }"
  }
  print "  names=("
  for (i = 1; i <= n_settings; i++)
    print "    '" settings[i] ":" quoted(meaning[settings[i]]) "'"
  print "  )"
  print "  _describe -t settings option names -S ="
  print "}\n"
  print "_ruamill_output() {"
  print "  _ruamill_setting"
  print "  [[ $PREFIX == *=* ]] || _files"
  print "}\n"
  print "_ruamill() {"
  print "  local -a commands"
  print "  commands=("
  for (c = 1; c <= n_commands; c++)
    print "    '" commands[c] ":" quoted(summary[commands[c]]) "'"
  print "  )"
  print "  if (( CURRENT == 2 )); then"
  print "    _describe -t commands command commands"
  print "    return"
  print "  fi"
  print "  shift words"
  print "  (( CURRENT-- ))"
  print "  case $words[1] in"
  for (c = 1; c <= n_commands; c++) {
    print "    " commands[c] ")"
    print "      _arguments -s \\"
    for (i = 1; i <= n_options[commands[c]]; i++)
      print "        " zsh_option(commands[c], i) " \\"
    if (commands[c] in actions)
      print "        '1:action:(" actions[commands[c]] ")' \\"
    # an empty action would say something, and then no option is inserted
    print "        '*:argument:" (operands[commands[c]] ? "_files" : "( )") "'"
    print "      ;;"
  }
  print "  esac"
  print "}\n"
  print "_ruamill \"$@\""
}

function zsh_option(command, i,    name, many, one, s, l) {
  s = short[command, i]
  l = long[command, i]
  one = values[command, i]
  many = one == "*option" || one == "*output" || l == "--rcpt" ? "*" : ""
  if (s != "" && l != "")
    name = many == "" ? "'(" s " " l ")'{" s "," l "}'" : "'*'{" s "," l "}'"
  else
    name = "'" many (s == "" ? l : s)
  name = name "[" quoted(described[command, i]) "]"
  if (one == "*option")
    return name ":option:_ruamill_setting'"
  if (one == "*output")
    return name ":file or option:_ruamill_output'"
  if (one == "*files")
    return name ":file:_files'"
  if (one == "*text")
    return name ":value:'"
  return one == "" ? name "'" : name ":value:(" one ")'"
}
