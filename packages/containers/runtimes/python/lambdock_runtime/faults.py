"""Errors of the runtime itself, and the payloads in which errors are reported."""

import os
import traceback

OWN_DIRECTORIES = (os.path.dirname(__file__), os.path.dirname(os.path.dirname(__file__)) + "/bootstrap.py")


class Fault(Exception):
    """An error with one of AWS's `Runtime.…` types."""

    def __init__(self, error_type, message, trace=None):
        super().__init__(message)
        self.error_type = error_type
        self.message = message
        self.trace = trace


def error_payload(message, error_type, trace, request_id=""):
    """The document that the caller receives; before any invocation the request id is empty."""
    return {
        "errorMessage": message or "",
        "errorType": error_type or "",
        "requestId": request_id,
        "stackTrace": trace or [],
    }


def describe(error, request_id=""):
    """The payload of an exception and the frames it came through, our own leading ones left out if others follow."""
    if isinstance(error, Fault):
        return error_payload(error.message, error.error_type, error.trace, request_id), []
    frames = [(frame.filename, frame.lineno, frame.name, frame.line) for frame in traceback.extract_tb(error.__traceback__)]
    theirs = next((index for index, frame in enumerate(frames) if not frame[0].startswith(OWN_DIRECTORIES)), 0)
    frames = frames[theirs:]
    payload = error_payload(str(error), type(error).__name__, traceback.format_list(frames), request_id)
    return payload, frames


def xray_cause(error, frames):
    """What AWS X-Ray is told about an error."""
    is_fault = isinstance(error, Fault)
    stack = [{"label": label, "path": path, "line": line} for path, line, label, _ in frames]
    return {
        "working_directory": os.getcwd(),
        "exceptions": [
            {
                "message": error.message if is_fault else str(error),
                "type": "LambdaValidationError" if is_fault else type(error).__name__,
                "stack": stack,
            }
        ],
        "paths": sorted({frame["path"] for frame in stack}),
    }
