"""The context object that a handler receives."""

import json
import logging
import os
import sys
import time

from .faults import Fault


class _Record:
    """An object with the members of `__slots__`, taken from a JSON object."""

    __slots__ = ()

    def __init__(self, members):
        for name in self.__slots__:
            setattr(self, name, members.get(name))

    def __repr__(self):
        members = ",".join(f"{name}={getattr(self, name)}" for name in self.__slots__)
        return f"{type(self).__name__}([{members}])"


class Client(_Record):
    __slots__ = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")


class ClientContext(_Record):
    __slots__ = ("custom", "env", "client")


class CognitoIdentity(_Record):
    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")


class LambdaContext:
    """Built from the headers of one invocation; raises a Fault when one of them is not JSON."""

    def __init__(self, headers):
        env = os.environ.get
        self.aws_request_id = headers.get("lambda-runtime-aws-request-id")
        self.log_group_name = env("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = env("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = env("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = env("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.client_context = _client_context(headers)
        self.identity = _identity(headers)
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        self._deadline_ms = int(headers.get("lambda-runtime-deadline-ms", 0))

    def get_remaining_time_in_millis(self):
        """Milliseconds left until the invocation times out, never negative."""
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def log(self, message):
        """Writes a line as the function's logger would, without its prefix."""
        for handler in logging.getLogger().handlers:
            if hasattr(handler, "log_sink"):
                handler.log_sink.log(str(message))
                return
        sys.stdout.write(str(message))

    def __repr__(self):
        members = ",".join(f"{name}={value}" for name, value in vars(self).items() if not name.startswith("_"))
        return f"LambdaContext([{members}])"


def _client_context(headers):
    given = _json_header(headers, "lambda-runtime-client-context", "Client Context")
    if given is None:
        return None
    context = ClientContext(given)
    if context.client is not None:
        context.client = Client(context.client)
    return context


def _identity(headers):
    given = _json_header(headers, "lambda-runtime-cognito-identity", "Cognito Identity") or {}
    return CognitoIdentity(
        {
            "cognito_identity_id": given.get("cognitoIdentityId"),
            "cognito_identity_pool_id": given.get("cognitoIdentityPoolId"),
        }
    )


def _json_header(headers, name, title):
    text = headers.get(name)
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError as error:
        raise Fault("Runtime.LambdaContextUnmarshalError", f"Unable to parse {title} JSON: {error}") from None
