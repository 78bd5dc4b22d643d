"""The query load of scripts/demo leave: clients of the MySQL protocol, which count what fails.

Real are the connections (libmariadb), the statements and their answers, the BE and CN processes.
The simulator runs no query, so the part of one that runs on a BE or CN is played here. The client
takes one of the nodes that its FE lists as alive and has not blacklisted, adds one to that node's
number of running queries for as long as its statement runs, and calls the query failed if the node
was gone or stopping when it came (docs/starrocks.md section 7.3), or ended before it. Nothing is
sent a second time, so a query that a real FE would try again counts as failed here.

Clients come in by a Service: FEs whose /readyz was 200. A connection that was closed between two
statements is opened again, as a pool does; that is a move and no failed query, and no version
promises that there is none. A query that no FE takes for PATIENCE seconds has failed.
"""
import collections
import ctypes
import random
import select
import threading
import time

from demo_cluster import SCALE
from lab import ask_agent, get

KEPT, FRESH = 4, 4      # clients that keep their connection; clients with a new one for each query
LASTS = (0.1, 0.5)      # seconds that a query runs
PAUSE = 0.1             # between two queries of a client
PATIENCE = 5.0
PROBE = 5.0 / SCALE     # between two looks at /readyz, as the kubelet's
# From the FE's plan to the node's work; the agent takes a node for idle after 1 s without work.
PLAN_AGE = 0.5 / SCALE
CONTROL = 7070          # SR_SIM_CONTROL of every pod


def control(pod, path):
    return get(pod.ip, CONTROL, path)


def mysql_library():
    out = ctypes.CDLL("libmariadb.so.3")
    handle, text = ctypes.c_void_p, ctypes.c_char_p
    for name, result, *arguments in (
            ("mysql_server_init", ctypes.c_int, ctypes.c_int, handle, handle),
            ("mysql_init", handle, handle),
            ("mysql_options", ctypes.c_int, handle, ctypes.c_int, handle),
            ("mysql_real_connect", handle, handle, text, text, text, text, ctypes.c_uint, text,
             ctypes.c_ulong),
            ("mysql_error", text, handle),
            ("mysql_close", None, handle),
            ("mysql_get_socket", ctypes.c_int, handle),
            ("mysql_real_query", ctypes.c_int, handle, text, ctypes.c_ulong),
            ("mysql_store_result", handle, handle),
            ("mysql_num_fields", ctypes.c_uint, handle),
            ("mysql_fetch_field", ctypes.POINTER(text), handle),  # its first member is the name
            ("mysql_fetch_row", ctypes.POINTER(text), handle),
            ("mysql_free_result", None, handle)):
        function = getattr(out, name)
        function.restype, function.argtypes = result, arguments
    out.mysql_server_init(0, None, None)  # before there are threads
    return out


LIBRARY = mysql_library()


class SqlError(Exception):
    pass


class Connection:
    """One connection to an FE as root."""

    def __init__(self, fe):
        self.fe = fe
        self.handle = LIBRARY.mysql_init(None)
        for option in (0, 11, 12):  # time-outs of connect, read and write
            LIBRARY.mysql_options(self.handle, option, ctypes.byref(ctypes.c_uint(10)))
        if not LIBRARY.mysql_real_connect(self.handle, fe.ip.encode(), b"root", b"", None, 9030,
                                          None, 0):
            self.fail()

    def fail(self):
        text = LIBRARY.mysql_error(self.handle).decode("utf-8", "replace")
        self.close()
        raise SqlError(text)

    def close(self):
        if self.handle:
            LIBRARY.mysql_close(self.handle)
        self.handle = None

    def closed(self):
        """The FE has closed it: there is something to read, though nothing was asked."""
        if not self.handle:
            return True
        poll = select.poll()
        poll.register(LIBRARY.mysql_get_socket(self.handle), select.POLLIN)
        return bool(poll.poll(0))

    def query(self, statement):
        """Rows as dicts."""
        text = statement.encode()
        if LIBRARY.mysql_real_query(self.handle, text, len(text)) != 0:
            self.fail()
        result = LIBRARY.mysql_store_result(self.handle)
        if not result:
            self.fail()
        width = LIBRARY.mysql_num_fields(result)
        names = [LIBRARY.mysql_fetch_field(result)[0].decode() for _ in range(width)]
        rows = []
        while row := LIBRARY.mysql_fetch_row(result):
            rows.append({names[i]: (row[i] or b"").decode() for i in range(width)})
        LIBRARY.mysql_free_result(result)
        return rows


def ask(fe, statement):
    """By a connection of its own: an FE that drains closes each after one statement."""
    connection = Connection(fe)
    try:
        return connection.query(statement)
    finally:
        connection.close()


class Work:
    """A query on a node, which is this process of it."""

    def __init__(self, pod, pid, why=""):
        self.pod, self.pid, self.why = pod, pid, why

    def end(self, desk):
        """Why it failed there; empty: it ran to its end."""
        if self.pid and self.pod.server_pid() != self.pid:
            self.why = self.why or f"{self.pod.name} ended while it ran there"
        desk.add(self, -1)
        return self.why


class Desk:
    """How many queries run on which process, told to it."""

    def __init__(self, pods):
        self.locks = {pod.name: threading.Lock() for pod in pods}
        self.running = collections.Counter()

    def add(self, work, change):
        """True if the process took it."""
        if not work.pid:
            return False
        with self.locks[work.pod.name]:
            self.running[work.pid] += change
            if work.pod.server_pid() != work.pid:
                return False
            return control(work.pod, f"/set?running={self.running[work.pid]}")[0] == 200

    def begin(self, pod):
        work = Work(pod, pod.server_pid())
        if not self.add(work, 1):
            work.why = f"{pod.name} was gone"
        elif "stopping=true" in control(pod, "/state")[1]:
            work.why = f"{pod.name} is shutting down"
        return work


class Load:
    def __init__(self, cluster):
        self.fes = cluster.of("fe")
        self.nodes = {pod.fqdn: pod for kind in ("be", "cn") for pod in cluster.of(kind)}
        self.desk = Desk(self.nodes.values())
        self.ready = {}
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.sent, self.failed, self.moves = 0, 0, 0
        self.reasons = collections.Counter()
        self.threads = []

    def start(self):
        self.threads = [threading.Thread(target=self.probe, args=(fe,)) for fe in self.fes]
        self.threads += [threading.Thread(target=self.client, args=(number < KEPT,))
                         for number in range(KEPT + FRESH)]
        for thread in self.threads:
            thread.daemon = True
            thread.start()

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def runs(self):
        return all(thread.is_alive() for thread in self.threads)

    def figures(self):
        """Sent, failed and moves since the last call, and why how many failed."""
        with self.lock:
            out = self.sent, self.failed, self.moves, self.reasons
            self.sent, self.failed, self.moves = 0, 0, 0
            self.reasons = collections.Counter()
        return out

    def probe(self, fe):
        while not self.over.is_set():
            self.ready[fe.name] = ask_agent(fe, "/readyz")[0] == 200
            self.over.wait(PROBE)

    def client(self, keeps):
        connection = None
        while not self.over.is_set():
            connection = self.run_query(connection)
            if connection and not keeps:
                connection.close()
                connection = None
            self.over.wait(PAUSE)
        if connection:
            connection.close()

    def run_query(self, connection):
        """The connection that is left."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            connection = self.open(connection)
            work = connection and self.plan(connection)
            if work:
                return self.send(connection, work)
            time.sleep(0.02)
        self.count("no FE took it")
        return connection

    def open(self, connection):
        if connection and not connection.closed():
            return connection
        if connection:
            connection.close()
            with self.lock:
                self.moves += 1
        for fe in random.sample(self.fes, len(self.fes)):
            if not self.ready.get(fe.name):
                continue
            try:
                return Connection(fe)
            except SqlError:
                continue
        return None

    def plan(self, connection):
        """The query's work at a node of this FE's choice; None: nothing was begun."""
        began = time.monotonic()
        pod = self.choose(connection.fe)
        work = self.desk.begin(pod) if pod else Work(None, 0)
        lasts = random.uniform(*LASTS) * 1000
        delayed, _ = control(connection.fe,
                             f"/fault?where=sql&match=select&kind=delay&ms={lasts:.0f}")
        if time.monotonic() - began < PLAN_AGE and delayed == 200 and not connection.closed():
            return work
        work.end(self.desk)
        return None

    def choose(self, fe):
        try:
            marked = {row["BackendId"] for row in ask(fe, "SHOW BACKEND BLACKLIST")}
            rows = [row for row in ask(fe, "SHOW BACKENDS") if row["BackendId"] not in marked]
            rows += ask(fe, "SHOW COMPUTE NODES")
        except SqlError:
            return None
        hosts = [row["IP"] for row in rows if row["Alive"] == "true"]
        return self.nodes[random.choice(hosts)] if hosts else None

    def send(self, connection, work):
        why, left = work.why, connection
        try:
            if not why:  # else the FE's answer is this error
                connection.query("SELECT current_version()")
        except SqlError as error:
            why, left = f"{connection.fe.name}: {error}", None
        self.count(work.end(self.desk) or why)
        return left

    def count(self, why):
        with self.lock:
            self.sent += 1
            if why:
                self.failed += 1
                self.reasons[why] += 1
