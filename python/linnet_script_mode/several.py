"""`serve` for several models: each runs in a process of its own, since two scripts may have modules of the same name.

Amazon's contract: POST /models loads one, DELETE /models/NAME unloads it, GET /models lists them, and
POST /models/NAME/invoke asks it. Without memory for a model the answer is 507: the host unloads another one then.
"""

import http.client
import http.server
import json
import os
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
from urllib.parse import unquote, urlsplit

import layer

# A model is refused while less than this share of the machine's memory is free, unless it is the first one.
FREE_SHARE_MIN = 0.1
HERE = os.path.dirname(os.path.abspath(__file__))


class Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self.path)


class Model:
    """A process that serves one model. Raises ValueError with its reason when it cannot load it."""

    def __init__(self, number, folder, code):
        self.folder = folder
        self.path = f"{number}.sock"
        reading, writing = os.pipe()
        command = [sys.executable, os.path.join(HERE, "several.py"), folder, code, self.path, str(writing)]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[writing])
        os.close(writing)
        with os.fdopen(reading) as said:
            word = said.read()
        if word != "loaded":
            self.process.wait()
            raise ValueError(word or "its process ended")

    def ask(self, headers, body):
        connection = Connection(self.path)
        try:
            connection.request("POST", "/invocations", body, headers)
            response = connection.getresponse()
            return response.status, response.headers.get("Content-Type", "text/plain"), response.read()
        finally:
            connection.close()

    def end(self):
        self.process.terminate()
        self.process.wait()
        os.unlink(self.path)


class Models:
    def __init__(self, code):
        self.code = code
        self.loaded = {}
        self.lock = threading.Lock()
        self.count = 0

    def load(self, name, folder):
        with self.lock:
            if name in self.loaded:
                return 409, f"The model {name} is loaded already"
            if self.loaded and free_share() < FREE_SHARE_MIN:
                return 507, "The machine has too little free memory for another model"
            self.count += 1
            number = self.count
        code = self.code or os.path.join(folder, "code")
        try:
            model = Model(number, folder, code)
        except ValueError as problem:
            return 400, f"The model cannot be loaded: {problem}"
        with self.lock:
            self.loaded[name] = model
        return 200, ""

    def unload(self, name):
        with self.lock:
            model = self.loaded.pop(name, None)
        if model is None:
            return 404, f"The model {name} is not loaded"
        model.end()
        return 200, ""


def free_share():
    try:
        with open("/proc/meminfo") as file:
            kilobytes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in file)}
        return kilobytes["MemAvailable"] / kilobytes["MemTotal"]
    except (OSError, KeyError):
        return 1.0


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    models = None

    def answer(self, status, content_type, body):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def say(self, status, text=""):
        self.answer(status, "text/plain", text.encode())

    def facts(self, name):
        return {"modelName": name, "modelUrl": self.models.loaded[name].folder}

    def parts(self):
        return [unquote(part) for part in urlsplit(self.path).path.split("/")[1:]]

    def do_GET(self):
        parts = self.parts()
        if parts == ["ping"]:
            self.say(200)
        elif parts == ["models"]:
            body = {"models": [self.facts(name) for name in list(self.models.loaded)]}
            self.answer(200, "application/json", json.dumps(body).encode())
        elif len(parts) == 2 and parts[0] == "models" and parts[1] in self.models.loaded:
            self.answer(200, "application/json", json.dumps(self.facts(parts[1])).encode())
        else:
            self.say(404)

    def do_DELETE(self):
        parts = self.parts()
        self.say(*(self.models.unload(parts[1]) if len(parts) == 2 and parts[0] == "models" else (404,)))

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = self.parts()
        if parts == ["models"]:
            try:
                order = json.loads(body)
                name, folder = order["model_name"], order["url"]
            except (ValueError, KeyError, TypeError):
                self.say(400, "The body must be JSON with model_name and url")
                return
            self.say(*self.models.load(name, folder))
            return
        model = self.models.loaded.get(parts[1]) if len(parts) == 3 and parts[0] == "models" else None
        if model is None or parts[2] != "invoke":
            self.say(404, "There is no such model")
            return
        try:
            self.answer(*model.ask(dict(self.headers), body))
        except (OSError, http.client.HTTPException) as problem:
            self.models.unload(parts[1])
            self.say(500, f"The process of the model ended: {problem}")

    def address_string(self):
        return "linnet"

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


def serve(listening, code):
    """Answers until the process ends. `code` is the program of all models; without it each brings its own."""
    os.chdir(tempfile.mkdtemp())  # Names of sockets must be short.
    models = Models(code)

    def stop(*_):
        for model in list(models.loaded.values()):
            model.process.terminate()
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    layer.end_with_parent(lambda: os.kill(os.getpid(), signal.SIGTERM))
    handler = type("ModelHandler", (Handler,), {"models": models})
    server = Server(("", 0), handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listening
    server.serve_forever()


def serve_one(folder, code, path, said):
    """The process of one model."""
    import worker

    def say(word):
        os.write(said, word.encode())
        os.close(said)

    try:
        layer.install_requirements(code)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listening.bind(path)
        listening.listen(128)
        worker.serve(listening, folder, code, lambda: say("loaded"))
    except BaseException as problem:
        say(f"{type(problem).__name__}: {problem}")
        raise


if __name__ == "__main__":
    serve_one(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
