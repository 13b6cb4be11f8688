"""
Runtime hooks of SnapStart, with the names of AWS's package of the same name: a function registers
what shall run before its snapshot is taken and after it was restored. A package that the function
brings itself comes first.
"""

_before_snapshot = []
_after_restore = []


def register_before_snapshot(function, *args, **kwargs):
    """Runs before the snapshot, the last registered first. Usable as a decorator."""
    _before_snapshot.append((function, args, kwargs))
    return function


def register_after_restore(function, *args, **kwargs):
    """Runs after every restore, in the order of registration. Usable as a decorator."""
    _after_restore.append((function, args, kwargs))
    return function


def get_before_snapshot():
    return _before_snapshot


def get_after_restore():
    return _after_restore
