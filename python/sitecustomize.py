"""Lets calls of Python programs arrive at Linnet that the AWS SDK for Python sends elsewhere, without long sleeps.

The SageMaker Python SDK builds its STS client with an explicit endpoint_url (https://sts.<region>.amazonaws.com), which
wins over AWS_ENDPOINT_URL, and botocore before 1.31 (boto3 before 1.28) does not look at that variable at all. `linnet run`
and `linnet env` put this folder on PYTHONPATH. When AWS_ENDPOINT_URL is set, a client that is asked for with an Amazon
address, and nothing else, is made with the configured address instead, and so is one without an address in old releases.

The loops of release 2 of the SageMaker Python SDK sleep 5 to 30 s before their first look at a job or an endpoint, which is
up in one. With AWS_ENDPOINT_URL set, they sleep half a second where the program does not say how long.

Neither is imported here: the changes are made when, and if, a program imports them. A sitecustomize module further
down the path still runs.
"""

import importlib.machinery
import importlib.util
import inspect
import os
import re
import sys

_AMAZON = re.compile(r"^https://[a-z0-9.-]+\.amazonaws\.com(\.cn)?/?$")


_PLACE = 5  # of endpoint_url: create_client(self, service_name, region_name, api_version, use_ssl, verify, endpoint_url)


def _redirect(session_module):
    session_class = session_module.Session
    create_client = session_class.create_client
    knows_variables = _release(session_module) >= (1, 31)

    def create_client_here(self, *arguments, **named):
        if os.environ.get("AWS_ENDPOINT_URL"):
            given = arguments[_PLACE] if len(arguments) > _PLACE else named.get("endpoint_url")
            if not given or _AMAZON.match(given):
                service = arguments[0] if arguments else named.get("service_name")
                address = None if knows_variables else _configured_address(self, service)
                if len(arguments) > _PLACE:
                    arguments = arguments[:_PLACE] + (address,) + arguments[_PLACE + 1 :]
                else:
                    named["endpoint_url"] = address
        return create_client(self, *arguments, **named)

    create_client_here.__doc__ = create_client.__doc__
    session_class.create_client = create_client_here


def _release(session_module):
    version = getattr(session_module, "__version__", "") or ""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


def _configured_address(session, service):
    """What later releases take from the environment, by their rules."""
    if os.environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return None
    if any(name.startswith("AWS_ENDPOINT_URL_") for name in os.environ):
        service_id = session.get_service_model(service).service_id
        own = os.environ.get("AWS_ENDPOINT_URL_" + str(service_id).replace(" ", "_").upper())
        if own:
            return own
    return os.environ["AWS_ENDPOINT_URL"]


_SLEEP_SECONDS = 0.5


def _look_sooner(session_module):
    if not os.environ.get("AWS_ENDPOINT_URL"):
        return
    for place in (session_module, session_module.Session):
        for function in vars(place).values():
            if inspect.isfunction(function) and function.__module__ == session_module.__name__:
                _shorten_poll(function)


def _shorten_poll(function):
    """Changes the default of the parameter `poll`, in seconds."""
    defaults = function.__defaults__ or ()
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    given = dict(zip(names[len(names) - len(defaults) :], defaults))
    if isinstance(given.get("poll"), (int, float)):
        given["poll"] = min(given["poll"], _SLEEP_SECONDS)
        function.__defaults__ = tuple(given.values())


_CHANGES = {"botocore.session": _redirect, "sagemaker.session": _look_sooner}


class _Finder:
    """Finds the modules to change as Python would, and changes them once they are loaded."""

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        change = _CHANGES.get(name)
        if change is None:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return spec
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            change(module)

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
