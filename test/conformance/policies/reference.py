"""How IAM decides, written from its documentation and from nothing of Linnet's: slow, plain, and by other means.

Wildcards are regular expressions, conditions a table of lambdas, addresses the standard library's. Not a program by itself.
"""

import base64
import datetime
import ipaddress
import re


def glob(pattern, text, ignore_case=False):
    """`pattern` is a list of texts and of the wildcards `*` and `?` as tuples."""
    regex = "".join(re.escape(part) if isinstance(part, str) else {"*": ".*", "?": "."}[part[0]] for part in pattern)
    return re.fullmatch(regex, text, re.DOTALL | (re.IGNORECASE if ignore_case else 0)) is not None


def wild(text):
    return [(part,) if part in "*?" else part for part in re.split(r"([*?])", text) if part]


def filled(text, context, wildcards):
    """A text with its variables: None when one has no value."""
    made = []
    for part in re.split(r"(\$\{[^{}]*\})", text):
        if not part.startswith("${"):
            made += wild(part) if wildcards else [part]
            continue
        inner = part[2:-1]
        if inner in ("*", "?", "$"):
            made.append(inner)
            continue
        key, _, default = inner.partition(",")
        value = context.get(key.strip().lower())
        if not isinstance(value, str):
            value = default.strip()[1:-1] if default else None
        if value is None:
            return None
        made.append(value)
    return made


def plain(text, context):
    parts = filled(text, context, False)
    return None if parts is None else "".join(parts)


def listed(value):
    return value if isinstance(value, list) else [value]


def moment(text):
    if re.fullmatch(r"\d{9,}", text):
        return float(text)
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).replace(tzinfo=datetime.timezone.utc).timestamp()


def arn_like(value, pattern_parts):
    if pattern_parts is None:
        return False
    # Fields are compared one by one: split the pattern at the colons of its texts.
    fields, current = [], []
    for part in pattern_parts:
        if isinstance(part, tuple):
            current.append(part)
            continue
        pieces = part.split(":")
        for index, piece in enumerate(pieces):
            if index > 0 and len(fields) < 5:
                fields.append(current)
                current = []
            elif index > 0:
                current.append(":")
            if piece:
                current.append(piece)
    fields.append(current)
    values = value.split(":", 5)
    return len(fields) == len(values) == 6 and all(glob(f, v) for f, v in zip(fields, values))


COMPARE = {
    "StringEquals": lambda v, e, c: v == plain(e, c),
    "StringEqualsIgnoreCase": lambda v, e, c: v.lower() == (plain(e, c) or "\0").lower(),
    "StringLike": lambda v, e, c: filled(e, c, True) is not None and glob(filled(e, c, True), v),
    "NumericEquals": lambda v, e, c: float(v) == float(e),
    "NumericLessThan": lambda v, e, c: float(v) < float(e),
    "NumericLessThanEquals": lambda v, e, c: float(v) <= float(e),
    "NumericGreaterThan": lambda v, e, c: float(v) > float(e),
    "NumericGreaterThanEquals": lambda v, e, c: float(v) >= float(e),
    "DateEquals": lambda v, e, c: moment(v) == moment(e),
    "DateLessThan": lambda v, e, c: moment(v) < moment(e),
    "DateGreaterThan": lambda v, e, c: moment(v) > moment(e),
    "Bool": lambda v, e, c: v.lower() == e.lower(),
    "BinaryEquals": lambda v, e, c: base64.b64decode(v) == base64.b64decode(e),
    "IpAddress": lambda v, e, c: ipaddress.ip_address(v) in ipaddress.ip_network(e, strict=False),
    "ArnLike": lambda v, e, c: arn_like(v, filled(e, c, True)),
}
COMPARE["ArnEquals"] = COMPARE["ArnLike"]
NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
    "ArnNotLike": "ArnLike",
    "ArnNotEquals": "ArnEquals",
}


def condition_holds(operator, key, expected, context):
    found = context.get(key.lower())
    values = [] if found is None else listed(found)
    if operator == "Null":
        return all((e.lower() == "true") == (not values) for e in listed(expected))
    quantifier, _, base = operator.rpartition(":")
    if_exists = base.endswith("IfExists")
    base = base.removesuffix("IfExists")
    negated = base in NEGATED
    compare = COMPARE[NEGATED.get(base, base)]

    def fits(value):
        any_fits = any(compare(value, e, context) for e in listed(expected))
        return not any_fits if negated else any_fits

    if quantifier == "ForAllValues":
        return all(fits(v) for v in values)
    if quantifier == "ForAnyValue":
        return any(fits(v) for v in values) if values else if_exists
    if not values:
        return negated or if_exists
    return all(fits(v) for v in values) if negated else any(fits(v) for v in values)


def names(statement, principal):
    """How a statement of a bucket's policy names who asks: None, 'itself', 'role' or 'account'."""
    given = statement["Principal"]
    aws = ["*"] if given == "*" else listed(given["AWS"])
    found = set()
    for one in aws:
        if one == "*" or one == principal["arn"]:
            found.add("itself")
        elif one == principal.get("roleArn"):
            found.add("role")
        elif one in (principal["accountId"], f"arn:aws:iam::{principal['accountId']}:root"):
            found.add("account")
    return next((way for way in ("itself", "role", "account") if way in found), None)


def speaks(statement, question):
    action, resource, context = question["action"], question["resource"], question["context"]
    in_actions = any(glob(wild(a), action, True) for a in listed(statement.get("Action", statement.get("NotAction"))))
    if in_actions == ("NotAction" in statement):
        return None
    patterns = [filled(r, context, True) for r in listed(statement.get("Resource", statement.get("NotResource")))]
    in_resources = any(p is not None and glob(p, resource) for p in patterns)
    if in_resources == ("NotResource" in statement):
        return None
    for operator, keys in statement.get("Condition", {}).items():
        for key, expected in keys.items():
            if not condition_holds(operator, key, expected, context):
                return None
    return names(statement, question["principal"]) if "Principal" in statement else "itself"


def decide(question):
    """`allowed`, `explicitDeny` or `implicitDeny`, by the flow chart of the user guide, for one account."""
    layers = [question["identity"], listed(question["boundary"] or []), question["session"] or [], listed(question["bucket"] or [])]
    for policies in layers:
        for policy in policies:
            for statement in policy["Statement"]:
                if statement["Effect"] == "Deny" and speaks(statement, question):
                    return "explicitDeny"

    def ways(policies):
        return {speaks(s, question) for p in policies for s in p["Statement"] if s["Effect"] == "Allow"} - {None}

    by_bucket = ways(layers[3])
    if "itself" in by_bucket:
        return "allowed"
    if not ways(layers[0]) and "role" not in by_bucket:
        return "implicitDeny"
    if question["boundary"] is not None and not ways(layers[1]):
        return "implicitDeny"
    if question["session"] is not None and not ways(layers[2]):
        return "implicitDeny"
    return "allowed"
