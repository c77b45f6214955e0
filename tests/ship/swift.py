"""swift.py - OpenStack Swift with s3api, as Debian has it: an S3 server that
checks signatures and digests. A proxy and one account, container and object
server on loopback, in a temporary folder, ended with the test."""

import hashlib
import hmac
import http.client
import os
import shutil
import signal
import subprocess
import time
import urllib.parse
import xml.etree.ElementTree as xml

from engines import free_port, wait_until

USER, SECRET, REGION = "test:tester", "testing", "eu-central-1"
SERVERS = ("account", "container", "object")
NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"

COMMON = """[DEFAULT]
swift_dir = {folder}
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
log_level = WARNING
devices = {folder}/devices
mount_check = false
disable_fallocate = true
conn_timeout = 5
"""

STORAGE = """[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""

RINGS = """import sys
from swift.common.ring import RingBuilder
folder, kinds, ports = sys.argv[1], sys.argv[2:5], sys.argv[5:8]
for kind, port in zip(kinds, ports):
    builder = RingBuilder(2, 1, 0)
    builder.add_dev({"id": 0, "region": 1, "zone": 1, "weight": 1, "device": "d1", "meta": "",
                     "ip": "127.0.0.1", "port": int(port),
                     "replication_ip": "127.0.0.1", "replication_port": int(port)})
    builder.rebalance()
    builder.get_ring().save(f"{folder}/{kind}.ring.gz")
"""

# slo is what s3api makes multipart uploads of
PROXY = """[pipeline:main]
pipeline = catch_errors cache s3api tempauth slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:{memcached}
[filter:s3api]
use = egg:swift#s3api
location = {region}
storage_domain = localhost
[filter:slo]
use = egg:swift#slo
min_segment_size = 1
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
"""


class Swift:
    """Fast to stop and to start again: the devices are files."""

    def __init__(self, folder, name="swift"):
        self.folder = os.path.join(folder, name)
        self.processes = []
        self.ports = {kind: free_port() for kind in (*SERVERS, "proxy", "memcached")}
        self.port = self.ports["proxy"]
        if not shutil.which("swift-proxy-server") or not shutil.which("memcached"):
            raise RuntimeError("there is no Swift (tests/install.sh engines)")
        os.makedirs(os.path.join(self.folder, "devices", "d1"))
        self.write("swift.conf", "[swift-hash]\nswift_hash_path_prefix = ruamill\n"
                   "[storage-policy:0]\nname = one\ndefault = yes\n")
        for kind in SERVERS:
            self.write(f"{kind}.conf", self.common(kind) + STORAGE.format(kind=kind))
        self.rings()
        self.write("proxy.conf", self.common("proxy") + PROXY.format(region=REGION, **self.ports))
        self.start()

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    def common(self, kind):
        user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
        return COMMON.format(folder=self.folder, port=self.ports[kind], user=user)

    def rings(self):
        """One device each. As swift-ring-builder does it, which takes seconds for each step."""
        ports = [self.ports[kind] for kind in SERVERS]
        subprocess.run(["/usr/bin/python3", "-c", RINGS, self.folder, *SERVERS, *map(str, ports)], check=True)

    def start(self):
        with open(os.path.join(self.folder, "log"), "ab") as log:
            def run(*words):
                self.processes.append(subprocess.Popen(words, stdout=log, stderr=log, cwd=self.folder,
                                                       start_new_session=True))
            run("memcached", "-l", "127.0.0.1", "-p", str(self.ports["memcached"]), "-U", "0",
                *(["-u", "nobody"] if os.getuid() == 0 else []))
            for kind in (*SERVERS, "proxy"):
                run(f"swift-{kind}-server", os.path.join(self.folder, f"{kind}.conf"))
        wait_until("Swift", self.answers, 120)

    def answers(self):
        if any(process.poll() is not None for process in self.processes):
            with open(os.path.join(self.folder, "log"), encoding="utf-8") as log:
                raise RuntimeError(f"Swift ended: {log.read()[-800:]}")
        try:
            # all four of them; 409: the bucket is there
            return self.ask("PUT", "/ready")[0] in (200, 409) and self.ask("PUT", "/ready/object")[0] == 200
        except OSError:
            return False

    def stop(self, how=signal.SIGKILL):
        for process in self.processes:
            process.send_signal(how)
        for process in self.processes:
            process.wait()
        self.processes = []

    def ask(self, method, path, query=(), body=b"", headers=()):
        """(status, headers, body) of a request that is signed here."""
        text = urllib.parse.urlencode(sorted(query), quote_via=urllib.parse.quote, safe="-_.~")
        path = urllib.parse.quote(path, safe="/-_.~")
        digest = hashlib.sha256(body).hexdigest()
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        all_headers = {"host": f"127.0.0.1:{self.port}", "x-amz-content-sha256": digest,
                       "x-amz-date": stamp, **dict(headers)}
        all_headers["authorization"] = sign(method, path, text, all_headers, digest, stamp)
        back = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            back.request(method, path + ("?" + text if text else ""), body, all_headers)
            reply = back.getresponse()
            return reply.status, dict(reply.getheaders()), reply.read()
        finally:
            back.close()

    def names(self, bucket):
        """The objects of a bucket, and their lengths."""
        found, query = {}, {"list-type": "2"}
        while True:
            status, _, body = self.ask("GET", f"/{bucket}", query.items())
            if status != 200:
                raise RuntimeError(f"Swift: {status} {body[:200]}")
            page = xml.fromstring(body)
            for entry in page.iter(f"{NAMESPACE}Contents"):
                found[entry.findtext(f"{NAMESPACE}Key")] = int(entry.findtext(f"{NAMESPACE}Size"))
            token = page.findtext(f"{NAMESPACE}NextContinuationToken")
            if not token:
                return found
            query["continuation-token"] = token

    def get(self, bucket, name):
        return self.ask("GET", f"/{bucket}/{name}")[2]

    def clear(self, bucket):
        for name in self.names(bucket):
            self.ask("DELETE", f"/{bucket}/{name}")
        self.ask("DELETE", f"/{bucket}")

    def target(self, name, bucket, password_file, port=None, extra=""):
        return (f"[target {name}]\ntype = s3\nurl = http://127.0.0.1:{port or self.port}\n"
                f"bucket = {bucket}\nregion = {REGION}\nuser = {USER}\npassword_file = {password_file}\n"
                f"{extra}\n")


def sign(method, path, query, headers, digest, stamp):
    """Signature version 4, by the book and not by what is tested."""
    def mac(key, text):
        return hmac.new(key, text.encode(), hashlib.sha256).digest()

    names = ";".join(sorted(headers))
    canonical = "\n".join([method, path, query,
                           *(f"{name}:{headers[name]}" for name in sorted(headers)), "", names, digest])
    scope = f"{stamp[:8]}/{REGION}/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + SECRET).encode()
    for part in scope.split("/"):
        key = mac(key, part)
    return (f"AWS4-HMAC-SHA256 Credential={USER}/{scope}, SignedHeaders={names}, "
            f"Signature={mac(key, text).hex()}")
