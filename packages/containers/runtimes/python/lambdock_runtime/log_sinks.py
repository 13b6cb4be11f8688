"""
Where log records go: to stdout, or as frames to the telemetry descriptor that the platform opens.

A frame is its type (4 bytes), the length of the message (4), its time in microseconds (8), and the
message, all numbers big-endian. The type says the format (JSON 2, text 3) and the level.
"""

import os
import sys
import time

FRAME = 0xA55A0000
FRAME_JSON = FRAME | 2
FRAME_TEXT = FRAME | 3
LOWEST_LEVEL = 10
ERROR_LEVEL = 40
LINE_JOIN_ON_STDOUT = "\r"  # keeps a record of several lines together


class StdoutSink:
    """Used when the platform gave no telemetry descriptor."""

    def log(self, message, frame_type=None):
        sys.stdout.write(message)

    def log_error(self, lines, frame_type):
        sys.stdout.write(LINE_JOIN_ON_STDOUT.join(lines) + "\n")


class FramedSink:
    """Writes whole frames, so that a record of several lines stays one log event."""

    def __init__(self, descriptor):
        self._file = os.fdopen(descriptor, "wb", 0)

    def log(self, message, frame_type=None):
        body = message.encode("utf8")
        kind = frame_type or FRAME_TEXT
        head = kind.to_bytes(4, "big") + len(body).to_bytes(4, "big") + (time.time_ns() // 1000).to_bytes(8, "big")
        frame = memoryview(head + body)
        while frame:
            frame = frame[self._file.write(frame) :]

    def log_error(self, lines, frame_type):
        self.log("\n".join(lines), frame_type)


def level_frame(base, level):
    """The frame type of a `logging` level: Lambda counts DEBUG 2, INFO 3, … and leaves two bits below."""
    if level < LOWEST_LEVEL:
        return base
    return base | ((min(level, 50) // 10 + 1) << 2)


def open_sink():
    descriptor = os.environ.pop("_LAMBDA_TELEMETRY_LOG_FD", None)
    return StdoutSink() if descriptor is None else FramedSink(int(descriptor))
