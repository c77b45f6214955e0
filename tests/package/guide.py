#!/usr/bin/env python3
"""guide.py - follows docs/guide.md and its like to the letter, in a Debian that debootstrap
made, with a real Postfix, from the installation of the package to its removal.
Needs root. systemd does not run there: systemctl and journalctl are stand-ins,
beside this file.

usage: guide.py CACHE PACKAGE

CACHE is a folder that keeps the fresh Debian and its packages for the next time.

The guide's blocks: "sh" is run; "text" behind it is what it prints, "..." in it
being anything; "dns" is published by a name server. Everything happens in name
spaces of its own, so that ports, names and processes are nobody else's."""

import glob
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
GUIDE = os.path.join(HERE, "../../docs/guide.md")
OTHERS = ["from-parsedmarc.md"]    # followed before the guide's last section
THERE = ["postfix", "curl", "bind9-dnsutils"]    # what the guide takes for granted
LATER = ["sqlite3"]                              # what it installs itself
LAST = "## Taking it out again"
FIRST_ROW = "Harbour Post"
READING = 200     # words a minute
TYPING = 200      # characters a minute
MINUTES = 5

passed = failed = 0


def check(good, what, more=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(("ok " if good else "not ok ") + what, flush=True)
    if not good and more:
        print("    " + "\n    ".join(more.splitlines()[-30:]), flush=True)
    return good


def run(*words, **more):
    return subprocess.run(words, check=True, **more)


# ---- a fresh Debian ----

def sources():
    """The lines of sources.list for this machine's release, where this machine gets it."""
    release = subprocess.check_output(["sh", "-c", ". /etc/os-release; echo $VERSION_CODENAME"], text=True).strip()
    form = "$(REPO_URI) $(RELEASE) $(COMPONENT)"
    targets = subprocess.check_output(["apt-get", "indextargets", "--format", form, "Created-By: Packages",
                                       "Origin: Debian"], text=True)
    lines = []
    for line in dict.fromkeys(targets.splitlines()):
        uri, suite, component = line.split()
        # a suite is spelt as its folder, and not always by that name in the index
        suite = f"{suite}-security" if uri.rstrip("/").endswith("-security") and "-" not in suite else suite
        if suite.startswith(release) and component == "main":
            lines.append(f"deb {uri} {suite} {component}")
    if not lines:
        sys.exit("apt knows no archive of Debian here")
    return release, lines


def inside(root, command, **more):
    """A command of bash there, as root would type it."""
    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
                   "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive", "TERM": "dumb"}
    environment.update({name: os.environ[name] for name in ("http_proxy", "https_proxy") if name in os.environ})
    return subprocess.run(["chroot", root, "bash", "-e", "-o", "pipefail", "-c", "cd /root\n" + command],
                          env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, **more)


def must(root, command):
    done = inside(root, command)
    if done.returncode:
        print(done.stdout)
        sys.exit(f"in the fresh Debian: {command} ended with {done.returncode}")


def fresh(cache):
    """The folder with a Debian that has a Postfix, made when it is not there."""
    base = os.path.join(cache, "debian")
    if not os.path.isdir(base):
        release, lines = sources()
        making = base + ".new"
        shutil.rmtree(making, ignore_errors=True)
        run("debootstrap", "--variant=minbase", release, making, lines[0].split()[1], stdout=subprocess.DEVNULL)
        write(making + "/etc/apt/sources.list", "\n".join(lines) + "\n")
        settings = subprocess.check_output(["apt-config", "dump"], text=True)
        write(making + "/etc/apt/apt.conf.d/90test", 'APT::Get::Assume-Yes "true";\nAPT::Install-Recommends "false";\n'
              + "".join(line + "\n" for line in settings.splitlines() if re.match(r"Acquire::https?::Proxy", line)))
        # its packages may start nothing outside of the name spaces
        write(making + "/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755)
        shutil.copy("/etc/resolv.conf", making + "/etc/resolv.conf")
        must(making, "debconf-set-selections <<END\n"
                     "postfix postfix/main_mailer_type select Internet Site\n"
                     "postfix postfix/mailname string example.com\n"
                     f"END\napt-get update && apt-get install {' '.join(THERE)} && apt-get clean")
        os.rename(making, base)
    return base


def write(path, text, mode=0o644):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)


def prepare(cache, package, work):
    """A copy of the fresh Debian with the package in /root, and with all that will
    be installed from now on in apt's cache: there is no network later."""
    base, root = fresh(cache), os.path.join(work, "root")
    archives = os.path.join(cache, "archives")
    os.makedirs(archives + "/partial", exist_ok=True)
    run("cp", "-a", "--reflink=auto", base, root)
    ship = package.replace("/ruamill_", "/ruamill-ship_")
    for path in (package, ship):
        shutil.copy(path, os.path.join(root, "root"))
    run("mount", "--bind", archives, root + "/var/cache/apt/archives")
    shutil.copy("/etc/resolv.conf", root + "/etc/resolv.conf")
    wanted = f"apt-get install --download-only ./{os.path.basename(package)} ./{os.path.basename(ship)} {' '.join(LATER)}"
    if inside(root, wanted).returncode:
        must(root, f"apt-get update && {wanted}")
    for name in ("systemctl", "journalctl"):
        shutil.copy(os.path.join(HERE, name), root + "/usr/local/bin/")
    return root


# ---- the guide ----

def blocks(text):
    """(language, content, offset of its end) of each block."""
    for found in re.finditer(r"^( *)```(\w+)\n(.*?)^ *```$", text, re.M | re.S):
        indent, language, content = found.groups()
        yield language, re.sub(f"^{indent}", "", content, flags=re.M), found.end()


def pattern(content):
    """What stands in a "text" block, as a regular expression."""
    lines = [r"(?:.*\n)*?" if line == "..." else ".*".join(map(re.escape, line.split("..."))) + "\n"
             for line in content.splitlines()]
    return re.compile("".join(lines))


def publish(guide):
    """A name server with the guide's records, of several for a name the first."""
    records = {}
    for language, content, _ in blocks(guide):
        for line in content.splitlines() if language == "dns" else ():
            found = re.fullmatch(r'(\S+)\. IN TXT "(v=DMARC1(?:; (?:p|sp|np|rua)=[^;\s]+)*)"', line)
            if check(found, f"dns: {line}"):
                records.setdefault(*found.groups())
    return subprocess.Popen(["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
                             "--listen-address=127.0.0.1", "--bind-interfaces", "--user=root", "--pid-file=",
                             *(f"--txt-record={name},{text}" for name, text in records.items())])


def follow(root, content, expected):
    """Runs a block; what it prints must be as expected. What is a look at a log may
    have to wait for it."""
    first = content.split()[0]
    end = time.monotonic() + (20 if first == "journalctl" else 0)
    while True:
        done = inside(root, content)
        good = done.returncode == 0 and (expected is None or pattern(expected).fullmatch(done.stdout))
        if good or time.monotonic() > end:
            break
        time.sleep(0.5)
    check(good, content.strip().splitlines()[0] + (" ..." if content.count("\n") > 1 else ""),
          f"exit status {done.returncode}\n{done.stdout}" + (f"---- expected:\n{expected}" if expected else ""))


def effort(guide, end):
    """Reading and typing up to there."""
    part = guide[:end]
    typed = [line for language, content, at in blocks(guide) if language == "sh" and at <= end
             for line in content.splitlines()]
    words = len(re.sub(r"```.*?```", "", part, flags=re.S).split())
    characters = sum(map(len, typed))
    minutes = words / READING + characters / TYPING
    check(minutes < MINUTES, f"from apt install to the first row: {len(typed)} commands, {characters} characters to type "
          f"({TYPING} a minute), {words} words to read ({READING} a minute): {minutes:.1f} minutes")


def newer(root):
    """The package as a later version of it: with another configuration that it brings. Returns its version."""
    done = inside(root, """
        rm -rf later && dpkg-deb -R "$(ls ruamill_*.deb)" later
        version=$(sed -n 's/^Version: //p' later/DEBIAN/control)+1
        sed -i "s/^Version: .*/Version: $version/" later/DEBIAN/control
        echo '# a later version says more' >>later/etc/ruamill/ruamill.conf
        dpkg-deb --root-owner-group -b later later.deb >/dev/null
        echo "$version" """)
    check(done.returncode == 0, "a later version of the package", done.stdout)
    return done.stdout.split()[-1]


def upgraded(root):
    """An upgrade keeps what the administrator wrote, and the milter that runs is the new one. apt has a path of its own,
    in which our systemctl is not."""
    version = newer(root)
    send = ("curl -s smtp://localhost --mail-from noreply@harbour.example --mail-rcpt dmarc@example.com "
            "-T /usr/share/doc/ruamill/examples/reports/harbour-example.com.eml")
    must(root, "echo 'lease_wait = 7' >>/etc/ruamill/ruamill.conf; postconf -e smtpd_milters=unix:/run/ruamill/milter; "
               "postconf -X transport_maps; postfix reload; systemctl start ruamill-milter; "
               "cp /run/ruamill-milter.pid before; grep -q '^State:.*[SR] (' /proc/$(cat before)/status; mkdir -p /run/systemd/system")
    done = inside(root, "apt-get install -o DPkg::Path=$PATH -o Dpkg::Options::=--force-confold ./later.deb")
    check(done.returncode == 0 and inside(root, "dpkg-query -W -f '${Version}' ruamill").stdout == version,
          "it takes the place of the one before", done.stdout)
    done = inside(root, "rmdir /run/systemd/system; grep -q '^lease_wait = 7$' /etc/ruamill/ruamill.conf && "
                  "grep -q '^dmarc@example.com' /etc/ruamill/allow && [ -e /etc/ruamill/ruamill.conf.dpkg-dist ]")
    check(done.returncode == 0, "what the administrator wrote is kept, and what is new lies beside it", done.stdout)
    done = inside(root, "for pid in $(cat before /run/ruamill-milter.pid); do "
                  "grep -E '^(Name|State)' /proc/$pid/status || echo ended; done")
    before, _, after = done.stdout.rpartition("Name:")
    check(("ended" in before or "Z (zombie)" in before) and "ruamill" in after and "Z (" not in after,
          "the milter that ran has ended, and the new one runs", done.stdout)
    done = inside(root, f": >/var/log/ruamill-milter; {send} && ruamill export example.com | grep -q {FIRST_ROW.split(maxsplit=1)[0]} && "
                  "runuser -u ruamill -- ruamill verify && cat /var/log/ruamill-milter")
    check(done.returncode == 0 and " problems 0" in done.stdout and "verdict=duplicate" in done.stdout,
          "it knows the report that is in the store", done.stdout)
    must(root, "rm /etc/ruamill/ruamill.conf.dpkg-dist; mv ruamill_*.deb before.deb; mv later.deb ruamill_later.deb")


def enabled(root, target, unit, name=None):
    """As systemctl enable leaves it."""
    folder = f"/etc/systemd/system/{target}.wants"
    must(root, f"mkdir -p {folder}; ln -sf /usr/lib/systemd/system/{unit} {folder}/{name or unit}")


def with_ship(root):
    """What talks to servers is a package of its own, and its absence is told by its name."""
    lacking = inside(root, "runuser -u ruamill -- ruamill ship nowhere || true").stdout
    check("it comes with the package ruamill-ship" in lacking and lacking.count("\n") == 1, "ruamill ship without its package", lacking)
    done = inside(root, "mkdir -p /run/systemd/system; apt-get install -o DPkg::Path=$PATH ./ruamill-ship_*.deb && "
                  "ls /usr/lib/systemd/system/ruamill-{allow.service,allow.timer,ship@.service} && "
                  "zcat /usr/share/man/man1/ruamill-ship.1.gz | head -n 1; runuser -u ruamill -- ruamill ship nowhere || echo $?")
    check("no section [target nowhere]" in done.stdout and done.stdout.endswith("\n78\n"), "and with it", done.stdout)
    enabled(root, "timers.target", "ruamill-allow.timer")
    enabled(root, "multi-user.target", "ruamill-ship@.service", "ruamill-ship@ch.service")
    done = inside(root, "apt-get purge -o DPkg::Path=$PATH ruamill-ship; rmdir /run/systemd/system; "
                  "ls /usr/lib/systemd/system/ruamill-ship@.service /usr/libexec/ruamill 2>&1 || true")
    check(done.stdout.count("No such file") == 2, "and it can be taken away again", done.stdout)
    enabled(root, "multi-user.target", "ruamill-milter.service")


def removed_and_installed_again(root):
    """What is the administrator's survives a removal."""
    done = inside(root, "systemctl stop ruamill-milter; apt-get remove ruamill")
    check(done.returncode == 0 and "/var/lib/ruamill are left" in done.stdout, "apt remove says what it leaves",
          done.stdout)
    check(not os.path.exists(root + "/usr/bin/ruamill") and os.path.exists(root + "/etc/ruamill/allow")
          and os.path.exists(root + "/var/lib/ruamill/example.com"), "it leaves configuration and store")
    done = inside(root, "apt-get install ./ruamill_*.deb && grep -q '^dmarc@example.com' /etc/ruamill/allow && "
                  "runuser -u ruamill -- ruamill verify")
    check(done.returncode == 0 and " problems 0" in done.stdout, "and they are as they were when it is back",
          done.stdout)


def others(root):
    """The other pages, whose reader has an mbox and a Maildir that only their user may read."""
    must(root, "useradd -m dmarc; install -d -o dmarc -m 700 ~dmarc/Maildir ~dmarc/Maildir/{cur,new,tmp}; "
               "cd /usr/share/doc/ruamill/examples/reports; install -o dmarc -m 600 *.eml ~dmarc/Maildir/new; "
               "for mail in *.eml; do echo 'From x Mon Mar  2 00:00:00 2026'; cat $mail; echo; done >/var/mail/dmarc; "
               "chown dmarc:mail /var/mail/dmarc; chmod 660 /var/mail/dmarc")
    for name in OTHERS:
        with open(os.path.join(os.path.dirname(GUIDE), name), encoding="utf-8") as file:
            for language, content, _ in blocks(file.read()):
                if language == "sh":
                    follow(root, content, None)


def purged(root):
    done = inside(root, "printf 'Subject: x\\n\\nx\\n' >mail; "
                  "curl -sS smtp://localhost --mail-from a@example.com --mail-rcpt root@example.com -T mail")
    check(done.returncode == 0, "mail comes in without ruamill", done.stdout)
    gone = [path for path in ("/etc/ruamill", "/usr/share/doc/ruamill", "/usr/lib/systemd/system/ruamill-milter.service")
            if os.path.exists(root + path)]
    check(not gone, f"purged: nothing is left of {gone}")
    links = inside(root, "find /etc/systemd -xtype l").stdout
    check(not links, "and no link of systemd leads nowhere", links)
    check(glob.glob(root + "/var/lib/ruamill/example.com/archive/*/*/*"), "but the reports are")


def people(root):
    """The machine as its administrator has it before the guide: mail for example.com."""
    write(root + "/etc/resolv.conf", "nameserver 127.0.0.1\n")
    write(root + "/etc/hosts", "127.0.0.1 localhost mx.example.com mx\n")
    must(root, "rm /usr/sbin/policy-rc.d; postconf -e maillog_file=/var/log/mail.log inet_protocols=ipv4 "
               "myhostname=mx.example.com 'mydestination=example.com, localhost'; "
               "postconf -M postlog/unix-dgram='postlog unix-dgram n - n - 1 postlogd'; postfix start")


def inside_main(root):
    socket.sethostname("mx.example.com")
    run("ip", "link", "set", "lo", "up")
    run("mount", "-t", "proc", "proc", root + "/proc")
    with open(GUIDE, encoding="utf-8") as file:
        guide = file.read()
    publish(guide)
    people(root)
    all_blocks = list(blocks(guide))
    row_seen, stays = False, True
    for at, (language, content, end) in enumerate(all_blocks):
        if language == "sh":
            after = all_blocks[at + 1] if at + 1 < len(all_blocks) else ("", "", 0)
            if stays and end > guide.index(LAST):
                others(root)
                with_ship(root)
                upgraded(root)
                removed_and_installed_again(root)
                stays = False
            follow(root, content, after[1] if after[0] == "text" else None)
            if not row_seen and FIRST_ROW in after[1]:
                effort(guide, after[2])
                row_seen = True
    check(row_seen, "the guide comes to a first row")
    purged(root)
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


def main():
    if sys.argv[1:2] == ["--inside"]:
        sys.exit(inside_main(sys.argv[2]))
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    cache, package = map(os.path.abspath, sys.argv[1:])
    os.makedirs(cache, exist_ok=True)
    work = tempfile.mkdtemp(prefix="ruamill-guide-", dir=cache)
    os.chmod(work, 0o755)
    root = os.path.join(work, "root")
    try:
        prepare(cache, package, work)
        done = subprocess.run(["unshare", "--net", "--pid", "--fork", "--kill-child", "--uts", "--ipc", "--mount",
                               sys.executable, "-B", os.path.abspath(__file__), "--inside", root], check=False)
    finally:
        subprocess.run(["umount", root + "/var/cache/apt/archives"], stderr=subprocess.DEVNULL, check=False)
        if not os.path.ismount(root + "/var/cache/apt/archives"):
            shutil.rmtree(work, ignore_errors=True)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
