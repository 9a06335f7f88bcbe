"""`train` of a framework's image: Amazon's own training toolkit runs the script that the job brings.

Run with the Python of the image; it goes on in the job's own layer (see layer.py).
"""

import os
import signal
import sys

import layer

code_folder = os.path.join(layer.base_folder(), "code")


def run_script():
    """What the toolkit calls as the framework's entry: as its own, but with the script's traceback in the failure."""
    from sagemaker_training import entry_point, environment

    env = environment.Environment()
    if not env.user_entry_point:
        from sagemaker_training import errors

        raise errors.ClientError(
            "This image runs a script, and the request names none: the hyperparameters sagemaker_program and "
            "sagemaker_submit_directory are missing (SageMaker's SDK sets them from entry_point and source_dir)"
        )
    entry_point.run(
        uri=local(env.module_dir),
        user_entry_point=env.user_entry_point,
        args=env.to_cmd_args(),
        env_vars=env.to_env_vars(),
        capture_error=True,
    )


def local(uri):
    """A path below /opt/ml where it lies on this host."""
    base = layer.base_folder()
    return base + uri[len("/opt/ml") :] if uri.startswith("/opt/ml/") and base != "/opt/ml" else uri


def main():
    layer.end_with_parent(lambda: os.killpg(os.getpgrp(), signal.SIGKILL))
    # The script decides what a stop means to it; this program waits for it. Unlike an ignored signal, one that is handled
    # here has its default meaning in the script.
    signal.signal(signal.SIGTERM, lambda *_: None)
    os.environ["SM_STUDIO_LOCAL_MODE"] = "true"  # No look-up of the names of hosts.
    os.environ["SAGEMAKER_TRAINING_MODULE"] = "train:run_script"
    # This file is the program as well as the framework's module.
    sys.modules["train"] = sys.modules["__main__"]
    from sagemaker_training import trainer

    trainer.train()


if __name__ == "__main__":
    if sys.argv[1:] == ["in-layer"]:
        main()
    else:
        layer.enter(os.path.abspath(__file__), "in-layer")
