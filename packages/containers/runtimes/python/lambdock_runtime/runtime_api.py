"""
The Runtime API over one keep-alive connection, with HTTP written by hand: `http.client` would
bring modules that the user's function may never need.
"""

import socket
import time

RUNTIME = "/2018-06-01/runtime"
GATE = "/2018-06-01/lambdock/gate"
RETRY_DELAYS_S = (0, 0.05, 0.25)
GATE_RETRY_S = 0.2
# Some ten seconds: a platform that is gone for that long will not come back for this process.
GATE_FAILURES_MAX = 20
# Servers commonly allow 16 KiB for all headers together.
XRAY_CAUSE_BYTES_MAX = 8 * 1024
RECEIVE_BYTES = 65536


class RuntimeApi:
    """Calls of the Runtime API; raises OSError when it can't be reached after a few attempts."""

    def __init__(self, address):
        host, _, port = address.rpartition(":")
        self._target = (host, int(port))
        self._host_line = f"Host: {address}\r\n"
        self._socket = None

    def pass_gate(self):
        """Returns when init may begin. Waits without limit, but not for a Runtime API that is gone."""
        for _ in range(GATE_FAILURES_MAX):
            try:
                if self._exchange("GET", GATE)[0] < 500:
                    return
            except OSError:
                pass
            time.sleep(GATE_RETRY_S)
        raise SystemExit("The Runtime API is gone")

    def next_invocation(self):
        """Waits for an invocation: its headers (lower case) and body."""
        status, headers, body = self._exchange("GET", f"{RUNTIME}/invocation/next")
        if status != 200:
            raise OSError(f"Failed to get next invocation, error {status}")
        return headers, body

    def post_result(self, request_id, body, content_type):
        self._exchange("POST", f"{RUNTIME}/invocation/{request_id}/response", body, {"Content-Type": content_type})

    def post_error(self, request_id, body, xray_cause):
        headers = {"Content-Type": "application/json"}
        if len(xray_cause) <= XRAY_CAUSE_BYTES_MAX:
            headers["Lambda-Runtime-Function-XRay-Error-Cause"] = xray_cause
        self._exchange("POST", f"{RUNTIME}/invocation/{request_id}/error", body, headers)

    def post_init_error(self, body, error_type):
        headers = {"Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": error_type}
        self._exchange("POST", f"{RUNTIME}/init/error", body, headers)

    def restore_next(self):
        """Returns when the environment goes on, restored."""
        status, _, _ = self._exchange("GET", f"{RUNTIME}/restore/next")
        if status != 200:
            raise OSError(f"Failed to wait for the restore, error {status}")

    def post_restore_error(self, body, error_type):
        headers = {"Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": error_type}
        self._exchange("POST", f"{RUNTIME}/restore/error", body, headers)

    def _exchange(self, method, path, body=None, headers=None):
        lines = [f"{method} {path} HTTP/1.1\r\n", self._host_line]
        lines += [f"{name}: {value}\r\n" for name, value in (headers or {}).items()]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}\r\n")
        request = "".join(lines).encode("utf-8") + b"\r\n" + (body or b"")
        for delay in RETRY_DELAYS_S:
            try:
                return self._exchange_once(request)
            except OSError:
                self._disconnect()
                time.sleep(delay)
        return self._exchange_once(request)

    def _exchange_once(self, request):
        if self._socket is None:
            self._socket = socket.create_connection(self._target)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request)
        head, rest = self._read_until(b"", b"\r\n\r\n")
        status, headers = _parse_head(head)
        if headers.get("transfer-encoding") == "chunked":
            body = self._read_chunks(rest)
        else:
            body, _ = self._read_bytes(rest, int(headers.get("content-length", 0)))
        if headers.get("connection") == "close":
            self._disconnect()
        return status, headers, body

    def _read_until(self, received, mark):
        while mark not in received:
            received += self._receive()
        before, _, after = received.partition(mark)
        return before, after

    def _read_bytes(self, received, count):
        parts, size = [received], len(received)
        while size < count:
            parts.append(self._receive())
            size += len(parts[-1])
        joined = b"".join(parts)
        return joined[:count], joined[count:]

    def _read_chunks(self, received):
        parts = []
        while True:
            size_line, received = self._read_until(received, b"\r\n")
            size = int(size_line, 16)
            chunk, received = self._read_bytes(received, size + 2)
            if size == 0:
                return b"".join(parts)
            parts.append(chunk[:size])

    def _receive(self):
        data = self._socket.recv(RECEIVE_BYTES)
        if not data:
            raise ConnectionResetError("the Runtime API closed the connection")
        return data

    def _disconnect(self):
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _parse_head(head):
    status_line, *lines = head.decode("utf-8").split("\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return int(status_line.split(" ", 2)[1]), headers
