"""`serve` of a framework's image: Amazon's own inference toolkit behind a small HTTP server.

The toolkit's Transformer loads the script that comes with the model and calls its functions (model_fn, input_fn,
predict_fn, output_fn or transform_fn). Several processes answer on one socket, each with a model of its own.
Run with the Python of the image; it goes on in a layer of the endpoint's own (see layer.py).
"""

import os
import signal
import socket
import sys
import time
import traceback

import layer

base = layer.base_folder()
model_folder = os.path.join(base, "model")
BACKLOG = 128
# A worker that ends this soon did not load its model, and the next one would not either.
EARLY_SECONDS = 5


def code_folder():
    """Where the model's program lies: beside the model, when it came apart, else in it."""
    apart = os.path.join(base, "code")
    return apart if os.path.isdir(apart) else os.path.join(model_folder, "code")


def listening_socket():
    path = os.environ.get("LINNET_BIND_TO_SOCKET")
    if path:
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listening.bind(path)
    else:
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080"))))
    listening.listen(BACKLOG)
    return listening


def worker_count():
    wanted = os.environ.get("SAGEMAKER_MODEL_SERVER_WORKERS", "")
    if wanted.isdigit() and int(wanted) > 0:
        return int(wanted)
    return os.cpu_count() or 1


def start_worker(listening, code):
    """Forks a process that loads the model and answers. Nothing of the user's or the framework's is loaded before."""
    pid = os.fork()
    if pid != 0:
        return pid
    status = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        import worker

        worker.serve(listening, model_folder, code)
        status = 0
    except BaseException as problem:  # A script may also exit.
        traceback.print_exc()
        # The last line of the log is the reason of an endpoint that does not come up.
        print(f"The model could not be loaded: {type(problem).__name__}: {problem}", file=sys.stderr)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def main():
    if os.environ.get("SAGEMAKER_MULTI_MODEL", "").lower() == "true":
        import several

        apart = os.path.join(base, "code")
        code = apart if os.path.isdir(apart) else None
        if code:
            layer.install_requirements(code)
        several.serve(listening_socket(), code)
        return
    code = code_folder()
    layer.install_requirements(code)
    listening = listening_socket()
    workers = {start_worker(listening, code): time.monotonic() for _ in range(worker_count())}

    def stop(*_):
        for pid in workers:
            os.kill(pid, signal.SIGTERM)
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    layer.end_with_parent(lambda: os.kill(os.getpid(), signal.SIGTERM))
    while True:
        pid, _ = os.wait()
        started = workers.pop(pid, None)
        if started is None:
            continue
        if time.monotonic() - started < EARLY_SECONDS:
            for other in workers:
                os.kill(other, signal.SIGTERM)
            sys.exit(1)
        print("A worker ended; another one is started", file=sys.stderr)
        workers[start_worker(listening, code)] = time.monotonic()


if __name__ == "__main__":
    if sys.argv[1:] == ["in-layer"]:
        main()
    else:
        layer.enter(os.path.abspath(__file__), "in-layer")
