"""Gmail's discovery document, as the client library carries it: which answers have which form."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import googleapiclient
from jsonschema import Draft202012Validator

_DOCUMENT = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents" / "gmail.v1.json"
_FORMATS = {  # 64-bit numbers and bytes travel as text
    "uint64": r"^(0|[1-9]\d{0,19})$",
    "int64": r"^-?(0|[1-9]\d{0,18})$",
    "byte": r"^[A-Za-z0-9_-]*={0,2}$",
}
_KEPT = frozenset({"type", "items", "properties", "enum"})


class Discovery:
    """The forms of answers, by method id (`gmail.users.messages.get`)."""

    def __init__(self) -> None:
        document = json.loads(_DOCUMENT.read_text(encoding="utf-8"))
        self._forms = {name: _strict(form) for name, form in document["schemas"].items()}
        self._answers = {
            method["id"]: method.get("response", {}).get("$ref") for method in _methods(document)
        }

    def faults(self, method_id: str, answer: object) -> list[str]:
        """What is wrong with an answer; a method that promises nothing answers nothing."""
        name = self._answers[method_id]
        if name is None:
            return [] if answer == "" else [f"{answer!r} where nothing is promised"]
        validator = Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": self._forms})
        return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(answer)]


def _methods(resource: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from resource.get("methods", {}).values()
    for inner in resource.get("resources", {}).values():
        yield from _methods(inner)


def _strict(form: Mapping[str, Any]) -> dict[str, Any]:
    """The same as JSON Schema in which a name that is not in the document is a mistake."""
    if "$ref" in form:
        return {"$ref": f"#/$defs/{form['$ref']}"}
    made = {key: value for key, value in form.items() if key in _KEPT}
    if "items" in made:
        made["items"] = _strict(made["items"])
    if "properties" in made:
        made["properties"] = {name: _strict(each) for name, each in made["properties"].items()}
        made["additionalProperties"] = False
    if form.get("format") in _FORMATS:
        made["pattern"] = _FORMATS[form["format"]]
    return made
