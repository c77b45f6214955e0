#!/bin/sh
# man.sh SOURCE - `mandoc -T lint` has nothing to say about the manual pages, not
# even of style. Whether a page is there that one refers to is looked up here:
# mandoc asks what this machine has installed. And a quote in a quote is never
# meant: .Ql quotes all that stands behind it.
set -eu
cd "$1"
others=' cdb.1 chmod.1 chown.1 gzip.1 mv.1 rsync.1 sort.1 sd_notify.3 resolv.conf.5 cron.8 logrotate.8 pipe.8 '
status=0

if ! command -v mandoc >/dev/null; then
  echo "man: mandoc is missing"
  exit 1
fi
for page in docs/*.[1-8]; do
  mandoc -T lint "$page" 2>&1
done | grep -v -e ': STYLE: referenced manual not found: Xr ' -e '^mandoc: outdated mandoc.db lacks ' && status=1
names=$(sed -nE 's/^(.* )?\.?Xr ([^ ]+) ([1-8])( .*)?$/\2.\3/p' docs/*.[1-8] | sort -u)
for name in $names; do
  case $others in *" $name "*) continue ;; esac
  [ -e "docs/$name" ] && continue
  echo "man: there is no page $name, or it is not among the others that $0 knows"
  status=1
done
if grep -nE '^\.(.* )?(Ql|Sq|Dq) .+ (, [^ ]|(Ql|Sq|Dq) )' docs/*.[1-8]; then
  echo "man: more than one value in a quote: give each value a line of its own"
  status=1
fi
exit $status
