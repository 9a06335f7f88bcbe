"""The program of old-boto3, with the release that all other programs use."""

import os
import runpy

runpy.run_path(os.path.join(os.path.dirname(os.path.abspath(__file__)), "old-boto3", "endpoints.py"))
