"""engines.py - PostgreSQL and ClickHouse servers for the tests of ruamill ship:
private ones, on loopback, in a temporary folder, and ended with the test."""

import glob
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request


def free_ports(number):
    """Ports that nobody has, all of them others."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def free_port():
    return free_ports(1)[0]


def wait_until(what, ready, seconds=60):
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise RuntimeError(f"{what} did not come up")
        time.sleep(0.05)


def fields(pid):
    """Those of /proc/PID/stat behind the name; none when it has ended."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return []


def parent(pid):
    return int((fields(pid) or [0, 0])[1])


def cpu_time(pid, ended=False):
    """Seconds of CPU time of a process; with those of its children that ended."""
    return sum(map(int, fields(pid)[11:15 if ended else 13])) / os.sysconf("SC_CLK_TCK")


class Postgres:
    """A cluster of its own, as user postgres where we are root. With `tls`, a file
    with key and certificate, who comes by TCP needs TLS, and a password unless it is
    the superuser."""

    def __init__(self, folder, durable=False, listen="127.0.0.1", inside=(), tls=None):
        self.folder = os.path.join(folder, "pg")
        self.port = free_port()
        self.listen = listen
        self.durable = durable
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
        if not found:
            raise RuntimeError("there is no PostgreSQL server (tests/install.sh engines)")
        self.bin = os.path.dirname(found[-1])
        os.makedirs(self.folder, mode=0o700)
        self.become = [*inside]
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
            self.become += ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
        self.run("initdb", "-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8",
                 "--locale=C.UTF-8", "--no-sync", "--no-instructions")
        self.tls = "-c ssl=on -c ssl_cert_file=tls.pem -c ssl_key_file=tls.pem" if tls else ""
        if tls:
            self.add("tls.pem", tls)
        with open(os.path.join(self.folder, "data/pg_hba.conf"), "w" if tls else "a", encoding="utf-8") as file:
            file.write("local all all trust\nhostssl all postgres samenet trust\nhostssl all all samenet scram-sha-256\n"
                       if tls else "host all all samenet trust\n")
        self.start()
        self.sql("CREATE DATABASE ruamill", database="postgres")

    def add(self, name, path):
        """A copy of a file, for the server alone."""
        to = os.path.join(self.folder, "data", name)
        shutil.copy(path, to)
        os.chmod(to, 0o600)
        if os.getuid() == 0:
            shutil.chown(to, "postgres", "postgres")

    def run(self, program, *arguments, check=True):
        done = subprocess.run([*self.become, f"{self.bin}/{program}", *arguments], cwd=self.folder,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False)
        if check and done.returncode:
            raise RuntimeError(f"{program}: {done.stdout}")
        return done

    def start(self):
        options = (f"-c listen_addresses={self.listen} -p {self.port} "
                   f"-c unix_socket_directories={self.folder} -c shared_buffers=64MB {self.tls}")
        if not self.durable:
            options += " -c fsync=off -c full_page_writes=off"
        # the log is not a pipe of ours, or pg_ctl would not come back
        with open(os.devnull, "w", encoding="utf-8") as null:
            code = subprocess.run([*self.become, f"{self.bin}/pg_ctl", "-D", "data", "-l", "log",
                                   "-w", "start", "-o", options], cwd=self.folder, stdout=null,
                                  stderr=null, check=False).returncode
        if code:
            with open(os.path.join(self.folder, "log"), encoding="utf-8") as log:
                raise RuntimeError(f"PostgreSQL: {log.read()[-500:]}")

    def stop(self, mode="immediate"):
        self.run("pg_ctl", "-D", "data", "-m", mode, "-w", "stop", check=False)

    def cpu(self):
        """Seconds of CPU time of all its processes, so far."""
        with open(os.path.join(self.folder, "data/postmaster.pid"), encoding="utf-8") as file:
            first = int(file.readline())
        total = cpu_time(first, ended=True)
        for stat in glob.glob("/proc/[0-9]*/stat"):
            pid = int(stat.split("/")[2])
            total += cpu_time(pid) if parent(pid) == first else 0
        return total

    def sql(self, text, database="ruamill"):
        """Rows, as lists of texts; NULL is None."""
        done = subprocess.run(
            ["psql", "-h", self.folder, "-p", str(self.port), "-U", "postgres", "-d", database,
             "-X", "-q", "-A", "-t", "-F", "\x1f", "-P", "null=\x1e", "-v", "ON_ERROR_STOP=1",
             "-c", text], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"psql: {done.stderr}")
        return [[None if cell == "\x1e" else cell for cell in line.split("\x1f")]
                for line in done.stdout.split("\n") if line]

    def target(self, name="pg", port=None, host="127.0.0.1", extra=""):
        return (f"[target {name}]\ntype = postgresql\n"
                f"url = postgresql://{host}:{port or self.port}\nuser = postgres\n{extra}\n")


CONFIG = """<yandex>
  <logger><level>information</level><log>{folder}/log</log><errorlog>{folder}/err</errorlog></logger>
  <http_port>{http}</http_port><tcp_port>{tcp}</tcp_port>
  <interserver_http_port>{inter}</interserver_http_port>
  <listen_host>{listen}</listen_host>
  <path>{folder}/data/</path><tmp_path>{folder}/tmp/</tmp_path>
  <user_files_path>{folder}/files/</user_files_path>
  <format_schema_path>{folder}/schemas/</format_schema_path>
  <users_config>{folder}/users.xml</users_config>
  <default_profile>default</default_profile><default_database>default</default_database>
  <mark_cache_size>67108864</mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <timezone>UTC</timezone>
  <remote_servers><ruamill>{shards}</ruamill></remote_servers>{more}
</yandex>
"""

USERS = """<yandex>
  <profiles><default><max_memory_usage>4000000000</max_memory_usage>
    <max_read_buffer_size>65536</max_read_buffer_size></default></profiles>
  <users><default><password></password><networks><ip>::/0</ip></networks>
    <profile>default</profile><quota>default</quota></default>
    <shipper><password>secret word</password><networks><ip>::/0</ip></networks>
    <profile>default</profile><quota>default</quota></shipper></users>
  <quotas><default></default></quotas>
</yandex>
"""


class ClickHouse:
    """One server; `shards` are the (host, TCP port) of the cluster "ruamill", and
    `more` is what its configuration has besides."""

    def __init__(self, folder, name="ch", shards=(), tcp=None, listen="127.0.0.1", more=""):
        self.folder = os.path.join(folder, name)
        self.http, self.tcp = free_port(), tcp or free_port()
        self.host = listen
        self.process = None
        self.program = shutil.which("clickhouse-server") or "/usr/sbin/clickhouse-server"
        if not os.path.exists(self.program):
            raise RuntimeError("there is no clickhouse-server (tests/install.sh engines)")
        for below in ("data", "tmp", "files", "schemas"):
            os.makedirs(os.path.join(self.folder, below))
        listed = "".join(f"<shard><replica><host>{host}</host><port>{port}</port></replica></shard>"
                         for host, port in (shards or [(listen, self.tcp)]))
        with open(os.path.join(self.folder, "config.xml"), "w", encoding="utf-8") as file:
            file.write(CONFIG.format(folder=self.folder, http=self.http, tcp=self.tcp,
                                     inter=free_port(), listen=listen, shards=listed, more=more))
        with open(os.path.join(self.folder, "users.xml"), "w", encoding="utf-8") as file:
            file.write(USERS)
        self.start()

    def start(self):
        # "information" of every query goes to a file, nothing to our terminal
        with open(os.path.join(self.folder, "out"), "ab") as out:
            self.process = subprocess.Popen(
                [self.program, f"--config-file={self.folder}/config.xml"], stdout=out, stderr=out,
                cwd=self.folder, env={**os.environ, "TZ": "UTC"})
        wait_until("ClickHouse", self.answers)

    def answers(self):
        if self.process.poll() is not None:
            with open(os.path.join(self.folder, "err"), encoding="utf-8") as log:
                raise RuntimeError(f"ClickHouse ended: {log.read()[-800:]}")
        try:
            return self.sql("SELECT 1") == [["1"]]
        except (OSError, RuntimeError):
            return False

    def cpu(self):
        """Seconds of CPU time, so far."""
        return cpu_time(self.process.pid)

    def stop(self, how=signal.SIGKILL):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait()

    def sql(self, text):
        """Rows, as lists of texts; NULL is None."""
        request = urllib.request.Request(f"http://{self.host}:{self.http}/",
                                         data=text.encode() + b" FORMAT TabSeparated"
                                         if text.startswith("SELECT") else text.encode())
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                body = answer.read().decode()
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"ClickHouse: {error.read().decode()[:400]}") from error
        return [[decode(cell) for cell in line.split("\t")] for line in body.split("\n") if line]

    def target(self, name="ch", port=None, host=None, extra=""):
        return (f"[target {name}]\ntype = clickhouse\n"
                f"url = http://{host or self.host}:{port or self.http}\n{extra}\n")


ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "0": "\0", "b": "\b", "f": "\f"}


def decode(cell):
    """A value of TabSeparated."""
    if cell == "0000-00-00 00:00:00":  # how a server of 2018 writes the begin of 1970
        return "1970-01-01 00:00:00"
    if cell == "\\N":
        return None
    if "\\" not in cell:
        return cell
    out, rest = [], iter(cell)
    for letter in rest:
        if letter == "\\":
            following = next(rest)
            letter = ESCAPES.get(following, following)
        out.append(letter)
    return "".join(out)
