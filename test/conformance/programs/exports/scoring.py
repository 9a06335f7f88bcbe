"""What `linnet export` writes, scored by other engines on raw rows, against `linnet predict`, to 1e-6: PMML by the JPMML evaluator
(where there is Java), SQL by SQLite, JSON by the few lines below."""
# linnet image add xgboost

import csv
import json
import math
import random
import shutil
import sqlite3
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd

linnet = ["node", str(Path(__file__).parents[4] / "bin/linnet.mjs")]
table = Path("rows.csv")


def write_rows():
    random.seed(7)
    with table.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["age", "income", "colour", "size", "joined", "code", "agrees", "pain", "vip", "spent"])
        for _ in range(300):
            age = "" if random.random() < 0.1 else round(random.uniform(20, 80), 1)
            income = round(math.exp(random.uniform(6, 8)), 2)
            colour = random.choice(["red", "green", "it's <b>", "?"])
            size = random.choice(["small", "medium", "large"])
            joined = f"20{random.randint(10, 24)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"
            joined = random.choice([joined, f"{joined} 10:30:00", ""])
            code = random.randint(0, 2)
            agrees, pain = random.choice(["Yes", "no", "TRUE", "FALSE", "yes"]), random.choice(["none", "mild", ""])
            score = (float(age or 40) - 50) / 20 + math.log(income) - 7 + (colour == "red") + (size == "large")
            score += (agrees.lower() in ("yes", "true")) + (pain == "mild") - 2 * (pain == "none")
            vip = "yes" if score + random.gauss(0, 1) > 0.5 else "no"
            spent = round(10 * score + random.gauss(0, 2), 2)
            writer.writerow([age, income, colour, size, joined, code, agrees, pain, vip, spent])


def run(*args):
    done = subprocess.run([*linnet, *args], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def by_json(model, rows):
    """Scores of every row, as docs/export.md says."""
    markers = {"", "?", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "missing", "unknown", "-", "--", ".", "#null!", "<na>"}

    def cells(row):
        values = {}
        for cell in model["cells"]:
            text, name = row[cell["column"]].strip(), cell["name"]
            missing = text.lower() in markers
            if cell["kind"] == "number":
                values[name] = math.nan if missing else float(text)
            elif cell["kind"] == "place":
                places = dict(cell["spellings"])
                values[name] = (
                    cell["levels"].index(text) if text in cell["levels"]
                    else places.get(text.lower(), -1 if missing else -2)
                )
            else:
                date = pd.Timestamp(text)
                clock = (date.hour + date.minute / 60 + date.second / 3600) / 24
                values |= {f"{name}_year": date.year, f"{name}_month": date.month, f"{name}_day": date.day,
                           f"{name}_hour": date.hour, f"{name}_time": clock}
        return values

    def value(formula, of):
        if isinstance(formula, str):
            return of[formula]
        if not isinstance(formula, list):
            return formula
        operator, *operands = formula
        if operator == "if":
            return value(operands[1 if value(operands[0], of) else 2], of)
        a, *b = [value(operand, of) for operand in operands] or [math.nan]
        return {"isMissing": lambda: math.isnan(a), "missing": lambda: math.nan, "floor": lambda: math.floor(a),
                "ln": lambda: math.log(a), "+": lambda: a + b[0], "-": lambda: a - b[0], "*": lambda: a * b[0],
                "/": lambda: a / b[0], "<": lambda: a < b[0], "=": lambda: a == b[0]}[operator]()

    def leaf(node, features):
        while "feature" in node:
            x = features[node["feature"]]
            node = node["left" if (node["missingGoesLeft"] if math.isnan(x) else x < node["below"]) else "right"]
        return node["value"]

    def sums_of(features):
        given = model["sums"]
        sums = np.array(given["bias"], float)
        if given["kind"] == "trees":
            for tree in given["trees"]:
                sums[tree["sum"]] += leaf(tree["root"], features)
            return sums
        sums += features @ np.array(given["weights"])
        products = given.get("products")
        if products:
            z = (features - np.array(products["centre"])) * np.array(products["factor"])
            for term in products["terms"]:
                sums += np.prod(z[term["of"]]) * np.array(term["weights"])
        return sums

    for row in rows:
        of = cells(row)
        features = np.array([value(feature["formula"], of) for feature in model["features"]], float)
        sums = sums_of(features)
        if model["link"] == "logistic":
            yield 1 / (1 + np.exp(-sums))
        elif model["link"] == "softmax":
            powers = np.exp(sums - sums.max())
            yield powers / powers.sum()
        else:
            yield sums


def by_sql(text, rows):
    database = sqlite3.connect(":memory:")
    names = ", ".join(rows[0])
    database.execute(f'CREATE TABLE "rows" ({names})')
    database.executemany(f'INSERT INTO "rows" VALUES ({", ".join("?" * len(rows[0]))})', [list(row.values()) for row in rows])
    found = database.execute(text)
    return pd.DataFrame(found.fetchall(), columns=[column[0] for column in found.description])


def by_pmml(file, rows):
    from jpmml_evaluator import make_evaluator

    return make_evaluator(file, backend="jpype").verify().evaluateAll(pd.DataFrame(rows).replace("", None))


def close(found, wanted, what):
    np.testing.assert_allclose(np.asarray(found, float), np.asarray(wanted, float), rtol=1e-6, atol=1e-6, err_msg=what)


write_rows()
rows = list(csv.DictReader(table.open()))
has_java = shutil.which("java") is not None
engines = ["sql", "pmml"] if has_java else ["sql"]
count = 0
for label, algorithm in [("vip", "linear-learner"), ("size", "xgboost"), ("spent", "linear-learner")]:
    what = f"{label} by {algorithm}"
    run("train", str(table), "--label", label, "--algorithm", algorithm, "-o", "model.tar.gz")
    wanted = [json.loads(line) for line in run("predict", "model.tar.gz", str(table), "--json").splitlines()]
    probabilities = [row.get("probabilities", [row.get("probability")]) for row in wanted]
    for target in ["json", *engines]:
        run("export", "model.tar.gz", "--to", target)
    exported = json.loads(Path("model.json").read_text())
    scores = list(by_json(exported, rows))
    close(scores, [[row["prediction"]] for row in wanted] if label == "spent" else probabilities, f"{what}: JSON")
    for engine in engines:
        found = by_sql(Path("model.sql").read_text(), rows) if engine == "sql" else by_pmml("model.pmml", rows)
        if label == "spent":
            column = "predicted spent" if engine == "sql" else "spent"
            close(found[column], [row["prediction"] for row in wanted], f"{what}: {engine}")
        else:
            assert list(found[f"predicted {label}"]) == [row["prediction"] for row in wanted], f"{what}: {engine}"
            classes = exported["classes"][-len(probabilities[0]):]
            close(found[[f"probability of {name}" for name in classes]], probabilities, f"{what}: {engine}")
        count += 1
    count += 1
print(f"{count} exports scored to 1e-6{'' if has_java else '; PMML was not: there is no Java'}")
