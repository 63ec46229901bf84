"""Relay: a TCP relay on a free port before a server, whose faults are switched while connections stand.

    relay = Relay(server.port)                 # a port of the loopback, (host, port), or the path of a Unix socket
    self.addCleanup(relay.close)
    relay.port, relay.address, relay.url       # where clients are led to

    relay.delay(0.2)                           # what comes from now on arrives so much later, in order; 0 ends it
    relay.hold()                               # half-open: what comes is taken and kept back, ends and resets too
    relay.release()                            # what was kept back is passed on
    relay.cut()                                # resets all connections that stand
    relay.refuse(); relay.accept()             # new connections are refused, or let through again

`delay` and `hold` may be for one direction (TO_TARGET, TO_CLIENT), and `delay`, `hold` and `cut` for some connections only: those of which
`only(connection)` is true, asked anew whenever something happens. A Connection has its `number` (from 1), `beginning` (the first bytes that its
client sent, up to 4096), `commands` (the names of all Redis commands that its client sent), `exchanges` (how often its client spoke, first or after it
had heard something) and `passed` (bytes passed on, by direction). So

    relay.hold(only=issues("XREAD"))                           # holds XREAD itself and all after it on that connection
    relay.hold(TO_CLIENT, only=issues("EVALSHA"))              # the script runs, its answer is kept back:
    relay.wait_for_pending(TO_CLIENT); relay.cut()             # nobody knows whether it ran

When a fault's function returns the fault is in force. The later of two calls of the same direction counts alone; `release` ends all holds.

A relay takes connections before its target does: where that refuses, the client's connection is reset. Each direction of a connection keeps at most
LIMIT bytes; then it reads no more, and the sender notices as it would of a network that is stuck. `target` may be changed, for connections to come.
"""

import collections
import errno
import queue
import re
import selectors
import socket
import struct
import threading
import time

from .patience import PATIENCE, OutOfPatience, wait_until
from .reserved_port import ReservedPort

TO_TARGET, TO_CLIENT = "to target", "to client"
BOTH = (TO_TARGET, TO_CLIENT)
LIMIT = 1 << 20
BEGINNING = 4096
COMMAND = re.compile(rb"\*[0-9]+\r\n\$[0-9]+\r\n([A-Za-z.]+)\r\n")
LONGEST_COMMAND = 64  # bytes that COMMAND can match

END, RESET = object(), object()


def issues(*names):
    """For `only`: connections whose client has sent one of these Redis commands."""
    return lambda connection: not connection.commands.isdisjoint(names)


class _Flow:
    """One direction of a connection: what came from its source and has still to go to its sink."""

    def __init__(self, connection, direction, source, sink):
        self._connection, self._direction = connection, direction
        self.source, self.sink = source, sink
        self._pieces = collections.deque()  # (when it is due, bytes or END or RESET)
        self.size = 0
        self.is_read = False     # to its end
        self.is_passed = False   # to its end
        self.is_stuck = False    # the sink takes no more for now

    @property
    def wants_more(self):
        return not self.is_read and self.size < LIMIT

    def due(self):
        """When the next piece may be passed on; None where nothing is to be done before something else happens."""
        if not self._pieces or self.is_stuck or self._connection.relay._is_held(self._connection, self._direction):
            return None
        return self._pieces[0][0]

    def read(self):
        try:
            piece = self.source.recv(min(65536, LIMIT - self.size)) or END
        except BlockingIOError:
            return
        except OSError:
            piece = RESET
        if isinstance(piece, bytes):
            self._connection._note(piece, self._direction)
        self.put(piece)

    def put(self, piece):
        due = time.monotonic() + self._connection.relay._delay_of(self._connection, self._direction)
        self._pieces.append((max(due, self._pieces[-1][0]) if self._pieces else due, piece))
        if isinstance(piece, bytes):
            self.size += len(piece)
        else:
            self.is_read = True

    def pass_on(self):
        """All that is due and that the sink takes."""
        while (due := self.due()) is not None and due <= time.monotonic():
            piece = self._pieces[0][1]
            if piece is RESET:
                return self._connection._close(resets=True)
            try:
                if piece is END:
                    self.sink.shutdown(socket.SHUT_WR)
                    self._pieces.popleft()
                    self.is_passed = True
                    return self._connection._close_if_over()
                sent = self.sink.send(piece)
            except BlockingIOError:
                self.is_stuck = True
                return
            except OSError:
                return self._connection._lose(self)
            self._connection.passed[self._direction] += sent
            self.size -= sent
            self._pieces.popleft()
            if sent < len(piece):
                self._pieces.appendleft((due, piece[sent:]))

    def drop(self):
        """Its sink is gone."""
        self._pieces.clear()
        self.size, self.is_read, self.is_passed = 0, True, True


class Connection:
    def __init__(self, relay, number, client, target):
        self.relay, self.number = relay, number
        self.beginning = b""
        self.commands = set()
        self.exchanges = 0
        self.passed = dict.fromkeys(BOTH, 0)
        self.is_open = True
        self._last_direction = None
        self._tail = b""
        self._sockets = (client, target)
        self.flows = {TO_TARGET: _Flow(self, TO_TARGET, client, target), TO_CLIENT: _Flow(self, TO_CLIENT, target, client)}

    def pending(self, direction):
        """Bytes that have come and are not passed on yet."""
        return self.flows[direction].size

    def _note(self, piece, direction):
        has_turned, self._last_direction = direction != self._last_direction, direction
        if direction == TO_CLIENT:
            return
        self.exchanges += has_turned
        self.beginning += piece[: BEGINNING - len(self.beginning)]
        text = self._tail + piece
        self.commands.update(name.decode().upper() for name in COMMAND.findall(text))
        self._tail = text[-LONGEST_COMMAND:]

    def _lose(self, flow):
        """The sink of this flow has been reset: the other side is told, when that comes through."""
        flow.drop()
        other = self.flows[TO_CLIENT if flow is self.flows[TO_TARGET] else TO_TARGET]
        if not other.is_read:
            other.put(RESET)
        self._close_if_over()

    def _close_if_over(self):
        if all(flow.is_passed for flow in self.flows.values()):
            self._close()

    def _close(self, resets=False):
        self.is_open = False
        for sock in self._sockets:
            self.relay._watch(sock, 0)
            if resets:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()
        for flow in self.flows.values():
            flow.drop()

    def _turn(self):
        for flow in self.flows.values():
            if self.is_open:
                flow.pass_on()
        if self.is_open:
            there, back = self.flows.values()
            for flow, opposite in ((there, back), (back, there)):
                self.relay._watch(flow.source, selectors.EVENT_READ * flow.wants_more | selectors.EVENT_WRITE * opposite.is_stuck, (flow, opposite))


class Relay:
    """See the module's docstring. All that happens to its connections happens in one thread of its own."""

    def __init__(self, target):
        self.target = target
        self.connections = []        # all that ever were, in order
        self._standing = []
        self._holds, self._delays = {}, {}
        self._failure = None
        self._is_closed = False
        self._reserved, self._listener = ReservedPort(), None
        self._selector = selectors.DefaultSelector()
        self._tasks = queue.SimpleQueue()
        self._bell, self._door = socket.socketpair()
        self._door.setblocking(False)
        self._watch(self._door, selectors.EVENT_READ, self._open_door)
        self._listen()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    port = property(lambda self: self._reserved.number)
    address = property(lambda self: ("127.0.0.1", self.port))
    url = property(lambda self: f"redis://127.0.0.1:{self.port}")

    # Faults.

    def delay(self, seconds, *directions, only=None):
        self._do(lambda: self._delays.update(dict.fromkeys(directions or BOTH, (seconds, only))))

    def hold(self, *directions, only=None):
        self._do(lambda: self._holds.update(dict.fromkeys(directions or BOTH, only)))

    def release(self):
        self._do(self._holds.clear)

    def cut(self, only=None):
        """Returns how many there were."""
        return self._do(lambda: self._cut(only))

    def refuse(self):
        self._do(self._stop_listening)

    def accept(self):
        self._do(self._listen)

    # What it saw: with all that it has done before the call, so that what a client has received is counted.

    def count(self, only=None):
        """How many connections were ever made."""
        return self._do(lambda: sum(only is None or bool(only(connection)) for connection in self.connections))

    def standing(self, only=None):
        """How many connections stand now."""
        return self._do(lambda: sum(connection.is_open and (only is None or bool(only(connection))) for connection in self.connections))

    def exchanges(self, only=None):
        """How often clients asked, be it several commands at once."""
        return self._do(lambda: sum(connection.exchanges for connection in self.connections if only is None or only(connection)))

    def passed(self, direction):
        """Bytes passed on this way, of all connections that ever were."""
        return self._do(lambda: sum(connection.passed[direction] for connection in self.connections))

    def pending(self, direction):
        """Bytes that have come and are kept back for now."""
        return self._do(lambda: sum(connection.pending(direction) for connection in self.connections))

    def wait_for_pending(self, direction, size=1):
        wait_until(lambda: self.pending(direction) >= size, f"{size} bytes {direction} to be kept back")

    def wait_for_connections(self, count=1, only=None):
        wait_until(lambda: self.count(only) >= count, f"{count} connections at the relay")

    # The end.

    def close(self):
        """Resets what stands. Raises what `only` of a test's raised."""
        if not self._is_closed:
            self._do(self._end)
            self._thread.join(PATIENCE)
            self._bell.close()
            self._reserved.release()
        if self._failure is not None:
            raise self._failure

    # Its own.

    def _do(self, task):
        """Called by the test's thread: has the relay's do this, and returns or raises what it did."""
        if self._is_closed:
            return task()
        answer = queue.SimpleQueue()
        self._tasks.put((task, answer))
        self._bell.send(b"!")
        try:
            value, error = answer.get(timeout=PATIENCE)
        except queue.Empty:
            raise OutOfPatience("the relay does nothing any more") from self._failure
        if error is not None:
            raise error
        return value

    # From here on in its thread.

    def _run(self):
        while not self._is_closed:
            for key, mask in self._selector.select(self._time_until_due()):
                if callable(key.data):
                    key.data()
                    continue
                flow, opposite = key.data
                if mask & selectors.EVENT_WRITE:
                    opposite.is_stuck = False
                if mask & selectors.EVENT_READ and flow.wants_more:
                    flow.read()
            self._turn()

    def _turn(self):
        for connection in self._standing:
            connection._turn()
        self._standing = [connection for connection in self._standing if connection.is_open]

    def _time_until_due(self):
        dues = [due for connection in self._standing for flow in connection.flows.values() if (due := flow.due()) is not None]
        return max(0, min(dues) - time.monotonic()) if dues else None

    def _open_door(self):
        self._door.recv(4096)
        while not self._tasks.empty():
            task, answer = self._tasks.get()
            try:
                answer.put((task(), None))
            except Exception as error:  # the caller's
                answer.put((None, error))

    def _watch(self, sock, events, data=None):
        known = self._selector.get_map().get(sock) if sock.fileno() >= 0 else None
        if known is None and events:
            self._selector.register(sock, events, data)
        elif known is not None and not events:
            self._selector.unregister(sock)
        elif known is not None and known.events != events:
            self._selector.modify(sock, events, data)

    def _is_held(self, connection, direction):
        return direction in self._holds and self._concerns(connection, self._holds[direction])

    def _delay_of(self, connection, direction):
        seconds, only = self._delays.get(direction, (0, None))
        return seconds if self._concerns(connection, only) else 0

    def _concerns(self, connection, only):
        """`only` is the test's own and may raise: told by close(), for a thread cannot fail a test."""
        try:
            return only is None or bool(only(connection))
        except Exception as error:
            self._failure = self._failure or error
            return False

    def _listen(self):
        if self._listener is None:
            self._listener = socket.create_server(self.address, backlog=1024)  # with SO_REUSEADDR
            self._listener.setblocking(False)
            self._watch(self._listener, selectors.EVENT_READ, self._take)

    def _stop_listening(self):
        if self._listener is not None:
            self._watch(self._listener, 0)
            self._listener.close()
            self._listener = None

    def _take(self):
        if self._listener is None:  # refused meanwhile
            return
        try:
            client, _ = self._listener.accept()
        except OSError:
            return
        address = ("127.0.0.1", self.target) if isinstance(self.target, int) else self.target
        target = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
        for sock in (client, target):
            sock.setblocking(False)
            if sock.family == socket.AF_INET:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = Connection(self, len(self.connections) + 1, client, target)
        # What fails later shows itself in reading from it.
        if target.connect_ex(address) not in (0, errno.EINPROGRESS):
            connection.flows[TO_CLIENT].put(RESET)
        self.connections.append(connection)
        self._standing.append(connection)

    def _cut(self, only):
        chosen = [connection for connection in self._standing if connection.is_open and (only is None or only(connection))]
        for connection in chosen:
            connection._close(resets=True)
        return len(chosen)

    def _end(self):
        self._cut(None)
        self._stop_listening()
        self._watch(self._door, 0)
        self._door.close()
        self._selector.close()
        self._is_closed = True
