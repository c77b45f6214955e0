#!/usr/bin/env python3
"""readme.py - the README's commands, as they stand there, in a Debian that debootstrap made, as whoever has cloned
the source would type them. Needs root, and the network for the packages that they install.

usage: readme.py CACHE      CACHE is that of guide.py"""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

import guide

ROOT = os.path.join(guide.HERE, "../..")
COMMANDS = ("examples/quickstart.sh", "cmake --workflow --preset package")


def source(root):
    """A clone of what is committed here, and of what is not yet."""
    there = os.path.join(root, "root/ruamill")
    guide.run("git", "clone", "-q", ROOT, there)
    names = subprocess.check_output(["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
    for name in filter(None, names.decode().split("\0")):
        if os.path.isfile(os.path.join(ROOT, name)):
            os.makedirs(os.path.dirname(os.path.join(there, name)), exist_ok=True)
            shutil.copy(os.path.join(ROOT, name), os.path.join(there, name))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    cache = os.path.abspath(sys.argv[1])
    os.makedirs(cache, exist_ok=True)
    work = tempfile.mkdtemp(prefix="ruamill-readme-", dir=cache)
    root = os.path.join(work, "root")
    try:
        guide.run("cp", "-a", "--reflink=auto", guide.fresh(cache), root)
        shutil.copy("/etc/resolv.conf", root + "/etc/resolv.conf")
        guide.run("mount", "-t", "proc", "proc", root + "/proc")
        source(root)
        with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
            readme = file.read()
        for command in COMMANDS:
            guide.check(re.search(rf"^{command}$|`{command}`", readme, re.M), f"the README has {command}")
            done = guide.inside(root, f"apt-get update >/dev/null; cd ruamill && {command}")
            guide.check(done.returncode == 0, command, done.stdout)
        made = [os.path.basename(path).split("_")[0] for path in glob.glob(os.path.join(root, "root", "ruamill/build/package/*.deb"))]
        guide.check(sorted(made) == ["ruamill", "ruamill-dev", "ruamill-ship"], f"packages: {made}")
    finally:
        subprocess.run(["umount", root + "/proc"], stderr=subprocess.DEVNULL, check=False)
        if not os.path.ismount(root + "/proc"):
            shutil.rmtree(work, ignore_errors=True)
    print(f"{guide.passed} passed, {guide.failed} failed", flush=True)
    sys.exit(guide.failed != 0)


if __name__ == "__main__":
    main()
