"""Init, then one invocation after the other."""

import os
import sys

from .faults import describe, xray_cause
from .function_log import FunctionLog
from .handler_loading import load_handler
from .lambda_context import LambdaContext
from .log_sinks import open_sink
from .payload_json import read_event, to_json, write_result
from .snapshot import pass_snapshot

INIT_FAILED_STATUS = 1


def run(api, handler_name):
    """Never returns: a failed init ends the process, after it was reported."""
    log = FunctionLog(open_sink())
    try:
        handler = load_handler(handler_name)
    except Exception as error:
        payload, _ = describe(error)
        log.error(payload)
        api.post_init_error(to_json(payload).encode("utf-8"), payload["errorType"])
        sys.exit(INIT_FAILED_STATUS)
    pass_snapshot(api, log)
    while True:
        headers, body = api.next_invocation()
        _invoke(api, handler, log, headers, body)


def _invoke(api, handler, log, headers, body):
    request_id = headers.get("lambda-runtime-aws-request-id")
    log.begin(request_id, headers.get("lambda-runtime-aws-tenant-id"))
    _set_trace_id(headers.get("lambda-runtime-trace-id"))
    try:
        context = LambdaContext(headers)
        event = read_event(body, headers.get("content-type", "application/json"))
        answer, content_type = write_result(handler(event, context))
    except Exception as error:
        payload, frames = describe(error, request_id)
        log.error(payload)
        cause = to_json(xray_cause(error, frames))
        api.post_error(request_id, to_json(payload).encode("utf-8"), cause)
    else:
        api.post_result(request_id, answer, content_type)


def _set_trace_id(trace_id):
    if trace_id:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
