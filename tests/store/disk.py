"""disk.py - a model of a disk for powercut.py: what may be left after a cut.

A file system without a journal: bytes and names that were not synced are
pending. At a cut, any part of what is pending may survive: each sector of 512
bytes of a file, its length, each name of a folder, whatever the order. The sync
of a file says nothing of its name; that of a folder nothing of what is in it."""

import collections
import os
import random

SECTOR = 512

Event = collections.namedtuple("Event", "name call fd a b inode said path data")


def read_log(path):
    with open(path, "rb") as file:
        log = file.read()
    events, at = [], 0
    while at < len(log):
        end = log.index(b"\n", at)
        name, *numbers = log[at:end].decode().split()
        call, fd, a, b, inode, said, path_len, data_len = map(int, numbers)
        at = end + 1
        data = log[at + path_len:at + path_len + data_len]
        events.append(Event(name, call, fd, a, b, inode, said, log[at:at + path_len].decode(), data))
        at += path_len + data_len + 1
    return events


# --- the model of a disk ------------------------------------------------------


class File:
    def __init__(self, inode, path, content=b""):
        self.inode, self.path = inode, path
        self.durable, self.now = bytes(content), bytearray(content)
        self.pending = []  # (offset, bytes), or (size, None)

    def write(self, offset, data):
        self.now.extend(bytes(max(0, offset - len(self.now))))
        self.now[offset:offset + len(data)] = data
        self.pending.append((offset, data))

    def truncate(self, size):
        del self.now[size:]
        self.now.extend(bytes(size - len(self.now)))
        self.pending.append((size, None))

    def sync(self):
        if self.pending:
            self.durable, self.pending = bytes(self.now), []

    def survivor(self, choice, rng):
        """What may be left of it."""
        if not self.pending or choice == "old":
            return self.durable
        if choice == "new":
            return bytes(self.now)
        if choice == "length":
            return self.durable[:len(self.now)].ljust(len(self.now), b"\0")
        return self.mixture(rng)

    def mixture(self, rng):
        """Each sector is what it was after some of the pending writes; so is the length."""
        sizes, last, likely = [len(self.durable)], len(self.pending), rng.choice((0, .1, .5, .9, 1))
        for offset, data in self.pending:
            sizes.append(offset if data is None else max(sizes[-1], offset + len(data)))
        content, until = bytearray(self.durable.ljust(max(sizes), b"\0")), {}
        for number, (offset, data) in enumerate(self.pending):
            end = max(sizes) if data is None else offset + len(data)
            at = offset
            while at < end:
                sector = at // SECTOR
                to = min(end, (sector + 1) * SECTOR)
                if sector not in until:
                    until[sector] = last if rng.random() < likely else rng.choice((0, rng.randint(0, last)))
                if number < until[sector]:
                    content[at:to] = bytes(to - at) if data is None else data[at - offset:to - offset]
                at = to
        return bytes(content[:rng.choice((sizes[0], sizes[-1], rng.choice(sizes)))])


class Folder:
    def __init__(self, inode, path):
        self.inode, self.path = inode, path
        self.durable, self.now = {}, {}
        self.pending = []  # (name, object or None)

    def set(self, name, thing):
        self.now[name] = thing
        self.pending.append((name, thing))

    def sync(self):
        self.durable, self.pending = dict(self.now), []

    def survivor(self, choice, rng):
        if not self.pending or choice in ("old", "new"):
            return self.now if choice == "new" else self.durable
        history = collections.defaultdict(list)
        for name, thing in self.pending:
            history[name].append(thing)
        names = dict(self.durable)
        for name, things in history.items():
            names[name] = rng.choice((self.durable.get(name), things[-1], rng.choice(things)))
        return names


class Disk:
    """The store on a disk that forgets the syncs of a kind, or of none."""

    def __init__(self, forgets="", tree=None):
        self.forgets = forgets
        self.root = Folder(0, "")
        self.things, self.fds = [self.root], {}
        for path, (content, inode) in sorted((tree or {}).items()):
            folder, name = self.find(self.root, path, True)
            folder.set(name, self.make(Folder(inode, path) if content is None else File(inode, path, content)))
        self.sync_all()

    def make(self, thing):
        self.things.append(thing)
        return thing

    def find(self, folder, path, parent=False):
        """The object of a path, or its folder and name."""
        *above, last = path.split("/")
        for name in above:
            folder = folder.now[name]
        return (folder, last) if parent else folder if last == "." else folder.now[last]

    def sync_all(self):
        for thing in self.things:
            thing.sync()

    def sync(self, thing):
        kind = ("folders" if isinstance(thing, Folder) else
                {".spool/journal": "journal", ".spool/journal.new": "recovery"}.get(thing.path, "other"))
        kind = "stage" if thing.path.startswith(".spool/stage") else kind
        kind = "recovery" if thing.path == ".spool" else kind
        if self.forgets not in (kind, "all"):
            thing.sync()

    def do(self, event):
        thing = self.fds.get(event.fd)
        if event.name == "root":
            self.fds[event.fd] = self.root
        elif event.name == "open":
            folder, name = self.find(self.fds[event.a], event.path, True)
            if event.b & 1:
                folder.set(name, self.make(File(event.inode, f"{folder.path}/{name}".lstrip("/"))))
            thing = self.fds[event.fd] = folder if name == "." else folder.now[name]
            if event.b & 2:
                thing.truncate(0)
            if isinstance(thing, File) and thing.inode != event.inode:
                raise ValueError(f"{thing.path}: another inode than the recorder's")
        elif event.name == "close":
            del self.fds[event.fd]
        elif event.name == "write":
            thing.write(event.a, event.data)
        elif event.name == "truncate":
            thing.truncate(event.a)
        elif event.name == "sync":
            self.sync(thing)
        elif event.name == "syncfs":
            if self.forgets not in ("checkpoint", "all"):
                self.sync_all()
        elif event.name == "mkdir":
            folder, name = self.find(thing, event.path, True)
            folder.set(name, self.make(Folder(event.inode, f"{folder.path}/{name}".lstrip("/"))))
        elif event.name == "rename":
            old, name = self.find(thing, event.path, True)
            new, to = self.find(self.fds[event.a], event.data.decode(), True)
            moved = old.now[name]
            new.set(to, moved)
            moved.path = f"{new.path}/{to}".lstrip("/")
            old.set(name, None)
        elif event.name == "unlink":
            folder, name = self.find(thing, event.path, True)
            folder.set(name, None)
        else:
            raise ValueError(f"an event {event.name}")

    def tree(self, choose, rng):
        """{path: (bytes or None, inode)}: what is left. Of a file that would have its
        old name and its new one, the new one is: a rename leaves no second link."""
        tree, names = {}, {}

        def walk(folder, prefix):
            for name, thing in folder.survivor(choose(folder), rng).items():
                if isinstance(thing, Folder):
                    tree[prefix + name] = (None, thing.inode)
                    walk(thing, prefix + name + "/")
                elif thing and names.get(thing) != thing.path:
                    names[thing] = prefix + name

        walk(self.root, "")
        for thing, path in names.items():
            tree[path] = (thing.survivor(choose(thing), rng), thing.inode)
        return tree


def kind_of(thing):
    base = os.path.basename(thing.path)
    if isinstance(thing, Folder):
        return "names"
    if thing.path.startswith(".spool/"):
        return {"journal": "journal", "journal.new": "journal", "lock": "note"}.get(base, "stage")
    return "archive" if "/archive/" in thing.path else "tables"


def only(*kinds, then="new", other="old"):
    return lambda thing: then if kind_of(thing) in kinds else other


# What survives of what is pending.
MEAN = {
    "nothing": lambda thing: "old",
    "everything": lambda thing: "new",
    "only names": only("names"),
    "all but names": only("names", then="old", other="new"),
    "only the journal": only("journal"),
    "all but the journal": only("journal", then="old", other="new"),
    "only tables": only("tables", "names"),
    "all but tables": only("tables", then="old", other="new"),
    "only the archive": only("archive", "names"),
    "all but the note": only("note", then="old", other="new"),
    "only the note": only("note"),
    "only lengths": only("names", other="length"),
    "lengths of tables": only("tables", then="length", other="new"),
}


def at_random(rng):
    """Every kind, or every object, has its own luck."""
    kinds = {kind: rng.choice(("old", "new", "mix", "mix", "mix"))
             for kind in ("names", "journal", "note", "stage", "archive", "tables")}
    lengths = rng.random() < .1

    def choose(thing):
        choice = kinds[kind_of(thing)]
        return "length" if lengths and choice == "old" and isinstance(thing, File) else choice
    return choose
