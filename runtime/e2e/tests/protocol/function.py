"""A function written from docs/protocol.md with nothing but the standard library.

It answers an HTTP request with what it was sent, fails where the path says so, and takes events
that nobody waits for. One message at a time on each connection, so KUBEFUNCS_CONCURRENCY is at
least the number of brokers.
"""

import http.server
import json
import os
import re
import signal
import socket
import struct
import sys
import threading
import time
import urllib.request


def setting(name, default):
    return os.environ.get(name) or default


def seconds(text):
    units = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
    return sum(float(n) * units[u] for n, u in re.findall(r"([0-9.]+)(ms|s|m|h)", text))


TOPIC = setting("TOPIC", "test")
CHANNEL = setting("CHANNEL", "default")
TIMEOUT = seconds(setting("KUBEFUNCS_TIMEOUT", "3s"))
MESSAGE_TIMEOUT = min(max(TIMEOUT / 2, 1), 10)
ATTEMPTS = int(setting("KUBEFUNCS_ATTEMPTS", "5"))
LARGEST = int(setting("KUBEFUNCS_MAX_MESSAGE", "1048576"))
ALLOWED = [t.strip() for t in setting("KUBEFUNCS_REPLY_TOPICS", "").split(",") if t.strip()]
NAME = re.compile(r"[.a-zA-Z0-9_-]+(#ephemeral)?")
PREFIX = "type.googleapis.com/kubefuncs."

leaving = threading.Event()
ready = threading.Event()


# Protobuf, as much of it as there is in these messages: numbers, and bytes with a length.


def varint(number):
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def read_varint(data, at):
    number = shift = 0
    while True:
        byte = data[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at


def field(number, value):
    """A field; a default value is not written."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value) if value else b""
    if isinstance(value, str):
        value = value.encode()
    return varint(number << 3 | 2) + varint(len(value)) + value if value else b""


def fields(data):
    """All values by field number; numbers we do not know are there and nobody asks for them."""
    found, at = {}, 0
    while at < len(data):
        key, at = read_varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = read_varint(data, at)
        elif kind == 2:
            length, at = read_varint(data, at)
            value, at = data[at : at + length], at + length
            if len(value) != length:
                raise ValueError("cut short")
        elif kind in (1, 5):
            width = 8 if kind == 1 else 4
            value, at = data[at : at + width], at + width
        else:
            raise ValueError(f"wire type {kind}")
        found.setdefault(key >> 3, []).append(value)
    return found


def text(found, number):
    return found.get(number, [b""])[-1].decode()


def anything(kind, message):
    return field(1, PREFIX + kind) + field(2, message)


# The function itself.


class Failed(Exception):
    def __init__(self, message, code, retryable):
        super().__init__(message)
        self.code, self.retryable = code, retryable


def handle(kind, payload):
    """Gives the payload of the answer."""
    if kind != "kubefuncs.HTTPRequest":
        return anything("Empty", b"")
    request = fields(payload)
    method, url, body = text(request, 4), text(request, 1), request.get(3, [b""])[-1]
    if url.startswith("/fail"):
        raise Failed("told to fail", "stock", True)
    answer = f"{method} {url} ".encode() + body
    header = field(1, "content-type") + field(2, "text/plain")
    entry = field(1, "content-type") + field(2, "text/plain")
    return anything("HTTPResponse", field(1, 200) + field(2, entry) + field(3, answer) + field(4, header))


# The protocol of nsqd.


class Connection:
    def __init__(self, address):
        self.socket = socket.create_connection(address, timeout=3)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(11)
        self.lock = threading.Lock()
        settings = {
            "client_id": "python",
            "feature_negotiation": True,
            "output_buffer_size": -1,
            "heartbeat_interval": 5000,
            "msg_timeout": int(MESSAGE_TIMEOUT * 1000),
        }
        self.write(b"  V2" + self.command("IDENTIFY", json.dumps(settings).encode()))
        self.expect_answer()
        self.write(self.command(f"SUB {TOPIC} {CHANNEL}"))
        self.expect_answer()
        self.write(self.command("RDY 1"))

    @staticmethod
    def command(line, body=None):
        out = line.encode() + b"\n"
        return out if body is None else out + struct.pack(">I", len(body)) + body

    def write(self, data):
        with self.lock:
            self.socket.sendall(data)

    def exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise OSError("closed")
            data += more
        return data

    def frame(self):
        size, kind = struct.unpack(">Ii", self.exactly(8))
        if size > LARGEST + 64:
            raise OSError(f"a frame of {size} bytes")
        return kind, self.exactly(size - 4)

    def expect_answer(self):
        kind, data = self.frame()
        if kind == 1:
            raise OSError(data.decode())

    def serve(self):
        """Until the connection ends, or all is over."""
        closing = False
        while True:
            if leaving.is_set() and not closing:
                # The message that is being handled, if any, was answered before this.
                self.write(self.command("CLS"))
                closing = True
            kind, data = self.frame()
            if kind == 2 and closing:
                self.write(self.command(f"REQ {data[10:26].decode()} 0"))
            elif kind == 2:
                self.message(data)
            elif kind == 1 and data.split()[0] not in (b"E_FIN_FAILED", b"E_REQ_FAILED", b"E_TOUCH_FAILED"):
                raise OSError(data.decode())
            elif data == b"_heartbeat_":
                self.write(self.command("NOP"))
            elif data == b"CLOSE_WAIT":
                return

    def message(self, data):
        stamp, attempts = struct.unpack(">qH", data[:10])
        identity, body = data[10:26].decode(), data[26:]
        finish = self.command(f"FIN {identity}")
        try:
            event = fields(body)
            wanted, back, channel = text(event, 1), text(event, 3), text(event, 8)
            payload = fields(event.get(4, [b""])[-1])
            budget = event.get(5, [0])[-1]
        except (ValueError, IndexError, AttributeError):
            return self.write(finish)
        if wanted == "ping" or channel not in ("", CHANNEL) or back and not allowed(back):
            return self.write(finish)
        age = max(time.time() - stamp / 1e9, 0)
        if back and budget and age > budget / 1000 + 0.1:
            return self.write(finish)
        over = threading.Event()
        threading.Thread(target=self.touch, args=(identity, over), daemon=True).start()
        failure = None
        try:
            answer = handle(text(payload, 1).rsplit("/", 1)[-1], payload.get(2, [b""])[-1])
        except Failed as failed:
            failure = failed
            answer = error(str(failed), failed.code, failed.retryable)
        finally:
            over.set()
        if back:
            reply = field(1, wanted) + field(2, back)
            whole = reply + field(4, answer)
            if len(whole) > LARGEST:
                whole = reply + field(4, error("the answer is too large", "too_large", False))
            return self.write(self.command(f"PUB {back}", whole) + finish)
        if failure and failure.retryable and attempts < ATTEMPTS:
            delay = min(1000 * 2 ** (attempts - 1), 60000)
            return self.write(self.command(f"REQ {identity} {delay}"))
        return self.write(finish)

    def touch(self, identity, over):
        while not over.wait(MESSAGE_TIMEOUT / 3):
            self.write(self.command(f"TOUCH {identity}"))


def allowed(name):
    if len(name) > 64 or not NAME.fullmatch(name):
        return False
    return name in ALLOWED or name.startswith("rpc-") and name.endswith("#ephemeral")


def error(message, code, retryable):
    return anything("Error", field(1, message) + field(2, code) + field(3, int(retryable)))


# Which brokers there are, health, and the end.


def lookupds():
    named = os.environ.get("KUBEFUNCS_LOOKUPD")
    if named:
        return [address.strip() for address in named.split(",")]
    return [setting("NSQ_LOOKUPD_ADDR", "127.0.0.1") + ":" + setting("NSQ_LOOKUPD_PORT", "4161")]


def nodes():
    found = set()
    for lookupd in lookupds():
        try:
            with urllib.request.urlopen(f"http://{lookupd}/nodes", timeout=2) as answer:
                for node in json.load(answer)["producers"]:
                    found.add((node["broadcast_address"], node["tcp_port"]))
        except (OSError, ValueError, KeyError) as problem:
            print(f"{lookupd}: {problem}", file=sys.stderr)
    return found


def stay_connected(address):
    while not leaving.is_set():
        try:
            connection = Connection(address)
            ready.set()
            connection.serve()
        except OSError as problem:
            print(f"{address}: {problem}", file=sys.stderr)
            leaving.wait(0.5)


class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        asked = self.path.split("?")[0] == "/readyz" or "ready=1" in self.path
        fine = not asked or ready.is_set() and not leaving.is_set()
        self.send_response(200 if fine else 503)
        self.end_headers()

    def log_message(self, *_):
        pass


def main():
    host, port = setting("HEALTHZ_ADDR", ":8080").rsplit(":", 1)
    health = http.server.ThreadingHTTPServer((host, int(port)), Health)
    threading.Thread(target=health.serve_forever, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: leaving.set())
    signal.signal(signal.SIGINT, lambda *_: leaving.set())
    threads = {}
    while not leaving.is_set():
        for address in nodes() - set(threads):
            thread = threading.Thread(target=stay_connected, args=(address,), daemon=True)
            threads[address] = thread
            thread.start()
        leaving.wait(2)
    # A connection looks up with its next frame: a heartbeat at the latest.
    end = time.time() + seconds(setting("KUBEFUNCS_DRAIN", f"{TIMEOUT + 5}s"))
    for thread in threads.values():
        thread.join(max(end - time.time(), 0))


main()
