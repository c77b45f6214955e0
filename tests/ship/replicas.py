"""replicas.py - ZooKeeper, for ClickHouse servers that are replicas of each other."""

import os
import socket
import subprocess

from engines import free_port, wait_until

JARS = "/usr/share/java/zookeeper.jar:/etc/zookeeper/conf_example"


class ZooKeeper:
    """Debian's, as one process."""

    def __init__(self, folder):
        self.folder, self.port = os.path.join(folder, "zk"), free_port()
        if not os.path.exists("/usr/share/java/zookeeper.jar"):
            raise RuntimeError("there is no ZooKeeper (tests/install.sh engines)")
        os.makedirs(self.folder)
        path = os.path.join(self.folder, "zoo.cfg")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"tickTime=2000\ndataDir={self.folder}/data\nclientPort={self.port}\nclientPortAddress=127.0.0.1\n"
                       "admin.enableServer=false\n4lw.commands.whitelist=ruok\nforceSync=no\n")
        with open(os.path.join(self.folder, "out"), "wb") as out:
            self.process = subprocess.Popen(
                ["java", "-Xmx128m", "-cp", f"{self.folder}:{JARS}", "org.apache.zookeeper.server.ZooKeeperServerMain", path],
                stdout=out, stderr=out, cwd=self.folder)
        wait_until("ZooKeeper", self.answers)

    def answers(self):
        if self.process.poll() is not None:
            with open(os.path.join(self.folder, "out"), encoding="utf-8", errors="replace") as file:
                raise RuntimeError(f"ZooKeeper ended: {file.read()[-600:]}")
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as way:
                way.sendall(b"ruok")
                return way.recv(4) == b"imok"
        except OSError:
            return False

    def stop(self):
        self.process.kill()
        self.process.wait()

    def for_clickhouse(self, replica):
        """What a server's configuration has for it."""
        return (f"<zookeeper><node><host>127.0.0.1</host><port>{self.port}</port></node></zookeeper>"
                f"<macros><shard>one</shard><replica>{replica}</replica></macros>")
