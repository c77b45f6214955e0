#!/usr/bin/env python3
"""units.py - the files of examples/systemd, judged by systemd's own tools; systemd
itself need not run.

usage: units.py [PROGRAM]"""

import os
import shutil
import subprocess

import rig

EXPOSURE = 10    # in tenths; what it may be at most


def units(tally):
    folder = os.path.join(rig.ROOT, "examples/systemd")
    if not shutil.which("systemd-analyze"):
        tally.check(False, "ABSENT: systemd-analyze")
        return
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={EXPOSURE}",
                           folder + "/ruamill-milter.service"], capture_output=True, text=True, check=False)
    tally.check(done.returncode == 0, (done.stdout + done.stderr).strip().splitlines()[-1])
    for name in ("ruamill-milter.service", "ruamill-ship@.service"):
        with open(os.path.join(folder, name), encoding="utf-8") as unit:
            tally.check("\nRestartPreventExitStatus=78\n" in unit.read(),
                        f"{name}: a wrong configuration is not tried again and again")
    for name in ("ruamill-milter.service", "ruamill-milter.socket"):
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", os.path.join(folder, name)],
                              capture_output=True, text=True, check=False)
        said = [line for line in done.stderr.splitlines()
                if "ruamill" in line and "is not executable: No such file" not in line]
        tally.check(not said, f"{name} is understood" + "".join(said))
    done = subprocess.run(["systemd-sysusers", "--dry-run", folder + "/sysusers.conf"], capture_output=True, text=True,
                          check=False)
    tally.check(done.returncode == 0, f"sysusers.conf is understood {done.stderr if done.returncode else ''}")
    with rig.harness.folder() as root:
        os.makedirs(root + "/etc")
        rig.write(root + "/etc/passwd", "root:x:0:0::/:/bin/sh\nruamill:x:990:990::/:/bin/sh\n")
        rig.write(root + "/etc/group", "root:x:0:\nruamill:x:990:\n")
        done = subprocess.run(["systemd-tmpfiles", "--create", f"--root={root}", folder + "/tmpfiles.conf"],
                              capture_output=True, text=True, check=False)
        made = [name for name in ("/run/ruamill", "/var/lib/ruamill")
                if os.path.isdir(root + name) and os.stat(root + name).st_uid == 990]
        tally.check(done.returncode == 0 and len(made) == 2, f"tmpfiles.conf makes the folders {done.stderr}")


def main():
    _, _, tally = rig.begin(__doc__)
    units(tally)
    tally.end()


if __name__ == "__main__":
    main()
