"""
Makes botocore older than 1.31, such as Debian 12's, heed AWS_ENDPOINT_URL as newer ones do, so that
a function's boto3 reaches Lambdock with no setting. Nothing of it runs before botocore is imported.
"""

import os
import sys

KNOWS_ENDPOINT_URL = (1, 31)
MODULE = "botocore.session"
# endpoint_url is the sixth parameter of Session.create_client, the service's name the first.
PARAMETERS_BEFORE = 5


def heed_endpoint_url():
    """Call it before any of the user's code is loaded."""
    if os.environ.get("AWS_ENDPOINT_URL"):
        sys.meta_path.insert(0, _SessionFinder())


class _SessionFinder:
    """Stands in front of the import system until botocore's session is looked for."""

    def find_spec(self, name, path=None, target=None):
        if name != MODULE:
            return None
        sys.meta_path.remove(self)
        from importlib.util import find_spec

        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_adapt(module):
                execute(module)
                _adapt(module)

            spec.loader.exec_module = execute_and_adapt
        return spec


def _adapt(session):
    version = sys.modules["botocore"].__version__.split(".")
    if tuple(int(number) for number in version[:2]) >= KNOWS_ENDPOINT_URL:
        return
    create_client = session.Session.create_client

    def create_client_at_endpoint(self, *arguments, **named):
        if len(arguments) <= PARAMETERS_BEFORE and named.get("endpoint_url") is None:
            named["endpoint_url"] = os.environ.get("AWS_ENDPOINT_URL") or None
        return create_client(self, *arguments, **named)

    session.Session.create_client = create_client_at_endpoint
