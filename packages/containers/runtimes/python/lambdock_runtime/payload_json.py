"""
JSON as AWS's Python runtimes read and write it: decimals become numbers, bytes text, named tuples
objects; from Python 3.12 on, text is written as it is instead of in ASCII escapes.
"""

import decimal
import json
import math
import re
import secrets
import sys

from .faults import Fault

ESCAPES_NON_ASCII = sys.version_info < (3, 12)
# The standard encoder has no raw numbers: decimals travel as marked strings and lose the quotes afterwards.
MARK = secrets.token_hex(16)
MARKED = re.compile('"{}:([^"]*)"'.format(MARK))


def _default(value):
    if isinstance(value, decimal.Decimal):
        return math.nan if value.is_nan() else f"{MARK}:{value}"
    if isinstance(value, (bytes, bytearray)):
        return value.decode("utf-8")
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


_encoder = json.JSONEncoder(ensure_ascii=ESCAPES_NON_ASCII, default=_default)


def to_json(value):
    """Encodes; raises TypeError or ValueError for what has no JSON."""
    text = _encoder.encode(_as_objects(value) if _has_named_tuple(value) else value)
    if MARK in text:
        text = MARKED.sub(r"\1", text)
    if not ESCAPES_NON_ASCII:
        text = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return text


def _has_named_tuple(value):
    pending, seen = [value], set()
    while pending:
        item = pending.pop()
        if not isinstance(item, (dict, list, tuple)) or id(item) in seen:
            continue
        if hasattr(item, "_asdict"):
            return True
        seen.add(id(item))
        pending.extend(item.values() if isinstance(item, dict) else item)
    return False


def _as_objects(value, parents=()):
    if not isinstance(value, (dict, list, tuple)):
        return value
    if id(value) in parents:
        raise ValueError("Circular reference detected")
    within = (*parents, id(value))
    if hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, dict):
        return {key: _as_objects(item, within) for key, item in value.items()}
    return [_as_objects(item, within) for item in value]


def read_event(body, content_type):
    """The event as the handler receives it: other content types than JSON stay bytes."""
    if content_type != "application/json":
        return body
    try:
        return json.loads(body)
    except Exception as error:
        raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from None


def write_result(result):
    """The body and content type to answer with."""
    if isinstance(result, bytes):
        return result, "application/unknown"
    try:
        return to_json(result).encode("utf-8"), "application/json"
    except Exception as error:
        raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}") from None
