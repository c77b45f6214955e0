#!/bin/bash
# cli.sh [RUAMILL] - the program as an administrator uses it: what it is told,
# what it answers, and what is in the store then. Some checks need root, to be
# somebody else and to fill a disk; without root they are ABSENT, and failed.
# shellcheck disable=SC2016,SC2317 # check calls functions and eval by name
set -u
LC_ALL=C
export LC_ALL
here=$(cd "$(dirname "$0")" && pwd)
original=$(realpath "${1:-$here/../build/release/bin/ruamill}")
scratch=$(mktemp -d)
disk=
stores=0
allow=$scratch/allow
nobody=65534

clean_up() {
  [ -z "$disk" ] || umount "$disk"
  rm -rf "$scratch"
}
trap clean_up EXIT

chmod 755 "$scratch"
program=$scratch/ruamill # where everybody can run it
cp "$original" "$program" && cp "$original-ship" "$program-ship" || exit 1
cd "$scratch" || exit 1
cat >"$allow" <<'END'
dmarc@example.net   *
com@example.net     .example.com
org@example.net     example.org
END

# ---- tools ----

# shellcheck source=tests/checks.sh
. "$here/checks.sh"

mails() {
  python3 "$here/mails.py" "$@"
}

# run ARGUMENT...: sets $code, $out and $err.
run() {
  "$program" "$@" >"$out" 2>"$err" </dev/null
  code=$?
}

# replay ARGUMENT...: into the present store.
replay() {
  run replay -o "store=$store" -o "allow=$allow" "$@"
}

new_store() {
  stores=$((stores + 1))
  store=$scratch/store$stores
}

# sentence CODE REGEX: the answer is that status, and one sentence.
sentence() {
  [ "$code" = "$1" ] && one_sentence && grep -Eq -- "$2" "$err"
}

one_sentence() {
  [ "$(wc -l <"$err")" = 1 ] && grep -Eqx 'ruamill: [ -~]+' "$err"
}

# refuses NAME CODE REGEX ARGUMENT...
refuses() {
  name=$1 want=$2 regex=$3
  shift 3
  run "$@"
  check "$name" sentence "$want" "$regex"
}

# last CODE NUMBER...: the status and the last line, which has a fixed form.
last() {
  want=$1
  shift
  # shellcheck disable=SC2059
  line=$(printf 'messages %s reports %s records %s new %s duplicate %s not_report %s bad %s refused %s later %s' "$@")
  [ "$code" = "$want" ] && [ "$(tail -n 1 "$out")" = "$line" ] && [ "$(wc -l <"$out")" = 1 ]
}

quiet() {
  [ ! -s "$err" ]
}

# All rows of the records tables of the present store.
rows() {
  find "$store" -name 'records*' -type f -exec tail -qn +2 {} +
}

# exactly_once N: N rows, and none of them twice.
exactly_once() {
  [ "$(rows | wc -l)" = "$1" ] && [ "$(rows | sort -u | wc -l)" = "$1" ] &&
    [ "$(find "$store" -name 'reports*' -exec tail -qn +2 {} + | wc -l)" = "$(find "$store" -path '*/archive/*' -type f | wc -l)" ]
}

# What is in a folder, to the byte; and when it was written.
contents() {
  (cd "$1" 2>/dev/null && find . -type f ! -path ./.spool/counters -exec sha256sum {} + | sort -k 2)
}

listing() {
  find "$1" -printf '%p %y %s %m %T@ %C@\n' 2>/dev/null | sort
}

is_same() {
  [ "$1" = "$2" ]
}

logged() {
  grep -Eq -- "$1" "$err"
}

# All log lines are printable and have their first keys in order.
log_is_clean() {
  ! grep -Evq '^id=[ -~]+ verdict=[a-z_]+ reports=[0-9]+ records=[0-9]+( [ -~]+)?$' "$err"
}

as_nobody() {
  setpriv --reuid=$nobody --regid=$nobody --clear-groups "$@"
}

need_root() {
  [ "$(id -u)" = 0 ] && return
  absent "$1: needs root"
  return 1
}

# ---- checks ----

help_and_version() {
  for arguments in --help -h 'replay --help' 'check --help' 'replay -h'; do
    # shellcheck disable=SC2086
    run $arguments
    check "$arguments: status 0, on standard output" eval '[ $code = 0 ] && [ -s "$out" ] && quiet'
    check "$arguments: at most 80 columns" eval '! grep -q "^.\{81\}" "$out"'
  done
  run --version
  check '--version' eval '[ $code = 0 ] && head -n 1 "$out" | grep -Eqx "ruamill [0-9]+(\.[0-9]+)*" && quiet'
  for library in expat gmime glib zlib nettle libidn2 minizip libmilter; do
    check "--version names $library" grep -Eq "(^|, )$library [0-9]+(\.[0-9]+)+" "$out"
  done
  check '--version says what expat can' grep -Eq '^expat [0-9.]+: (no )?amplification limit, (no )?allocation limit, (no )?reparse deferral$' "$out"
  run replay --help
  for option in -c -o --to --jobs --dry-run -v store= allow= columns= max_message=; do
    check "help names $option" grep -q -- "$option" "$out"
  done
}

command_line() {
  refuses 'no arguments' 64 'no command'
  refuses 'unknown command' 64 'there is no command "reply"' reply
  refuses 'command that is an option' 64 '"--replay"' --replay
  refuses 'command with control characters' 64 'x0a.*x1b' "$(printf 'a\nb\033[31m')"
  refuses 'unknown long option' 64 'no option --dryrun' replay --dryrun mails
  refuses 'unknown letter' 64 'no option -x' replay -x mails
  refuses 'unknown letter in a group' 64 'no option -x' replay -xv mails
  refuses 'unknown option of check' 64 'check: .*--to' check --to a@example.net
  for option in -c -o --to --jobs; do
    refuses "$option without a value" 64 "no value behind $option" replay mails $option
  done
  refuses '--dry-run with a value' 64 '--dry-run takes no value; leave out =1' replay --dry-run=1 mails
  refuses 'no PATH' 64 'no PATH' replay -o "store=$scratch/none" -o "allow=$allow"
  check 'no PATH: no store is made' test ! -e "$scratch/none"
}

# What is wrong with the line is said before what is wrong with the configuration,
# which is empty here.
lines_that_are_wrong() {
  while IFS='|' read -r arguments sentence; do
    # shellcheck disable=SC2086 # words
    refuses "$arguments" 64 "$sentence" $arguments -c /dev/null
  done <<'END'
sumary|there is no command "sumary"; did you mean "summary"[?]$
replay --dry-rum mails|no option --dry-rum; did you mean --dry-run[?]$
summary --colour never|no option --colour; did you mean --color[?]$
prune --older-then=9d|no option --older-then; did you mean --older-than[?]$
status --c=5|status: --c is --config or --critical; write it in full
status --metrics=x|status: --metrics takes no value; leave out =x
prune --older-than 400d --dry=yes|prune: --dry-run takes no value; leave out =yes
check --verbose=1|check: --verbose takes no value; leave out =1
prune|no --older-than given
prune 400d|prune: "400d" is too much; see ruamill prune --help
prune --older-than 400 d|prune: "d" is too much
prune --older-than 400|--older-than is a number .* and not "400"
prune --older-than 9d --domain a.example --domain b.example|--domain is given twice; run it once for a.example and once for b.example
quarantine foo|it is list, show or retry, and not "foo"
quarantine list x|quarantine list: "x" is too much
quarantine list --raw|quarantine list: --raw is for quarantine show; leave it out
quarantine list --jobs 4|--jobs is for quarantine retry
quarantine list -v|-v is for quarantine retry
quarantine list --format foo|--format is table, csv or json, and not "foo"
quarantine show --all abcd|--all is for quarantine list and retry
quarantine show --since 1h abcd|--since is for quarantine list
quarantine retry --all --since 1h|quarantine retry: --since is for quarantine list
quarantine retry --all --jobs 65|quarantine retry: --jobs is a number from 0 to 64, .* and not "65"
quarantine retry --raw abcd|--raw is for quarantine show
summary example.com|summary: "example.com" is too much; a domain goes behind --domain
summary --by foo|--by is domain, .* and not "foo"
summary --since foo|--since foo: is no length such as 30d
summary --domain a..b|--domain a..b: is no domain name
dashboard|dashboard: no file given
dashboard page.html|dashboard: "page.html" is too much; the file goes behind -o
dashboard -o x --since foo|--since foo: is no length such as 30d
status --format foo|--format is table or json, and not "foo"
status --max-age x|--max-age is 0, or a number .* and not "x"
status --warning 10%|--warning is percent, a number from 0 to 100, and not "10%"
status --critical x|--critical is percent, a number from 0 to 100, and not "x"
status --warning 5 --critical 10|--critical 10 is more than --warning 5
status -v|status: there is no option -v
checkpoint -v|checkpoint: there is no option -v
milter -v|milter: there is no option -v
milter x|milter: "x" is too much
export a.example b.example|export: "b.example" is too much
allow fetch x|allow fetch: "x" is too much
allow compile a b|allow compile: "b" is too much
END
  refuses 'an option in front of the command' 64 '"-c" stands where the command should: ruamill COMMAND' -c x summary
  refuses 'an empty PATH' 64 'a PATH is empty' replay -c /dev/null ''
  refuses 'an empty FILE' 64 'the name of FILE is empty' allow compile ''
  refuses 'an empty --since' 64 '--since "": is no length' summary -c /dev/null --since ''
  refuses 'an empty --domain' 64 '--domain "": is no domain' summary -c /dev/null --domain ''
  refuses 'an empty name behind -c' 78 'configuration "": the name is empty' check -c ''
  run check -o "store=$scratch/none" -o "allow=$allow" ''
  check 'an empty address' eval '[ $code = 67 ] && tail -n 1 "$out" | grep -qx "\"\": not on the allowlist"'
}

configuration() {
  conf=$scratch/ruamill.conf
  new_store
  refuses '-c with a missing file' 78 "$scratch/none.conf: No such file" replay -c "$scratch/none.conf" mails
  refuses '-c with a folder' 78 "$scratch: Is a directory" replay -c "$scratch" mails
  refuses 'nothing is set' 78 'store and allow are not set; set them in /dev/null or' replay -c /dev/null mails
  refuses 'no allowlist is set' 78 'allow is not set' replay -c /dev/null -o store=x mails
  printf 'allow = allow\n\nstoer = x\n' >"$conf"
  refuses 'unknown option in the file' 78 "$conf:3: unknown option \"stoer\"; did you mean \"store\"" \
    replay -c "$conf" mails
  printf 'allow = allow\nformat = xml\n' >"$conf"
  refuses 'value that is none' 78 "$conf:2: format is \"xml\", must be csv" replay -c "$conf" mails
  printf 'allow = allow\nallow = other\n' >"$conf"
  refuses 'option that stands twice' 78 "$conf:2: allow is set in line 1 already" replay -c "$conf" mails
  refuses 'unknown option of -o' 78 '-o: unknown option "colums"; did you mean "columns"' replay -o colums=full mails
  refuses '-o without =' 78 'not NAME=VALUE' replay -o store mails
  for jobs in many 65 -1 ''; do
    refuses "--jobs $jobs" 64 "--jobs is a number from 0 to 64, .* and not \"$jobs\"" replay -c /dev/null --jobs "$jobs" mails
  done
  printf '[target x]\njobs = 4\n' >"$conf"
  refuses 'an option in a target' 78 "$conf:2: jobs is no option of a target; move the line above" check -c "$conf"
  printf 'allow = allow\ntls_ca = x\n' >"$conf"
  refuses 'an option of a target outside of one' 78 "$conf:2: tls_ca is an option of a target; put it behind a line" check -c "$conf"
  (ulimit -v 1000000 && exec timeout 10 "$program" check -c /dev/zero) >"$out" 2>"$err"
  code=$?
  check 'a configuration without an end' sentence 78 '/dev/zero:1: a NUL byte: no text file'
  refuses 'missing allowlist' 78 "$scratch/none: No such file" replay -o "store=$store" -o "allow=$scratch/none" mails
  printf 'dmarc@example.net *\ndmarc example.com\n' >"$scratch/malformed"
  refuses 'malformed line of the allowlist' 78 "$scratch/malformed:2: " \
    replay -o "store=$store" -o "allow=$scratch/malformed" mails
  refuses 'allow without a verb' 64 'no command given; there are: ruamill allow compile, ruamill allow fetch' allow
  refuses 'allow with another verb' 64 'there is no allow make; there are: ruamill allow compile, ruamill allow fetch' allow make
  refuses 'allowlist to compile that is missing' 73 "$scratch/none: No such file" allow compile "$scratch/none"
  refuses 'allowlist to compile that is malformed' 73 "$scratch/malformed:2: " allow compile "$scratch/malformed"
  refuses '--to that is not on the allowlist' 67 "--to x@example.net: not on the allowlist $allow" \
    replay -o "store=$store" -o "allow=$allow" --to x@example.net mails
  refuses 'unknown column' 78 'columns.*"cuont"|column.*cuont' \
    replay -o "store=$store" -o "allow=$allow" -o columns=begin_date,cuont mails
  check 'a wrong configuration makes no store' test ! -e "$store"

  printf 'store = %s\nallow = allow # relative to this file\n' "$(basename "$store")" >"$conf"
  (cd / && "$program" replay -c "$conf" "$scratch/mails" >"$out" 2>"$err")
  code=$?
  check 'paths are relative to the configuration file' eval 'last 0 9 9 18 9 0 0 0 0 0 && exactly_once 18'
}

# What check finds: what cannot be used ends with 78, what may be mended yet is a
# note.
check_values() {
  echo text >"$scratch/text"
  printf 'mailto:dmarc@example.net example.com\n' >"$scratch/uri"
  printf '# nothing yet\n' >"$scratch/bare"
  refuses 'check: a mailto: in the allowlist' 78 "$scratch/uri:1: .*leave that out" \
    check -o "store=$store" -o "allow=$scratch/uri"
  while read -r setting sentence; do
    refuses "check: $setting" 78 "$sentence" check -o "store=$store" -o "allow=$allow" -o "$setting"
  done <<'END'
geoip=none.mmdb none.mmdb: No such file
geoip=text text: 
geoip_asn=none.mmdb none.mmdb: No such file
senders=none none: No such file
resolver=foo resolver foo: is no address
socket=foo socket is "foo", must be
socket=inet:0@localhost socket inet:0@localhost: the port is "0"
socket_group=no-such-group there is no group no-such-group; make it
geoip_asn=none geoip_asn none: No such file
resolver=1.2.3.4.5 resolver 1.2.3.4.5: is no address
resolver=192.0.2.1:99999 with a port up to 65535
resolver=192.0.2.1,foo resolver 192.0.2.1,foo: is no address
socket=fd:x socket fd:x: no listening socket
socket=unix:text socket unix:text: is there, and no socket; move it away
socket=unix:text/s socket unix:text/s: text is no folder; name
columns=source_ip no column or profile "source_ip"; ruamill-tables.5. lists
columns=full,domain full is a profile and stands alone
columns=domain,domain "domain" stands there twice
store=text store text: is no folder; move it away, or name another
allow=https:// allow is https://, which names no host
allow=https://[::1]:65536/x whose port is none
allow=https://h.example:/x whose port is none
url=x -o: url is an option of a target, which cannot be given by -o
END
  while read -r line; do
    echo "$line" >"$scratch/senders"
    refuses "check: senders with $line" 78 'senders:1: ".*" is no domain .known are a.example, .a.example and AS64500' \
      check -o "store=$store" -o "allow=$allow" -o "senders=$scratch/senders"
  done <<'END'
AS12x hosting X
AS hosting X
foo..bar mailbox X
*.a.example mailbox X
. mailbox X
END
  for resolver in 192.0.2.1 192.0.2.1:53,192.0.2.2 2001:db8::1 '[2001:db8::1]:53' 'fe80::1%lo'; do
    run check -o "store=$store" -o "allow=$allow" -o "resolver=$resolver"
    check "check: resolver $resolver" test "$code" = 0
  done
  refuses 'summary: a resolver that is no address' 78 'resolver foo: is no address' \
    summary -o "store=$(full_store)" -o ptr=yes -o resolver=foo
  ln -s text "$scratch/link"
  for metrics in . /dev/full link; do
    run check -o "store=$store" -o "allow=$allow" -o "metrics=$metrics"
    check "check: notes metrics=$metrics" grep -q \
      "^note: metrics are not written to $metrics: it is there and is no regular file; name another one" "$out"
  done
  check_postfix
  run check -o "store=$store" -o "allow=$allow" -o socket=unix:none/milter -o metrics=none/ruamill.prom
  check 'check: notes a folder that is not there yet' eval \
    '[ $code = 0 ] && quiet && grep -q "^note: socket unix:none/milter: the folder none: No such file" "$out"'
  check 'check: notes metrics that cannot be written' grep -q \
    '^note: metrics are not written to none/ruamill.prom: open folder none: No such file or directory; mend' "$out"
  run check -o "store=$store" -o "allow=$scratch/bare"
  check 'check: notes an allowlist without a line' eval '[ $code = 0 ] && grep -q "^note: allowlist: without a line" "$out"'
  cat >"$scratch/targets.conf" <<END
store = $store
allow = $allow
[target bad]
type = s3
url = https://s3.example.net
[target good]
url = http://localhost:8123
END
  run check -c "$scratch/targets.conf"
  check 'check: notes a target that is not whole' eval '[ $code = 0 ] && grep -q "^note: target bad: bucket must be set" "$out" &&
    grep -qx "target good: ok" "$out"'
}

# Postfix that may not use the socket answers all mail with 451.
check_postfix() {
  need_root 'a socket of somebody else' || return
  if ! id postfix >"$scratch/id" 2>&1; then
    absent 'a socket that is not for Postfix: no user postfix'
    return
  fi
  mkdir -m 755 "$scratch/run"
  socket_of() { run check -o "store=$store" -o "allow=$allow" -o "socket=unix:$scratch/run/s" "$@"; }
  socket_of -o socket_group=mail
  check 'check: notes that postfix is not in the group of the socket' grep -q \
    "^note: socket unix:.*/run/s: postfix is not in group mail and cannot use it; usermod -a -G mail postfix, then restart" "$out"
  socket_of -o socket_group=mail -o socket_mode=0666
  check 'check: a socket for all is for postfix' eval '! grep -q "^note: socket" "$out"'
  socket_of -o socket_group=postfix
  check 'check: a socket of its group is for postfix' eval '! grep -q "^note: socket" "$out"'
  socket_of -o socket_group=postfix -o socket_mode=0600
  check 'check: notes a mode that is not for postfix' grep -q \
    '^note: socket .*: postfix cannot use it, by the mode of .*/run/s; set socket_mode = 0660' "$out"
  chgrp mail "$scratch/run" && chmod 750 "$scratch/run"
  socket_of
  check 'check: notes that postfix is not in the group of the folder' grep -q 'usermod -a -G mail postfix' "$out"
  chmod 700 "$scratch/run"
  socket_of
  check 'check: notes the mode of the folder' grep -q 'by the mode of .*/run; chmod g+x it' "$out"
  rmdir "$scratch/run"
}

# What a command needs besides a store.
words_of() {
  case $1 in
  export) echo example.com ;;
  rebuild) echo "$scratch/again" ;;
  dashboard) echo "--output $scratch/page.html" ;;
  prune) echo '--older-than 400d' ;;
  quarantine) echo list ;;
  replay) echo mails ;;
  allow) echo compile ;;
  ship) echo engine ;;
  esac
}

# every NAME CODE REGEX COMMANDS ARGUMENT...: each of them says that sentence.
every() {
  mistake=$1 status=$2 says=$3 commands=$4
  shift 4
  for command in $commands; do
    if [ "$command:$status" = status:78 ]; then
      run status "$@"
      check "status: $mistake" eval \
        '[ $code = 3 ] && quiet && [ "$(grep -c "" "$out")" = 1 ] && grep -Eq "^UNKNOWN - .*$says" "$out"'
      continue
    fi
    # shellcheck disable=SC2046 # words
    refuses "$command: $mistake" "$status" "$says" "$command" "$@" $(words_of "$command")
  done
}

# Whatever is wrong in front of a command, it is one sentence that says what to
# do. status answers Nagios, and pipe answers Postfix.
every_command() {
  lookers='export verify rebuild summary dashboard prune quarantine'
  all="milter replay check checkpoint allow ship status $lookers"
  conf=$scratch/wrong.conf
  every 'a configuration that is missing' 78 'none.conf: No such file or directory; mend the name, or make it' \
    "$all" -c "$scratch/none.conf"
  every 'a folder for a configuration' 78 ': Is a directory; name a file in it' "$all" -c "$scratch"
  printf 'store = store\nallow = allow\nmetrcs = x\n' >"$conf"
  every 'an option that is spelt wrong' 78 'wrong.conf:3: unknown option "metrcs"; did you mean "metrics"[?]$' \
    "$all" -c "$conf"
  every 'an option that is unknown' 64 'there is no option --nonsense; see ruamill [a-z]* --help' "$all" --nonsense
  every 'no store' 66 'store .*/none: there is none; mend the name' "$lookers" -o "store=$scratch/none"
  every 'a file for a store' 78 'Not a directory; mend the name' "$lookers checkpoint" -o "store=$allow"
  run status -o "store=$allow"
  check 'status: a file for a store' eval \
    '[ $code = 3 ] && quiet && grep -q "^UNKNOWN - store .*: Not a directory; mend the name" "$out"'
  refuses 'a folder that is not there for the new tables' 73 'No such file or directory; mend the name, or make it' \
    rebuild -o "store=$(full_store)" "$scratch/none/new"
  refuses 'a folder that is not there for the page' 73 'No such file or directory; mend the name, or make it' \
    dashboard -o "store=$(full_store)" --output "$scratch/none/page.html"
  refuses 'a period that is none' 66 'no such tables of example.com for the period foo; ruamill summary --since all' \
    export -o "store=$(full_store)" --period foo example.com
  for command in summary dashboard 'quarantine list'; do
    # shellcheck disable=SC2046,SC2086 # words
    refuses "$command --since foo" 64 '--since foo: is no length such as 30d' $command -o "store=$(full_store)" \
      --since foo $(words_of "$command")
  done
  refuses 'quarantine foo' 64 'it is list, show or retry, and not' quarantine -o "store=$(full_store)" foo
  refuses 'quarantine show' 64 'takes one FILE; see ruamill quarantine list' quarantine -o "store=$(full_store)" show
  "$program" replay -o "store=$scratch/closed" -o "allow=$allow" - >"$out" 2>"$err" <&-
  check 'replay: a standard input that is closed' grep -q "standard input is closed; give it" "$err"
  refuses 'quarantine show abc' 66 '"abc" is too short' quarantine -o "store=$(full_store)" show abc
  refuses 'quarantine show nosuch' 66 'nosuch: there is no such file.*see ruamill quarantine list' \
    quarantine -o "store=$(full_store)" show nosuch
  for command in summary status 'quarantine list'; do
    # shellcheck disable=SC2086 # words
    refuses "$command --format foo" 64 '--format is table' $command -o "store=$(full_store)" --format foo
  done
  others_users
}

full_store() {
  [ -d "$scratch/full" ] || "$program" replay -o "store=$scratch/full" -o "allow=$allow" mails >/dev/null 2>&1
  echo "$scratch/full"
}

# The store and the configuration of somebody else.
others_users() {
  need_root 'somebody else' || return
  (umask 077 && printf 'store = %s\nallow = %s\n' "$(full_store)" "$allow" >"$scratch/secret.conf")
  real=$program program=$scratch/as-nobody
  printf '#!/bin/sh\nexec setpriv --reuid=%s --regid=%s --clear-groups %s "$@"\n' "$nobody" "$nobody" "$real" >"$program"
  chmod 755 "$program"
  every 'a configuration that is not for us' 78 'secret.conf: Permission denied; it belongs to root: let user nobody have it' \
    "$all" -c "$scratch/secret.conf"
  every 'a store that is not for us' 78 'full: Permission denied; it belongs to root: run the command as that user' "$lookers checkpoint" \
    -o "store=$(full_store)"
  printf 'x\n' >"$scratch/secret.eml"
  chmod 600 "$scratch/secret.eml"
  refuses 'a message that is not for us' 66 'secret.eml: Permission denied; let the user that runs ruamill read it, or give it' \
    replay -o "store=$scratch/theirs" -o "allow=$allow" "$scratch/secret.eml"
  program=$real
}

check_command() {
  new_store
  run check -o "store=$store" -o "allow=$allow" com@example.net x@example.net
  check 'check: says what it found' eval \
    '[ $code = 67 ] && quiet && grep -q "$allow:2: com@example.net takes .example.com" "$out" &&
     grep -q "x@example.net: not on the allowlist" "$out"'
  check 'check: makes no store' test ! -e "$store"
  run check -o "store=$store" -o "allow=$allow" com@example.net
  check 'check: status 0 when all is well' test "$code" = 0
  run check -o "store=$store" -o "allow=$allow" -o dedicated=example.net -o authserv_id=mx.example.net
  check 'check: notes who is refused in a dedicated domain' grep -q 'note: dedicated: .*postmaster@example.net' "$out"
  check 'check: names those whose word counts' grep -q '^authserv_id: mx.example.net$' "$out"
  check_values
  refuses 'check: store that is a file' 78 "store $allow: is no folder" check -o "store=$allow" -o "allow=$allow"
  refuses 'check: unknown column' 78 cuont check -o "store=$store" -o "allow=$allow" -o columns=cuont
}

missing_paths() {
  new_store
  refuses 'PATH that is not there' 66 "$scratch/none: No such file" \
    replay -o "store=$store" -o "allow=$allow" "$scratch/none"
  refuses 'one PATH of two is not there' 66 'none: No such file' \
    replay -o "store=$store" -o "allow=$allow" mails none
  check 'then nothing is stored' eval '[ -z "$(find "$store" -name "records*" 2>/dev/null)" ]'
  mkfifo "$scratch/fifo"
  refuses 'PATH that is a FIFO' 66 'fifo: is no file and no folder' \
    replay -o "store=$store" -o "allow=$allow" fifo
  mkdir "$scratch/empty"
  replay empty
  check 'empty folder' last 0 0 0 0 0 0 0 0 0 0
}

faulty_stores() {
  refuses 'store that is a file' 75 "$allow: Not a directory" replay -o "store=$allow" -o "allow=$allow" mails
  refuses 'store whose parent is missing' 75 "$scratch/none/store: No such file" \
    replay -o "store=$scratch/none/store" -o "allow=$allow" mails
  need_root 'store of somebody else' || return
  new_store
  mkdir -m 555 "$store"
  chown nobody "$store"
  as_nobody "$program" replay -o "store=$store" -o "allow=$allow" mails >"$out" 2>"$err" </dev/null
  code=$?
  check 'store that is not writable' sentence 75 "store $store: .*Permission denied"
  chown root "$store"
  replay mails/000000.eml
  find "$store" -type d -exec chmod 777 {} +
  find "$store" -type f -exec chmod 666 {} +
  as_nobody "$program" replay -o "store=$store" -o "allow=$allow" mails >"$out" 2>"$err" </dev/null
  code=$?
  check 'store that belongs to somebody else' sentence 75 "store $store: .*belongs to user 0"
}

unreadable_files() {
  need_root 'unreadable files' || return
  new_store
  mails folder unreadable 3
  chmod 0 unreadable/000001.eml
  mkdir unreadable/locked
  chmod 0 unreadable/locked
  mkdir -m 750 "$store"
  chown nobody "$store"
  as_nobody "$program" replay -o "store=$store" -o "allow=$allow" unreadable >"$out" 2>"$err" </dev/null
  code=$?
  check 'unreadable file and folder: the others are stored' last 75 4 2 4 2 0 0 0 0 2
  check 'unreadable file: a line names it' logged \
    '^id=unreadable/000001.eml verdict=later .*text="open: Permission denied; let the user that runs ruamill read it"'
  check 'unreadable folder: a line names it' logged '^id=unreadable/locked verdict=later'
}

# Other sizes are in store/full.py.
full_disk() {
  need_root 'full disk' || return
  mkdir "$scratch/disk"
  if ! mount -t tmpfs -o size=400k tmpfs "$scratch/disk" 2>/dev/null; then
    absent 'full disk: tmpfs cannot be mounted'
    return
  fi
  disk=$scratch/disk
  store=$disk/store
  mails folder large 12 records=300
  replay --jobs 1 large
  check 'full disk: status 75, nothing else than later' eval \
    '[ $code = 75 ] && tail -n 1 "$out" | grep -Eq " bad 0 refused 0 later [1-9][0-9]*$"'
  check 'full disk: the sentence names the path' logged \
    "verdict=later .*text=\"store $store: .*No space left on device\""
  check 'full disk: the log is clean' log_is_clean
  mount -o remount,size=20m "$disk"
  replay --jobs 1 large
  check 'full disk: with room again, status 0' eval '[ $code = 0 ] && quiet'
  check 'full disk: everything is stored exactly once' exactly_once 3600
  if ! exactly_once 3600; then
    echo "  rows $(rows | wc -l), different ones $(rows | sort -u | wc -l)"
  fi
  umount "$disk"
  disk=
}

is_running() {
  [ -d "/proc/$1" ] && ! grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null
}

# Waits until a replay has its workers, which are children of its child.
await_workers() {
  for _ in $(seq 100); do
    read -r zygote 2>/dev/null <"/proc/$1/task/$1/children"
    [ "$(wc -w 2>/dev/null <"/proc/$zygote/task/$zygote/children")" = "$2" ] && return
    sleep 0.05
  done
}

# The lock is held from outside, so that the replay is in its middle when it is
# interrupted, workers included.
interruption() {
  new_store
  mails folder many 1000
  replay many/000000.eml
  exec 9<"$store/.spool/lock"
  flock 9
  setsid "$program" replay -o "store=$store" -o "allow=$allow" --jobs 2 many >"$out" 2>"$err" </dev/null &
  child=$!
  await_workers "$child" 2
  sleep 0.5
  kill -INT -- "-$child"
  sleep 0.2
  flock -u 9
  exec 9<&-
  wait "$child"
  code=$?
  check 'Ctrl-C: one sentence, status 75' sentence 75 'stopped before the end'
  check 'Ctrl-C: one summary line' eval \
    '[ "$(wc -l <"$out")" = 1 ] && grep -Eqx "messages [0-9]+ reports [0-9]+ records [0-9]+ new [0-9]+ duplicate 1 not_report 0 bad 0 refused 0 later 0" "$out"'
  check 'Ctrl-C: it was in the middle' eval \
    '[ "$(cut -d " " -f 2 "$out")" -gt 1 ] && [ "$(cut -d " " -f 2 "$out")" -lt 1000 ]'
  check 'Ctrl-C: what was counted is stored' eval 'exactly_once $(($(cut -d " " -f 6 "$out") + 2))'
  replay many
  check 'after Ctrl-C: the rest is stored' eval '[ $code = 0 ] && quiet && exactly_once 2000'
  check 'Ctrl-C: no process is left' eval '! kill -0 -- "-$child" 2>/dev/null'

  mkfifo "$scratch/silent"
  exec 8<>"$scratch/silent"
  "$program" replay -o "store=$store" -o "allow=$allow" - >"$out" 2>"$err" <"$scratch/silent" &
  child=$!
  await_workers "$child" 1
  kill -INT "$child"
  for _ in $(seq 60); do
    is_running "$child" || break
    sleep 0.05
  done
  check 'Ctrl-C while standard input is silent' eval '! is_running "$child"'
  exec 8<&-
  wait "$child"
  code=$?
  check 'Ctrl-C while standard input is silent: tried again later' eval \
    '[ $code = 75 ] && tail -n 1 "$out" | grep -q " later [01]$" && [ "$(grep -c ^ruamill: "$err")" = 1 ]'
}

dry_run() {
  new_store
  replay --dry-run mails
  check '--dry-run: says what would happen' last 0 9 9 18 9 0 0 0 0 0
  check '--dry-run: makes no store' test ! -e "$store"
  mkdir "$store"
  before=$(listing "$store")
  replay --dry-run mails
  check '--dry-run: empty store stays empty' is_same "$before" "$(listing "$store")"
  replay mails/000000.eml
  before=$(listing "$store")
  replay --dry-run mails broken.eml
  check '--dry-run: knows what is stored' last 0 10 9 16 8 1 0 1 0 0
  check '--dry-run: writes nothing' is_same "$before" "$(listing "$store")"
  mails folder twice 300
  mails folder twice/again 300
  replay --dry-run twice
  expected=$(cat "$out")
  replay twice
  check '--dry-run: says what the run then says' is_same "$expected" "$(cat "$out")"
  need_root '--dry-run beside a store of somebody else' || return
  (cd mails && as_nobody "$program" replay -o "store=$scratch/none" -o "allow=$allow" --dry-run . >"$out" 2>"$err")
  code=$?
  check '--dry-run: needs no place of its own to write' last 0 9 9 18 9 0 0 0 0 0
}

repetition() {
  new_store
  replay mails ordinary.eml broken.eml
  check 'mixed folder' last 0 11 9 18 9 0 1 1 0 0
  check 'log: a line for each that is not ok' eval '[ "$(wc -l <"$err")" = 2 ] && log_is_clean'
  check 'broken mail is kept aside' eval '[ "$(find "$store/quarantine" -name "*.eml" | wc -l)" = 1 ]'
  before=$(contents "$store")
  replay mails ordinary.eml broken.eml
  check 'again: all duplicates' last 0 11 9 0 0 9 1 1 0 0
  check 'again: not a byte is added' is_same "$before" "$(contents "$store")"
  replay -v mails
  check '-v: a line for each' eval '[ "$(grep -c verdict=duplicate "$err")" = 9 ] && log_is_clean'
}

parallel() {
  new_store
  replay --jobs 1 many
  one=$(cd "$store" && find . -name 'records*' -exec sha256sum {} + | sort)
  check '--jobs 1' last 0 1000 1000 2000 1000 0 0 0 0 0
  new_store
  replay --jobs 4 many
  check '--jobs 4' last 0 1000 1000 2000 1000 0 0 0 0 0
  check '--jobs does not change the records tables' is_same "$one" \
    "$(cd "$store" && find . -name 'records*' -exec sha256sum {} + | sort)"
  new_store
  code=0
  (ulimit -n 64 && exec "$program" replay -o "store=$store" -o "allow=$allow" --jobs 2 many) >"$out" 2>"$err" </dev/null || code=$?
  check '64 open files are enough' last 0 1000 1000 2000 1000 0 0 0 0 0
}

inputs() {
  new_store
  "$program" replay -o "store=$store" -o "allow=$allow" - <mails/000001.eml >"$out" 2>"$err"
  code=$?
  check 'standard input from a file' last 0 1 1 2 1 0 0 0 0 0
  mails mbox box 5 number=10
  # shellcheck disable=SC2002
  cat box | "$program" replay -v -o "store=$store" -o "allow=$allow" - >"$out" 2>"$err"
  code=$?
  check 'mbox through a pipe' last 0 5 5 10 5 0 0 0 0 0
  check 'mbox through a pipe: names' logged '^id=-:[1-9][0-9]* .*verdict=ok'
  replay box
  check 'mbox' last 0 5 5 0 0 5 0 0 0 0
  mails maildir Maildir 6 number=20
  cp mails/000005.eml Maildir/tmp/half
  replay Maildir
  check 'Maildir without its tmp' last 0 6 6 12 6 0 0 0 0 0
  for kind in gzip zip xml; do
    mails report report.$kind number=30 kind=$kind
  done
  replay --to dmarc@example.net report.gzip report.zip report.xml
  check 'report files: the same one in three wrappings' last 0 3 3 2 1 2 0 0 0 0
  replay report.xml
  check 'report file without --to is refused' eval \
    'last 0 1 0 0 0 0 0 0 1 0 && logged "verdict=refused .*does not say who it was sent to"'
}

terminal() {
  new_store
  script -qec "'$program' replay -o 'store=$store' -o 'allow=$allow' '$scratch/many' '$scratch/broken.eml'" \
    /dev/null >"$out" 2>"$err" </dev/null
  code=$?
  check 'terminal: a progress line' grep -q $'\r\033\\[K[0-9]* messages, [0-9]* reports, [0-9]* records' "$out"
  check 'terminal: it is gone before the last line' eval \
    '[ $code = 0 ] && tail -n 1 "$out" | grep -Eq "^(.*$(printf "\033")\[K)?messages 1001 "'
  check 'terminal: it is gone before a line of the log' grep -Eq $'^(.*\033\\[K)?id=.*verdict=bad' "$out"
  new_store
  replay many broken.eml
  check 'no terminal: no escape codes' eval '! grep -q "$(printf "\033")" "$out" "$err"'
}

tables() {
  for partition in month:records-2026-01 none:records year:records-2026 day:records-2026-01-01; do
    new_store
    replay -o "partition=${partition%:*}" mails/000000.eml
    check "partition=${partition%:*}" test -s "$store/example.com/${partition#*:}.csv"
  done
  new_store
  replay -o columns=count,source_ip_address mails/000000.eml
  check 'columns= list' is_same "$(cat "$store/example.com/records-2026-01.csv")" \
    "$(printf 'count,source_ip_address\n1,"192.0.2.1"\n2,"192.0.2.2"')"
  for profile in parsedmarc:44 worker:19; do
    new_store
    replay -o "columns=${profile%:*}" mails/000000.eml
    check "columns=${profile%:*}" eval \
      '[ $code = 0 ] && [ "$(head -n 1 "$store/example.com/records-2026-01.csv" | tr , "\n" | wc -l)" = '"${profile#*:}"' ]'
  done
  new_store
  replay mails/000000.eml
  before=$(sha256sum "$store/example.com/records-2026-01.csv")
  replay -o format=tsv mails
  check 'format=tsv beside csv: csv stays' is_same "$before" "$(sha256sum "$store/example.com/records-2026-01.csv")"
  check 'format=tsv beside csv: the others are in the tsv' eval \
    'last 0 9 9 16 8 1 0 0 0 0 && [ "$(tail -n +2 "$store/example.com/records-2026-01.tsv" | wc -l)" = 4 ]'
  check 'format=tsv: TABs and no quotes' eval \
    'grep -q "$(printf "\t")" "$store/example.com/records-2026-01.tsv" && ! grep -q "\"" "$store/example.com/records-2026-01.tsv"'
  new_store
  replay mails/000000.eml
  replay -o columns=count mails/000003.eml
  check 'other columns go to another table' eval \
    '[ "$(wc -l <"$store/example.com/records-2026-01.csv")" = 3 ] && [ "$(head -n 1 "$store/example.com/records-2026-01.2.csv")" = count ]'
}

leases() {
  new_store
  replay mails/000000.eml
  check 'tables that nobody has open: nothing is said of them' quiet
  exec 8<"$store/example.com/records-2026-01.csv"
  replay -o lease_wait=1 mails/000003.eml
  exec 8<&-
  check 'a table that somebody has open is written, and it is said' eval \
    'last 0 1 1 2 1 0 0 0 0 0 && sentence 0 "^ruamill: 1 time rows were written to a table that another program kept open "'
}

addresses() {
  mails mail two.eml number=2 to='com@example.net, "O, rg" <ORG@example.net>'
  mails mail unknown.eml number=2 to=somebody@example.net
  mails mail none.eml number=2 to=none
  new_store
  replay -v two.eml
  check 'two RUAs: the one that takes the policy domain' eval 'last 0 1 1 2 1 0 0 0 0 0 && logged "rua=ORG@example.net"'
  replay unknown.eml none.eml
  check 'no RUA: refused, and not kept aside' eval 'last 0 2 0 0 0 0 0 0 2 0 && [ ! -e "$store/quarantine" ]'
  check 'no RUA: the address is named' logged 'verdict=refused .*text="somebody@example.net is not on the allowlist"'
  replay --to com@example.net two.eml
  check '--to that does not take the policy domain: refused, kept aside' eval \
    'last 0 1 0 0 0 0 0 0 1 0 && [ "$(find "$store/quarantine" -name "*.eml" | wc -l)" = 1 ]'
  new_store
  replay --to '<DMARC@Example.net>' unknown.eml
  check '--to: with brackets and capitals' last 0 1 1 2 1 0 0 0 0 0
}

code=0
: >"$out"
: >"$err"
mails folder mails 9
mails mail ordinary.eml number=50 kind=text
mails mail broken.eml number=51 kind=broken

help_and_version
command_line
lines_that_are_wrong
configuration
every_command
check_command
missing_paths
faulty_stores
unreadable_files
full_disk
interruption
dry_run
repetition
parallel
inputs
terminal
tables
leases
addresses

tally
