"""sendmail.py - a private Sendmail 8.17. Debian's packages of it and of Postfix
exclude each other, so it is only unpacked, into build/cache."""

import contextlib
import glob
import os
import re
import shutil
import signal
import subprocess

import rig

CACHE = os.path.join(rig.ROOT, "build/cache/sendmail")
PACKAGES = ("sendmail-bin", "sendmail-base", "sendmail-cf")

HEAD = """divert(-1)
divert(0)dnl
include(`{root}/usr/share/sendmail/cf/m4/cf.m4')dnl
VERSIONID(`test')
OSTYPE(`linux')dnl
define(`confLOG_LEVEL', `9')dnl
define(`confSERVICE_SWITCH_FILE', `{folder}/service.switch')dnl
define(`ALIAS_FILE', `{folder}/aliases')dnl
define(`confCW_FILE', `{folder}/local-host-names')dnl
define(`QUEUE_DIR', `{folder}/queue')dnl
define(`confPID_FILE', `{folder}/pid')dnl
define(`STATUS_FILE', `{folder}/statistics')dnl
define(`confTO_IDENT', `0')dnl
define(`confBIND_OPTS', `-DNSRCH -DEFNAMES')dnl
define(`confDEF_USER_ID', `{user}')dnl
define(`confDONT_BLAME_SENDMAIL', `GroupWritableDirPathSafe,AssumeSafeChown,NonRootSafeAddr,TrustStickyBit')dnl
define(`confDELIVERY_MODE', `b')dnl
define(`confDOMAIN_NAME', `mx.test.example')dnl
define(`confMAX_DAEMON_CHILDREN', `0')dnl
define(`confREFUSE_LA', `9999')dnl
define(`confQUEUE_LA', `9999')dnl
define(`confDELAY_LA', `0')dnl
FEATURE(`no_default_msa')dnl
FEATURE(`nocanonify')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`promiscuous_relay')dnl
DAEMON_OPTIONS(`Name=test, Family=inet, Addr=127.0.0.1, Port={port}, Listen=128')dnl
"""

# Every address has a mailbox: a folder with a file for each mail. In a rule, the
# left side and the right one are parted by a tab.
TAIL = """MAILER(`local')dnl
MAILER(`smtp')dnl
MAILER_DEFINITIONS
Mbox,	P={folder}/box.sh, F=lhun8, S=EnvFromSMTP/HdrFromSMTP, R=EnvToSMTP/HdrFromSMTP, U={user}, T=DNS/RFC822/X-Unix,
		A=box.sh $u
LOCAL_RULE_0
{rules}R$+ < @ $+ . >	$#box $@ $2 $: $1 < @ $2 . >
R$+ < @ $+ >	$#box $@ $2 $: $1 < @ $2 . >
"""
BOX = """#!/bin/sh
# Puts the message on stdin into the mailbox of $1.
umask 022
mkdir -p {folder}/boxes/$1
cat >{folder}/boxes/$1/.$$ && mv {folder}/boxes/$1/.$$ {folder}/boxes/$1/$$
"""
# What the mailertable would do with these domains, without a map's file.
RULES = """R$+ < @ {domain} . >	$#ruamill $@ {domain} $: $1 < @ {domain} . >
R$+ < @ {domain} >	$#ruamill $@ {domain} $: $1 < @ {domain} . >
"""


def unpacked():
    """The root of the unpacked packages, or None."""
    root = os.path.join(CACHE, "root")
    binary = os.path.join(root, "usr/libexec/sendmail/sendmail")
    if not os.access(binary, os.X_OK):
        os.makedirs(CACHE, exist_ok=True)
        subprocess.run(["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", *PACKAGES], cwd=CACHE,
                       stdout=subprocess.DEVNULL, check=False)
        for package in glob.glob(os.path.join(CACHE, "*.deb")):
            subprocess.run(["dpkg", "-x", package, root], check=True)
        with contextlib.suppress(FileNotFoundError):
            os.chmod(binary, 0o755)    # no set-group-ID
    return root if os.access(binary, os.X_OK) and shutil.which("m4") else None


class Sendmail:
    """With milter=True it has examples/sendmail/ruamill.mc; with pipe=True
    mailer.m4, for the domains of the RUAs."""

    def __init__(self, here, root, milter=False, pipe=False):
        self.rig = here
        self.root = root
        self.port = rig.free_port()
        self.folder = os.path.join(here.folder, "sendmail" + str(len(here.servers)))
        self.log = os.path.join(self.folder, "transcript")
        here.servers.append(self)
        for name in ("queue", "boxes"):
            os.makedirs(os.path.join(self.folder, name))
        os.chmod(self.folder + "/queue", 0o700)
        shutil.chown(self.folder + "/boxes", rig.USER)
        group = "nogroup"
        names = {"root": root, "folder": self.folder, "port": self.port, "user": f"{rig.USER}:{group}",
                 "rules": "".join(RULES.format(domain=name) for name in ("example.net", rig.DEDICATED)) if pipe else ""}
        text = HEAD.format(**names)
        if milter:
            text += rig.example("sendmail/ruamill.mc", {"/run/ruamill/milter": here.milter.path})
        text += TAIL.format(**names)
        if pipe:
            text = text.replace("LOCAL_RULE_0\n", rig.example("sendmail/mailer.m4", {
                "/usr/local/bin/ruamill": here.program, "/usr/local/etc/ruamill/ruamill.conf": here.conf,
                "U=ruamill:ruamill": f"U={rig.USER}:{group}"}) + "LOCAL_RULE_0\n")
        rig.write(self.folder + "/service.switch", "hosts files\naliases files\npasswd files\n")
        rig.write(self.folder + "/box.sh", BOX.format(**names), 0o755)
        for name in ("aliases", "local-host-names"):
            rig.write(f"{self.folder}/{name}", "")
        rig.write(self.folder + "/sendmail.mc", text)

    def start(self):
        with open(self.folder + "/sendmail.cf", "wb") as file:
            subprocess.run(["m4", f"-D_CF_DIR_={self.root}/usr/share/sendmail/cf/", self.folder + "/sendmail.mc"],
                           stdout=file, stderr=subprocess.DEVNULL, check=True)
        # In a UTS namespace of its own it has a host name with a dot: without one
        # it sleeps for a minute at the start.
        subprocess.run(["unshare", "-u", "sh", "-c", 'hostname mx.test.example && exec "$@"', "sh",
                        self.root + "/usr/libexec/sendmail/sendmail", f"-C{self.folder}/sendmail.cf", "-bd", "-q1s",
                        "-L", "sm-test", "-X", self.log], check=True)
        if not rig.wait_for(self.pid, 10):
            raise SystemExit("Sendmail does not start")
        return self

    def pid(self):
        words = rig.read(self.folder + "/pid").split()
        return int(words[0]) if words else 0

    def stop(self):
        pid = self.pid()
        if pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
                rig.wait_for(lambda: not os.path.exists(f"/proc/{pid}"), 10)

    def queued(self):
        return len(glob.glob(self.folder + "/queue/?f*")) // 2

    def place(self):
        return len(rig.read(self.log))

    def said(self, what, begin=0, seconds=20):
        return rig.wait_for(lambda: re.search(what, rig.read(self.log)[begin:]), seconds)

    def box(self, address):
        """The mails in a mailbox."""
        return [rig.read(path) for path in sorted(glob.glob(f"{self.folder}/boxes/{glob.escape(address)}/*"))]
