"""Sets the `logging` module and stdout up as AWS's Python runtimes do, and writes error blocks."""

import json
import logging
import os
import sys
import time
import traceback

from .log_sinks import ERROR_LEVEL, FRAME_JSON, FRAME_TEXT, level_frame
from .payload_json import to_json

TEXT_FORMAT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
TEXT_DATE_FORMAT = "%Y-%m-%dT%H:%M:%S"
JSON_DATE_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
NO_BREAK_SPACE = "\u00a0"  # indents error blocks: CloudWatch would cut leading spaces
# Members of every record; whatever else a record has came with `extra`.
STANDARD_MEMBERS = set(vars(logging.makeLogRecord({}))) | {"taskName", "message", "asctime", "aws_request_id", "tenant_id", "_frame_type"}

_encode = json.JSONEncoder(ensure_ascii=False, default=str).encode


class Unbuffered:
    """A stream that never holds anything back: the environment may freeze or end at any time."""

    def __init__(self, stream):
        self.stream = stream

    def __getattr__(self, name):
        return getattr(self.stream, name)

    def write(self, text):
        written = self.stream.write(text)
        self.stream.flush()
        return written

    def writelines(self, lines):
        self.stream.writelines(lines)
        self.stream.flush()


class InvocationFilter(logging.Filter):
    """Gives every record the ids of the running invocation."""

    request_id = ""
    tenant_id = None

    def filter(self, record):
        record.aws_request_id = self.request_id
        record.tenant_id = self.tenant_id
        return True


class LambdaLoggerHandler(logging.Handler):
    """Hands formatted records to the sink."""

    def __init__(self, log_sink, frames_by_level):
        super().__init__()
        self.log_sink = log_sink
        self._frames_by_level = frames_by_level

    def emit(self, record):
        message = self.format(record)
        frame_type = getattr(record, "_frame_type", None)
        if frame_type is None and self._frames_by_level:
            frame_type = level_frame(FRAME_TEXT, record.levelno)
        self.log_sink.log(message, frame_type)


class JsonFormatter(logging.Formatter):
    """One JSON object per record, with the members of AWS's JSON log format."""

    def __init__(self):
        super().__init__(datefmt=JSON_DATE_FORMAT)

    def format(self, record):
        record.levelno = min(50, max(0, record.levelno)) // 10 * 10
        record.levelname = logging.getLevelName(record.levelno)
        record._frame_type = level_frame(FRAME_JSON, record.levelno)
        members = {
            "timestamp": self.formatTime(record, self.datefmt),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            **_exception_members(record),
            "requestId": getattr(record, "aws_request_id", None),
            "location": f"{record.pathname}:{record.funcName}:{record.lineno}" if record.exc_info else None,
            "tenantId": getattr(record, "tenant_id", None),
        }
        extra = {name: value for name, value in vars(record).items() if name not in STANDARD_MEMBERS and name not in members}
        return _encode({name: value for name, value in {**members, **extra}.items() if value is not None}) + "\n"


def _exception_members(record):
    if not record.exc_info:
        return {}
    error_type, error, trace = record.exc_info
    return {
        "stackTrace": traceback.format_tb(trace),
        "errorType": error_type.__name__ if error_type else None,
        "errorMessage": str(error),
    }


class FunctionLog:
    """The function's log: set up once, told of each invocation."""

    def __init__(self, sink):
        self._sink = sink
        self._json = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
        self._filter = InvocationFilter()
        sys.stdout = Unbuffered(sys.stdout)
        sys.stderr = Unbuffered(sys.stderr)
        self._set_up_logging()

    def begin(self, request_id, tenant_id):
        self._filter.request_id = request_id or ""
        self._filter.tenant_id = tenant_id

    def error(self, payload):
        """Writes the block that AWS logs for an error that ended an invocation or init."""
        if self._json:
            stamp = time.strftime(JSON_DATE_FORMAT, time.gmtime())
            record = {"timestamp": stamp, "log_level": "ERROR", **payload}
            self._sink.log_error([to_json(record)], level_frame(FRAME_JSON, ERROR_LEVEL))
        else:
            self._sink.log_error(_error_lines(payload), level_frame(FRAME_TEXT, ERROR_LEVEL))

    def _set_up_logging(self):
        level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
        level = "DEBUG" if level == "TRACE" else level
        logging.Formatter.converter = time.gmtime
        handler = LambdaLoggerHandler(self._sink, frames_by_level=self._json or level != "")
        handler.setFormatter(JsonFormatter() if self._json else logging.Formatter(TEXT_FORMAT, TEXT_DATE_FORMAT))
        handler.addFilter(self._filter)
        root = logging.getLogger()
        if level in logging._nameToLevel:
            root.setLevel(level)
        root.addHandler(handler)


def _error_lines(payload):
    heading = ": ".join(part for part in (payload["errorType"], payload["errorMessage"]) if part)
    lines = [f"[ERROR] {heading}".rstrip(), "Traceback (most recent call last):"]
    for element in payload["stackTrace"]:
        lines += [_indented(line) for line in element.splitlines()] or [""]
    return lines


def _indented(line):
    text = line.lstrip(" ")
    return NO_BREAK_SPACE * (len(line) - len(text)) + text
