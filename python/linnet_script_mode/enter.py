"""Runs a command, such as the entry point of a request, in the job's own layer above the image (see layer.py)."""

import sys

import layer

layer.enter_command(sys.argv[1:])
