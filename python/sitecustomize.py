"""Lets the SageMaker Python SDK's calls to STS arrive at Linnet.

The SDK builds its STS client with an explicit endpoint_url (https://sts.<region>.amazonaws.com), which wins over
AWS_ENDPOINT_URL. `linnet run` and `linnet env` put this folder on PYTHONPATH. When AWS_ENDPOINT_URL is set, a client
that is asked for with an Amazon address, and nothing else, is made with the configured address instead.

botocore is not imported here: the change is made when, and if, a program imports it. A sitecustomize module further
down the path still runs.
"""

import importlib.machinery
import importlib.util
import os
import re
import sys

_AMAZON = re.compile(r"^https://[a-z0-9.-]+\.amazonaws\.com(\.cn)?/?$")


def _redirect(session_module):
    session_class = session_module.Session
    create_client = session_class.create_client

    # botocore: create_client(self, service_name, region_name, api_version, use_ssl, verify, endpoint_url, ...)
    def create_client_here(self, *arguments, **named):
        if os.environ.get("AWS_ENDPOINT_URL"):
            if _AMAZON.match(named.get("endpoint_url") or ""):
                named["endpoint_url"] = None
            elif len(arguments) > 5 and _AMAZON.match(arguments[5] or ""):
                arguments = arguments[:5] + (None,) + arguments[6:]
        return create_client(self, *arguments, **named)

    create_client_here.__doc__ = create_client.__doc__
    session_class.create_client = create_client_here


class _Finder:
    """Finds botocore.session as Python would, and changes it once it is loaded."""

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name != "botocore.session":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return spec
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            _redirect(module)

        spec.loader.exec_module = exec_module
        return spec


def _run_next_sitecustomize():
    here = os.path.dirname(os.path.abspath(__file__))
    rest = [entry for entry in sys.path if os.path.abspath(entry or os.curdir) != here]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", rest)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


sys.meta_path.insert(0, _Finder)
_run_next_sitecustomize()
