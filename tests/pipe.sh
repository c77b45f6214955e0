#!/bin/bash
# pipe.sh [RUAMILL] - ruamill pipe as a mail server runs it: every verdict's exit
# status and line; that whatever is wrong here ends in 75; many at once, killed
# at any moment, on a full disk. Some checks need root; without root they are
# ABSENT, and failed.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # check calls functions and eval by name
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
seed=${SEED:-$RANDOM}

clean_up() {
  [ -z "$disk" ] || umount "$disk"
  rm -rf "$scratch"
}
trap clean_up EXIT

chmod 755 "$scratch"
program=$scratch/ruamill # where everybody can run it
cp "$original" "$program" || exit 1
cd "$scratch" || exit 1
cat >"$allow" <<'END'
dmarc@example.net   *
com@example.net     .example.com
END

# ---- tools ----

# shellcheck source=tests/checks.sh
. "$here/checks.sh"

mails() {
  python3 "$here/mails.py" "$@"
}

new_store() {
  stores=$((stores + 1))
  store=$scratch/store$stores
}

# Standard output and standard error are one, as under pipe(8).
pipe() {
  "$program" pipe -o "store=$store" -o "allow=$allow" "$@" >"$out" 2>&1
  code=$?
}

# take MAIL ARGUMENT...: for the address that takes any domain.
take() {
  mail=$1
  shift
  pipe --rcpt dmarc@example.net "$@" <"$mail"
}

# answers CODE REGEX: the status, and one printable line.
answers() {
  [ "$code" = "$1" ] && [ "$(wc -l <"$out")" = 1 ] && grep -Eqx "$2" "$out" &&
    ! grep -q '[^ -~]' "$out"
}

# is_later REGEX
is_later() {
  answers 75 "4\.3\.0 .*$1.*"
}

rows() {
  find "$store" -name 'records*' -type f -exec tail -qn +2 {} +
}

# exactly_once N: N rows of records, none twice, and a row of the reports table
# for each file of the archive.
exactly_once() {
  [ "$(rows | wc -l)" = "$1" ] && [ "$(rows | sort -u | wc -l)" = "$1" ] &&
    [ "$(find "$store" -name 'reports*' -exec tail -qn +2 {} + | wc -l)" = "$(find "$store" -path '*/archive/*' -type f | wc -l)" ]
}

# aside N: messages that were kept aside.
aside() {
  [ "$(find "$store/quarantine" -name '*.eml' 2>/dev/null | wc -l)" = "$1" ]
}

need_root() {
  [ "$(id -u)" = 0 ] && return
  absent "$1: needs root"
  return 1
}

# ---- what becomes of a message ----

verdicts() {
  new_store
  mails mail one.eml number=0
  mails mail net.eml number=1
  mails mail broken.eml kind=broken
  mails mail text.eml kind=text
  take one.eml --from noreply@example.net --queue-id 4cXyz
  check 'stored' answers 0 '2\.0\.0 stored 2 records of example\.com from reporter0\.example'
  check 'stored: sender and queue id are in the reports table' \
    grep -Eq 'noreply@example\.net.*4cXyz' "$store"/example.com/reports-2026-01.csv
  take one.eml --from ''
  check 'stored before' answers 0 '2\.0\.0 already stored'
  take text.eml
  check 'no report' answers 0 '2\.0\.0 no aggregate report, kept aside: .*'
  check 'no report: kept aside' aside 1
  take broken.eml
  check 'unreadable' answers 0 '2\.0\.0 unreadable report, kept aside: gzip: .*'
  check 'unreadable: kept aside' aside 2
  pipe --rcpt com@example.net <net.eml
  check 'a domain that the RUA does not take' answers 0 \
    '2\.0\.0 refused report, kept aside: the policy domain example\.net is not taken by com@example\.net'
  check 'a domain that the RUA does not take: kept aside' aside 3
  take broken.eml -o on_bad=reject
  check 'unreadable, rejected' answers 65 '5\.6\.0 gzip: .*'
  pipe --rcpt com@example.net -o on_bad=reject <net.eml
  check 'a domain that the RUA does not take, rejected' answers 65 '5\.7\.1 the policy domain example\.net .*'
  check 'rejected: nothing more is kept aside' aside 3
  pipe --rcpt other@example.net <one.eml
  check 'unknown recipient' answers 67 '5\.1\.1 other@example\.net is not on the allowlist'
  take net.eml -o max_message=200
  check 'over max_message' answers 0 '2\.0\.0 unreadable report, kept aside: a message of more than max_message \(200\) bytes'
  check 'over max_message: kept aside' aside 4
  check 'everything once' exactly_once 2
}

recipients() {
  new_store
  pipe --rcpt other@example.net --rcpt com@example.net --rcpt '<dmarc@example.net>' <net.eml
  check 'of several recipients, one takes it' answers 0 '2\.0\.0 stored .*'
  check 'it is the one in the table' grep -q 'dmarc@example\.net' "$store"/example.net/reports-2026-01.csv
  pipe --rcpt 'a b@example.net' <net.eml
  check 'a recipient with a blank' answers 67 '5\.1\.1 a b@example\.net .*'
  pipe --rcpt "$(printf 'a\n2.0.0 b\033@example.net')" <net.eml
  check 'a recipient with control characters' answers 67 '5\.1\.1 a.x0a2\.0\.0 b.x1b@example\.net .*'
}

# What the flags of pipe(8) put in front, and other line ends.
forms() {
  new_store
  { echo 'From noreply@example.net  Thu Jan  1 00:00:00 2026' && cat broken.eml; } >from1
  { echo 'From noreply@example.net  Thu Jan  1 00:00:01 2026' && cat broken.eml; } >from2
  take from1
  take from2
  take broken.eml
  check 'a "From " line does not count' aside 1
  { printf 'Return-Path: <a@example.net>\nDelivered-To: b@example.net\nX-Original-To: c@example.net\n' && cat one.eml && echo; } >flags
  take flags
  check 'flags D, O, R and B' answers 0 '2\.0\.0 stored .*'
  sed 's/$/\r/' net.eml >crlf
  take crlf
  check 'CRLF line ends' answers 0 '2\.0\.0 stored .*'
  mails mail large.eml number=3 records=20000
  take large.eml
  check 'a large report' answers 0 '2\.0\.0 stored 20000 records .*'
  pipe --rcpt dmarc@example.net < <(head -c 20000 large.eml && sleep 0.2 && tail -c +20001 large.eml)
  check 'a message that comes slowly' answers 0 '2\.0\.0 already stored'
}

standard_error() {
  new_store
  "$program" pipe -o "store=$store" -o "allow=$allow" --rcpt dmarc@example.net --queue-id 4c <one.eml >"$out" 2>"$err"
  code=$?
  check 'a standard error of its own: one line on standard output' answers 0 '2\.0\.0 stored .*'
  check 'a standard error of its own: a line of the log there' grep -Eqx 'id=4c rua=dmarc@example\.net verdict=ok .*' "$err"
  run=$(stat -c %a "$store"/example.com/records-2026-01.csv "$store"/example.com | tr '\n' ' ')
  new_store
  (umask 077 && take one.eml)
  check 'the umask of pipe(8) does not count' [ "$run" = \
    "$(stat -c %a "$store"/example.com/records-2026-01.csv "$store"/example.com | tr '\n' ' ')" ]
  "$program" pipe --help >"$out" 2>"$err"
  code=$?
  check '--help' eval '[ $code = 0 ] && grep -q -- --queue-id "$out" && ! grep -q "^.\{81\}" "$out"'
}

# ---- what is wrong here ----

command_lines() {
  new_store
  pipe <one.eml
  check 'no --rcpt' is_later 'no --rcpt given'
  pipe --rcpt <one.eml
  check 'no value behind --rcpt' is_later 'no value behind --rcpt'
  take one.eml --rctp a
  check 'an unknown option' is_later 'no option --rctp'
  take one.eml -o colour=red
  check 'an unknown option of the configuration' is_later 'unknown option "colour"'
  take one.eml -o max_message=much
  check 'a bad value' is_later 'max_message is "much"'
  take one.eml a@example.net
  check 'an argument too many' is_later 'is too much; each recipient goes behind a --rcpt'
  check 'nothing is made' [ ! -e "$store" ]
}

configurations() {
  new_store
  mkdir conf
  printf 'store = %s\nallow = %s\n' "$store" "$allow" >conf/good
  printf 'store = %s\nalow = %s\n' "$store" "$allow" >conf/bad
  for case in good:0 bad:75 none:75 .:75; do
    "$program" pipe -c "conf/${case%:*}" --rcpt dmarc@example.net <one.eml >"$out" 2>&1
    code=$?
    check "configuration $case" eval '[ $code = ${case#*:} ] && [ $(wc -l <"$out") = 1 ]'
  done
  "$program" pipe --rcpt dmarc@example.net <one.eml >"$out" 2>&1
  code=$?
  check 'no configuration at all' is_later 'store and allow are not set'
  for list in none . bad; do
    echo 'dmarc@example.net' >bad
    "$program" pipe -o "store=$store" -o "allow=$list" --rcpt dmarc@example.net <one.eml >"$out" 2>&1
    code=$?
    check "allowlist $list" is_later "$list"
  done
}

stores() {
  : >file
  for path in file file/store none/store /proc/store; do
    store=$path take one.eml
    check "store $path" is_later "$path"
  done
  store=$scratch/old
  mkdir -p old/.spool/lock
  take one.eml
  check 'a lock that is a folder' is_later lock
  need_root 'a store that may not be written' || return
  new_store
  mkdir -m 755 "$store"
  setpriv --reuid=$nobody --regid=$nobody --clear-groups "$program" pipe -o "store=$store" -o "allow=$allow" \
    --rcpt dmarc@example.net <one.eml >"$out" 2>&1
  code=$?
  check 'a store that may not be written' is_later "$store"
  install -d -o $nobody -m 700 "$scratch/theirs"
  setpriv --reuid=$nobody --regid=$nobody --clear-groups bash -c 'ulimit -u 0; exec "$@"' bash \
    "$program" pipe -o "store=$scratch/theirs" -o "allow=$allow" --rcpt dmarc@example.net <one.eml >"$out" 2>&1
  code=$?
  check 'no processes' is_later 'fork: Resource temporarily unavailable'
}

standard_files() {
  new_store
  pipe --rcpt dmarc@example.net <&-
  check 'standard input is closed' is_later 'standard input is closed'
  pipe --rcpt dmarc@example.net </dev/null
  check 'standard input is empty' is_later 'no message on standard input'
  pipe --rcpt dmarc@example.net <.
  check 'standard input is a folder' is_later 'standard input: Is a directory'
  : >"$out"
  "$program" pipe -o "store=$store" -o "allow=$allow" --rcpt dmarc@example.net <one.eml 2>/dev/null >&-
  code=$?
  check 'standard output is closed' [ $code = 75 ]
  "$program" pipe -o "store=$store" -o "allow=$allow" --rcpt dmarc@example.net <one.eml >/dev/full 2>&1
  code=$?
  check 'standard output is full' [ $code = 75 ]
  "$program" pipe -o "store=$store" -o "allow=$allow" --rcpt dmarc@example.net \
    < <(cat one.eml && sleep 0.3) 2>&1 | true
  code=${PIPESTATUS[0]}
  check 'nobody reads standard output' [ "$code" = 75 ]
  "$program" pipe -o "store=$store" -o "allow=$allow" --rcpt dmarc@example.net <one.eml >"$out" 2>&-
  code=$?
  check 'standard error is closed' answers 0 '2\.0\.0 already stored'
  check 'stored once' exactly_once 2
}

few_descriptors() {
  for n in 3 4 5 6 7 8 9 10 12 14; do
    new_store
    (
      exec <one.eml >"$out" 2>&1
      ulimit -n $n
      exec "$program" pipe -o "store=$store" -o "allow=$allow" --rcpt dmarc@example.net
    )
    code=$?
    # the loader ends with 127 when it cannot open the libraries; a few may be inherited
    check "$n descriptors" eval 'is_later . || [ $code = 0 ] || [ $n -le 5 -a $code = 127 ]'
    take one.eml
    check "$n descriptors: and then all" eval 'answers 0 "2\.0\.0 .*" && exactly_once 2'
  done
}

# took_less_than SECONDS
took_less_than() {
  [ $((SECONDS - began)) -lt "$1" ]
}

time_limits() {
  new_store
  take net.eml
  began=$SECONDS
  pipe --rcpt dmarc@example.net -o pipe_time_limit=1 < <(cat one.eml && exec sleep 10)
  check 'a message without end' eval 'is_later "pipe_time_limit is over" && took_less_than 5'
  began=$SECONDS
  exec 9>"$store/.spool/lock"
  flock 9
  take one.eml -o pipe_time_limit=1
  check 'a store that somebody has locked' eval 'is_later "pipe_time_limit is over" && took_less_than 5'
  flock -u 9
  exec 9>&-
  (
    trap '' ALRM
    pipe --rcpt dmarc@example.net -o pipe_time_limit=1 < <(cat one.eml && exec sleep 10)
    exit $code
  )
  code=$?
  check 'SIGALRM ignored' eval 'is_later "pipe_time_limit is over"'
  take one.eml
  check 'a store that is free again' answers 0 '2\.0\.0 stored .*'
}

full_disk() {
  need_root 'full disk' || return
  mkdir "$scratch/disk"
  if ! mount -t tmpfs -o size=300k tmpfs "$scratch/disk" 2>/dev/null; then
    absent 'full disk: tmpfs cannot be mounted'
    return
  fi
  disk=$scratch/disk
  store=$disk/store
  later=0 others=0
  mails folder full 8 records=300
  for mail in full/*; do
    take "$mail"
    if is_later 'No space left on device'; then
      later=$((later + 1))
    elif [ $code != 0 ]; then
      others=$((others + 1))
    fi
  done
  check 'full disk: 75, and nothing else' eval '[ $later -gt 0 ] && [ $others = 0 ]'
  mount -o remount,size=20m "$disk"
  later=0
  for mail in full/*; do
    take "$mail"
    [ $code = 0 ] || later=$((later + 1))
  done
  check 'full disk: with room again, 0' [ $later = 0 ]
  check 'full disk: everything once' exactly_once 2400
  umount "$disk"
  disk=
}

# ---- many at once ----

# at_once NAME ROWS MAIL...: each at the same time as the others; then again.
at_once() {
  name=$1 want=$2
  shift 2
  new_store
  for time in first second; do
    rm -f status.*
    for mail; do
      (
        "$program" pipe -o "store=$store" -o "allow=$allow" --rcpt dmarc@example.net <"$mail" >"answer.${mail##*/}" 2>&1
        echo $? >"status.${mail##*/}"
      ) &
    done
    wait
    cat answer.* >"$out"
    code=$(sort -u status.*)
    check "$name, $time time" eval '[ "$code" = 0 ] && exactly_once $want'
  done
}

many() {
  mails folder one-domain 20 domain=example.com
  at_once 'twenty at once on one domain' 40 one-domain/*
  mkdir domains
  for i in $(seq 20); do
    mails mail "domains/$i" number="$i" domain="d$i.example.com"
  done
  at_once 'twenty at once on twenty domains' 40 domains/*
  for i in $(seq 20); do
    cp one.eml "copy$i"
  done
  at_once 'twenty times the same' 2 copy*
}

# domains N: policy domains that have a folder.
domains() {
  [ "$(find "$store" -mindepth 1 -maxdepth 1 -type d ! -name '.*' ! -name quarantine | wc -l)" = "$1" ]
}

# Domains that a sender makes up: so many a day, and the others are kept aside.
newcomers() {
  over='2\.0\.0 refused report, kept aside: more than max_new_domains \(5\) new policy domains today for '
  new_store
  mkdir new
  for i in $(seq 20); do
    mails mail "new/$i" number="$i" domain="new$i.example.net"
  done
  for i in $(seq 20); do
    "$program" pipe -o "store=$store" -o "allow=$allow" -o max_new_domains=5 \
      --rcpt dmarc@example.net <"new/$i" >"answer.new$i" 2>&1 &
  done
  wait
  cat answer.new* >"$out"
  check 'twenty new domains at once: five are stored' eval 'domains 5 && [ $(grep -c "^2\.0\.0 stored" "$out") = 5 ]'
  check 'the others are kept aside' eval 'aside 15 && [ $(grep -Ec "^${over}dmarc@example\.net: new" "$out") = 15 ]'
  for i in $(seq 20); do
    take "new/$i" -o max_new_domains=5
    cat "$out" >>again
  done
  cat again >"$out"
  check 'they are refused again, and nothing else is' eval \
    '[ $(grep -c "already stored" again) = 5 ] && [ $(grep -Ec "^$over" again) = 15 ] && aside 15'
  known=$(find "$store" -mindepth 1 -maxdepth 1 -name 'new*' -printf '%f' -quit)
  mails mail known.eml number=90 domain="$known"
  take known.eml -o max_new_domains=5
  check 'a domain that the store knows' answers 0 '2\.0\.0 stored .*'
  mails mail sub.eml number=91 domain=sub.example.com
  pipe --rcpt dmarc@example.net --rcpt com@example.net -o max_new_domains=5 <sub.eml
  check 'of several recipients the first that takes it counts' answers 0 "${over}dmarc@example\.net: sub\.example\.com"
  pipe --rcpt com@example.net -o max_new_domains=5 <sub.eml
  check 'another RUA has its own' answers 0 '2\.0\.0 stored .*'
  take one.eml -o max_new_domains=5
  check 'a domain that is let pass only' answers 0 "${over}dmarc@example\.net: example\.com"
  pipe --rcpt dmarc@example.net --rcpt com@example.net -o max_new_domains=5 <one.eml
  check 'a domain that the allowlist names' answers 0 '2\.0\.0 stored .*'
  mails mail other.eml number=93 domain=other.example.net
  take other.eml -o max_new_domains=5 -o on_bad=reject
  check 'rejected' answers 65 '5\.7\.1 more than max_new_domains .*'
  take other.eml -o max_new_domains=0
  check '0 is any number' answers 0 '2\.0\.0 stored .*'
  "$program" replay -o "store=$store" -o "allow=$allow" -o max_new_domains=5 --to dmarc@example.net new >"$out" 2>"$err"
  code=$?
  check 'a replay stores all' eval '[ $code = 0 ] && domains 23'
  rm -r "$store/.spool/newcomers"
  : >"$store/.spool/newcomers"
  mails mail late.eml number=92 domain=late.example.net
  take late.eml
  check 'a state that is no folder' is_later 'newcomers'
  take known.eml
  check 'which is not looked at for a domain that is known' answers 0 '2\.0\.0 already stored'
  rm "$store/.spool/newcomers"
  take late.eml
  "$program" verify -o "store=$store" >"$out" 2>"$err"
  code=$?
  check 'verify finds nothing wrong' [ $code = 0 ]
}

# The microseconds that a delivery takes on this machine, of ten the middle one.
usual_time() {
  mails folder usual 10
  for mail in usual/*; do
    start=${EPOCHREALTIME/./}
    take "$mail"
    echo $((${EPOCHREALTIME/./} - start))
  done | sort -n | sed -n 5p
}

# Each is killed at a moment of the time that it takes, and then comes again.
killed() {
  new_store
  RANDOM=$seed
  usual=$(usual_time)
  echo "seed $seed, a delivery takes $usual microseconds"
  new_store
  mails folder killed 60
  died=0
  for mail in killed/*; do
    for time in 1 2; do
      "$program" pipe -o "store=$store" -o "allow=$allow" --rcpt dmarc@example.net <"$mail" >"$out" 2>&1 &
      sleep "$(printf 0.%06d $((RANDOM * usual / 32768)))"
      kill -KILL $! 2>/dev/null
      wait $! 2>/dev/null
      [ $? = 137 ] && died=$((died + 1))
    done
  done
  echo "$died of 120 were killed in time"
  later=0
  for mail in killed/*; do
    take "$mail"
    [ $code = 0 ] || later=$((later + 1))
  done
  check 'killed at any moment: then 0' [ $later = 0 ]
  check 'killed at any moment: everything once' exactly_once 120
  check 'killed at any moment: some were' [ $died -gt 10 ]
  sleep 0.2
  check 'no process is left behind' eval '! pgrep -f "^$program " >/dev/null'
}

verdicts
recipients
forms
standard_error
command_lines
configurations
stores
standard_files
few_descriptors
time_limits
full_disk
many
newcomers
killed

tally
