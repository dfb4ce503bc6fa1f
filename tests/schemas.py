"""Validators for the schemas of docs/schemas that take nothing which a schema does not tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
from referencing import Registry, Resource

SCHEMAS = Path(__file__).parents[1] / "docs" / "schemas"


def schema(name: str) -> Any:
    return json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))


def closed(part: Any) -> Any:
    """The same schema, with no fields allowed but those it names."""
    if isinstance(part, list):
        return [closed(one) for one in part]
    if not isinstance(part, dict):
        return part
    found = {key: closed(value) for key, value in part.items()}
    if "properties" in found and "oneOf" not in found and found.get("additionalProperties") is None:
        found["additionalProperties"] = False
    return found


def validator(name: str) -> jsonschema.Draft202012Validator:
    """A validator that takes nothing that the schema does not tell."""
    registry: Any = Registry()
    for path in SCHEMAS.glob("*.json"):
        document = closed(schema(path.stem))
        registry = registry.with_resource(document["$id"], Resource.from_contents(document))
    document = closed(schema(name))
    if name == "result":
        # Its fields are spread over two places.
        own = document["properties"]
        for form in (document["$defs"]["result"], document["oneOf"][1]):
            form["properties"] = {**own, **form["properties"]}
    return jsonschema.Draft202012Validator(document, registry=registry)


def fits(name: str, document: Any) -> None:
    errors = [f"{error.json_path}: {error.message[:200]}" for error in validator(name).iter_errors(document)]
    assert not errors, errors
