"""
The Python runtime: behaves as AWS's managed Python runtimes do, with the standard library alone.

The client is loaded before the gate, the user's code after it.
"""

import os
import sys

from lambdock_runtime.endpoint_url import heed_endpoint_url
from lambdock_runtime.invocation_loop import run
from lambdock_runtime.runtime_api import RuntimeApi

GATE_OPEN = "--gate-open"


def search_path(task_root, layers):
    """Where AWS's runtimes look for modules before Python's own directories."""
    version = "python{}.{}".format(*sys.version_info[:2])
    return [task_root, f"{layers}/python/lib/{version}/site-packages", f"{layers}/python"]


def main():
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    if GATE_OPEN in sys.argv:
        sys.argv.remove(GATE_OPEN)
    else:
        api.pass_gate()
    # /var/task and /opt are read-only on AWS; what we load ourselves is loaded by now.
    sys.dont_write_bytecode = True
    layers = os.environ.pop("LAMBDOCK_LAYERS_DIRECTORY", "/opt")
    sys.path[0:0] = search_path(os.environ.get("LAMBDA_TASK_ROOT", "/var/task"), layers)
    heed_endpoint_url()
    run(api, os.environ["_HANDLER"])


main()
