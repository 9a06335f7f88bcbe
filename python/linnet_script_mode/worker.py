"""One process that answers invocations with a model: the inference toolkit's Transformer behind the server of the
standard library. Invocations of one process wait for each other, as in Amazon's containers; connections do not."""

import http.server
import importlib.util
import os
import socketserver
import sys
import threading

from sagemaker_inference import errors
from sagemaker_inference.transformer import Transformer

import handlers


class LoggingTransformer(Transformer):
    """Keeps the traceback in the log, and answers with what went wrong."""

    @staticmethod
    def handle_error(context, inference_exception, trace):
        print(trace, file=sys.stderr, flush=True)
        cause = sys.exc_info()[1]
        refused = isinstance(cause, errors.UnsupportedFormatError)
        context.status = 415 if refused else inference_exception.status_code
        context.content_type = "text/plain"
        message = inference_exception.message
        if cause is not None and cause is not inference_exception and not refused:
            message = f"{type(cause).__name__}: {message}"
        return [message]


class Context:
    """What the toolkit and the script's functions learn of a request, with the names of multi-model-server."""

    def __init__(self, model_folder, headers):
        self.system_properties = {"model_dir": model_folder, "gpu_id": None}
        self.manifest = {}
        self.model_name = "model"
        self.request_processor = [self]
        self.headers = headers
        self.status = 200
        self.content_type = "application/json"

    def get_request_properties(self):
        return self.headers

    def get_request_header(self, index, key):
        return next((value for name, value in self.headers.items() if name.lower() == key.lower()), None)

    def get_all_request_header(self, index):
        return self.headers

    def set_response_content_type(self, index, value):
        self.content_type = value

    def set_response_status(self, code=200, phrase="", index=0):
        self.status = code


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def server_bind(self):
        pass

    def server_activate(self):
        pass


def serve(listening, model_folder, code_folder, loaded=lambda: None):
    """Loads the model, says so and answers until the process ends. Raises what the script raises while it loads."""
    os.chdir(model_folder)
    program = os.environ.get("SAGEMAKER_PROGRAM")
    for folder in (model_folder, code_folder):
        sys.path.insert(0, folder)
    if program and importlib.util.find_spec(os.path.splitext(program)[0].replace("/", ".")) is None:
        raise FileNotFoundError(f"The model has no program {program} (SAGEMAKER_PROGRAM) in {code_folder}")
    transformer = LoggingTransformer(handlers.handler_of(os.environ.get("LINNET_FRAMEWORK", "")))
    transformer.validate_and_initialize(model_dir=model_folder, context=Context(model_folder, {}))
    turn = threading.Lock()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def answer(self, status, content_type, body):
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):
            self.answer(200 if self.path == "/ping" else 404, "text/plain", b"")

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path != "/invocations":
                self.answer(404, "text/plain", b"")
                return
            context = Context(model_folder, dict(self.headers))
            with turn:
                transformer._context = context  # What functions with one more argument get.
                answer = transformer.transform([{"body": body}], context)[0]
            self.answer(context.status, context.content_type, as_bytes(answer))

        def address_string(self):
            return "linnet"

        def log_message(self, *_):
            pass

    server = Server(("", 0), Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listening
    loaded()
    server.serve_forever()


def as_bytes(answer):
    if isinstance(answer, (bytes, bytearray)):
        return bytes(answer)
    return str(answer).encode()
