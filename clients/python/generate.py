#!/usr/bin/env python3
"""Writes src/mynacard/_generated.py from docs/schema/openrpc.json: methods, results, errors.

    generate.py [--check]

With --check nothing is written; the exit status is 1 where the file is not up to date.
"""

import json
import keyword
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
DESCRIPTION = HERE.parent.parent / "docs" / "schema" / "openrpc.json"
TARGET = HERE / "src" / "mynacard" / "_generated.py"

SCALARS = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "null": "None",
    "array": "List[Any]",
    "object": "Dict[str, Any]",
}


def camel(text):
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", text))


def snake(text):
    return re.sub(r"(?<!^)([A-Z])", r"_\1", text).lower()


class Types:
    """Names for the objects of a schema, in the order in which they are needed."""

    def __init__(self):
        self.lines = []

    def of(self, schema, name):
        if schema is True or not isinstance(schema, dict):
            return "Any"
        if "const" in schema:
            return f"Literal[{schema['const']!r}]"
        if "enum" in schema:
            return "Literal[" + ", ".join(repr(value) for value in schema["enum"]) + "]"
        for word in ("anyOf", "oneOf"):
            if word in schema:
                kinds = [
                    self.of(one, f"{name}{index or ''}") for index, one in enumerate(schema[word])
                ]
                return union(kinds)
        kinds = schema.get("type")
        if kinds is None:
            return "Any"
        kinds = kinds if isinstance(kinds, list) else [kinds]
        return union([self.kind(kind, schema, name) for kind in kinds])

    def kind(self, kind, schema, name):
        if kind == "array" and isinstance(schema.get("items"), dict):
            return f"List[{self.of(schema['items'], name + 'Item')}]"
        if kind != "object" or not schema.get("properties"):
            return SCALARS[kind]
        members = {
            member: self.of(inner, name + camel(member))
            for member, inner in schema["properties"].items()
        }
        rows = "".join(f"        {member!r}: {kind!r},\n" for member, kind in members.items())
        about = schema.get("description", "").replace("\n", " ")
        self.lines.append(
            (f"# {about}\n" if about else "")
            + f"{name} = TypedDict(\n    {name!r},\n    {{\n{rows}    }},\n    total=False,\n)\n"
        )
        return name


def union(kinds):
    kinds = list(dict.fromkeys(kinds))
    return kinds[0] if len(kinds) == 1 else "Union[" + ", ".join(kinds) + "]"


def method(entry, types, awaited):
    name = entry["name"].replace("/", "_")
    result = types.of(entry["result"]["schema"], camel(entry["name"]) + "Result")
    arguments, passed, asks = [], [], False
    for param in sorted(entry["params"], key=lambda param: not param["required"]):
        kind = types.of(param["schema"], camel(entry["name"]) + camel(param["name"]))
        argument = snake(param["name"])
        argument += "_" if keyword.iskeyword(argument) else ""
        asks = asks or param["name"] == "card"
        if param["required"]:
            arguments.append(f"{argument}: {kind}")
        else:
            kind = kind if "None" in kind else f"Optional[{kind}]"
            arguments.append(f"{argument}: {kind} = None")
        passed.append(f"{param['name']!r}: {argument}")
    if asks:
        arguments.append("on_secret: Optional[SecretHandler] = None")
    head = "async def" if awaited else "def"
    call = "await self.call" if awaited else "self.call"
    text = f"    {head} {name}(self"
    text += "".join([", *"] + [f", {one}" for one in arguments]) if arguments else ""
    text += f") -> {result}:\n"
    about = entry["description"].strip().replace("\n", "\n        ")
    text += f'        """{about}"""\n'
    text += f"        params = {{{', '.join(passed)}}}\n"
    handler = ", on_secret" if asks else ""
    text += f"        return {call}({entry['name']!r}, params{handler})\n"
    return text


def generated():
    description = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    methods = [entry for entry in description["methods"] if entry["name"] != "initialize"]
    types = Types()
    sync = [method(entry, types, False) for entry in methods]
    # The same types again; they are named the same, so only once written.
    awaited = [method(entry, Types(), True) for entry in methods]
    codes = description["x-error-codes"]
    # Codes of the protocol itself have no exit status.
    protocol = {code: None for code in ("method.unknown", "request.invalid", "request.repeated")}
    errors = {camel(code): code for code in sorted({**codes, **protocol})}
    text = '''"""Written by generate.py from docs/schema/openrpc.json; not by hand."""

from __future__ import annotations

from typing import Any, Dict, List, Literal, Optional, TypedDict, Union

from ._core import MynacardError, SecretHandler

'''
    text += f"API = {int(description['info']['version'])}\n\n"
    text += "\n".join(types.lines)
    text += "\n\nclass Methods:\n    def call(self, method, params=None, on_secret=None):\n"
    text += "        raise NotImplementedError\n\n" + "\n".join(sync)
    text += "\n\nclass AsyncMethods:\n    async def call(self, method, params=None, on_secret=None):\n"
    text += "        raise NotImplementedError\n\n" + "\n".join(awaited)
    for name, code in errors.items():
        exit_status = codes.get(code)
        text += f'\n\nclass {name}(MynacardError):\n    """`{code}`, exit status {exit_status}."""\n'
    text += "\n\nERRORS = {\n"
    text += "".join(f"    {code!r}: {name},\n" for name, code in errors.items())
    return text + "}\n"


def main():
    text = generated()
    if "--check" not in sys.argv:
        TARGET.write_text(text, encoding="utf-8")
    elif TARGET.read_text(encoding="utf-8") != text:
        sys.exit(f"{TARGET.name} is not up to date: clients/python/generate.py")


if __name__ == "__main__":
    main()
