"""The Python that a job or an endpoint runs with: the image's, and a layer of its own for what it installs.

A job's requirements.txt, and every `pip install` of its script, must not change the image, which others use. So the programs
run in a virtual environment inside their own folder, which holds nothing at first but a line that adds the image's packages.
pip there counts those as installed, leaves them as they are, and puts what is missing, or wanted in another version, into
the layer.
"""

import os
import pathlib
import site
import subprocess
import sys
import threading
import venv


# Output is seen at once, but by lines: Amazon's toolkit makes a line of everything that it reads, and unbuffered
# (PYTHONUNBUFFERED) Python writes print("loss:", 0.1) in four pieces.
WHOLE_LINES = "import sys; hasattr(sys.stdout, 'reconfigure') and sys.stdout.reconfigure(line_buffering=True)"


def enter(script, *arguments):
    """Makes the layer of this root and goes on as `script` in it. Does not return."""
    python = str(make())
    os.execv(python, [python, script, *arguments])


def enter_command(command):
    """The same for any command. Does not return."""
    make()
    try:
        os.execvp(command[0], command)
    except OSError as problem:
        sys.exit(f"The entry point {command[0]} cannot be run: {problem.strerror}")


def make():
    """Makes the layer, points the environment at it and answers its Python."""
    layer = pathlib.Path(base_folder()) / ".linnet-python"
    venv.EnvBuilder(symlinks=True, with_pip=False).create(layer)
    release = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    # After the layer's own folder, so that what is installed there wins.
    (layer / "lib" / release / "site-packages/_image.pth").write_text("\n".join([*site.getsitepackages(), WHOLE_LINES]) + "\n")
    python = layer / "bin/python"
    for name in ("pip", "pip3"):
        command = layer / "bin" / name
        command.write_text(f'#!/bin/sh\nexec "{python}" -m pip "$@"\n')
        command.chmod(0o755)
    os.environ["VIRTUAL_ENV"] = str(layer)
    os.environ["PATH"] = os.pathsep.join([str(layer / "bin"), os.environ.get("PATH", "")])
    os.environ.setdefault("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    os.environ.setdefault("PIP_ROOT_USER_ACTION", "ignore")
    return python


def base_folder():
    return os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")


def install_requirements(folder):
    """Installs requirements.txt of a folder, if there is one, into the layer. Ends the program when that fails."""
    if not os.path.exists(os.path.join(folder, "requirements.txt")):
        return
    done = subprocess.run([sys.executable, "-m", "pip", "install", "-r", "requirements.txt"], cwd=folder, check=False)
    if done.returncode != 0:
        sys.exit("requirements.txt could not be installed: pip says why above")


def end_with_parent(end):
    """Calls `end` once the program that started this one is gone: it keeps our standard input open until then."""
    if os.environ.get("LINNET_STOP_WITH_PARENT") != "1":
        return
    # Scripts that read their standard input find it empty.
    held = os.dup(0)
    os.set_inheritable(held, False)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)

    def wait():
        while os.read(held, 4096):
            pass
        end()

    threading.Thread(target=wait, daemon=True).start()
