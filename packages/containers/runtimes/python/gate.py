"""Waits at the gate and exits: used before a wrapper or PYTHONPATH may run the user's code."""

import os

from lambdock_runtime.runtime_api import RuntimeApi

RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"]).pass_gate()
