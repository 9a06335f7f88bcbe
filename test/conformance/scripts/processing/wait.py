"""Writes a file and waits to be stopped."""

import pathlib
import time

pathlib.Path("/opt/ml/processing/seen/early.txt").write_text("early")
time.sleep(600)
