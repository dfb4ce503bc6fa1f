"""The part of SARIF 2.1.0 that we write, as a schema: closed objects, the enumerations and the
required fields of the standard (OASIS, sections 3.13 to 3.58)."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
POSITIVE: Schema = {"type": "integer", "minimum": 1}


def closed(required: str = "", /, **properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


def several(items: Schema, least: int = 0) -> Schema:
    return {"type": "array", "items": items, "minItems": least}


def named(items: Schema) -> Schema:
    return {"type": "object", "additionalProperties": items}


BAG: Schema = {"type": "object", "properties": {"tags": several(TEXT) | {"uniqueItems": True}}}
LEVEL: Schema = {"enum": ["none", "note", "warning", "error"]}
MESSAGE = closed("text", text=TEXT, markdown=TEXT)
REGION = closed("startLine", startLine=POSITIVE, startColumn=POSITIVE, endLine=POSITIVE, endColumn=POSITIVE)
ARTIFACT = closed(uri={"type": "string", "format": "uri-reference", "pattern": r"^[^\s\\]+$"})
PHYSICAL = closed("artifactLocation", artifactLocation=ARTIFACT, region=REGION)
LOCATION = closed(physicalLocation=PHYSICAL, message=MESSAGE)
THREAD_FLOW_LOCATION = closed(
    location=LOCATION,
    executionOrder={"type": "integer", "minimum": -1},
    nestingLevel={"type": "integer", "minimum": 0},
    importance={"enum": ["important", "essential", "unimportant"]},
    state=named(MESSAGE),
)
THREAD_FLOW = closed("locations", id=TEXT, locations=several(THREAD_FLOW_LOCATION, 1))
RESULT = closed(
    "message",
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    level=LEVEL,
    message=MESSAGE,
    locations=several(LOCATION),
    partialFingerprints=named(TEXT),
    properties=BAG,
    codeFlows=several(closed("threadFlows", threadFlows=several(THREAD_FLOW, 1))),
    suppressions=several(
        closed("kind", kind={"enum": ["inSource", "external"]}, justification=TEXT) | {"uniqueItems": True}
    ),
)
RULE = closed(
    "id",
    id=TEXT,
    name=TEXT,
    shortDescription=MESSAGE,
    help=MESSAGE,
    defaultConfiguration=closed(level=LEVEL),
    properties=BAG,
)
DRIVER = closed(
    "name",
    name=TEXT,
    version=TEXT,
    semanticVersion={"type": "string", "pattern": r"^\d+\.\d+\.\d+"},
    rules=several(RULE) | {"uniqueItems": True},
)
RUN = closed(
    "tool",
    tool=closed("driver", driver=DRIVER),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    invocations=several(closed("executionSuccessful", executionSuccessful={"type": "boolean"})),
    results=several(RESULT),
)
LOG: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **closed(
        "version runs",
        **{"$schema": {"type": "string", "format": "uri"}, "version": {"const": "2.1.0"}, "runs": several(RUN)},
    ),
}
