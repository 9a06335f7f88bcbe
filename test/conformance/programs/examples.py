"""The programs in Python of examples/: the one for boto3 as it stands, and each cell of the notebook in turn."""

import json
import runpy
from pathlib import Path

examples = Path(__file__).parents[3] / "examples"
runpy.run_path(str(examples / "boto3/train.py"), run_name="__main__")

notebook = json.loads((examples / "notebook/breast-cancer.ipynb").read_text())
assert notebook["nbformat"] == 4, notebook["nbformat"]
cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
assert len(cells) >= 8, len(cells)
variables: dict = {"__name__": "__main__"}
for number, cell in enumerate(cells, 1):
    assert not cell["outputs"] and cell["execution_count"] is None, f"cell {number} was saved with its output"
    exec(compile("".join(cell["source"]), f"cell {number}", "exec"), variables)
