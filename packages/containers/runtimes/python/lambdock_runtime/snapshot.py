"""SnapStart: the runtime hooks around the point where the snapshot is taken."""

import os
import sys

from .faults import describe
from .payload_json import to_json

SNAP_START = "snap-start"
BEFORE_SNAPSHOT_FAILED_STATUS = 64
AFTER_RESTORE_FAILED_STATUS = 65


def pass_snapshot(api, log):
    """Returns once the environment is restored; at once where it is none of SnapStart. A failed hook ends the process."""
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") != SNAP_START:
        return
    try:
        _run_before_snapshot()
    except Exception as error:
        payload, _ = describe(error)
        log.error(payload)
        api.post_init_error(to_json(payload).encode("utf-8"), "Runtime.BeforeSnapshotError")
        sys.exit(BEFORE_SNAPSHOT_FAILED_STATUS)
    api.restore_next()
    try:
        _run_after_restore()
    except Exception as error:
        payload, _ = describe(error)
        log.error(payload)
        api.post_restore_error(to_json(payload).encode("utf-8"), "Runtime.AfterRestoreError")
        sys.exit(AFTER_RESTORE_FAILED_STATUS)


def _run_before_snapshot():
    hooks = _registry()
    while hooks and hooks.get_before_snapshot():
        function, args, kwargs = hooks.get_before_snapshot().pop()
        function(*args, **kwargs)


def _run_after_restore():
    hooks = _registry()
    while hooks and hooks.get_after_restore():
        function, args, kwargs = hooks.get_after_restore().pop(0)
        function(*args, **kwargs)


def _registry():
    """The module with which the function registered, its own or ours; None when it registered nothing."""
    return sys.modules.get("snapshot_restore_py")
