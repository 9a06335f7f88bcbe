"""Waits to be stopped, and keeps a model then."""

import os
import signal
import sys
import time


def keep(*_):
    with open(os.path.join(os.environ["SM_MODEL_DIR"], "kept"), "w") as file:
        file.write("kept")
    print("kept what there was")
    sys.exit(0)


signal.signal(signal.SIGTERM, keep)
print("waiting for a stop")
time.sleep(600)
