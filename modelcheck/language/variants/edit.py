"""One edit at a time: the items before it, the items after it, and what is wrong with it."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from modelcheck.ground.diagnostics import DiagnosticBag, Note
from modelcheck.ground.source import Span
from modelcheck.ground.suggest import missing, name_in
from modelcheck.language.syntax import ast
from modelcheck.language.variants import anchors, text
from modelcheck.language.variants.bodies import BodyItem, labels_in
from modelcheck.language.variants.conflicts import Side, Touch, Touches
from modelcheck.language.variants.items import body_item, body_names, kind_of, name_of

Items = tuple[ast.Item, ...]

#: Kinds with a name space of their own; everything else shares one.
_OWN_NAME_SPACE = ("property", "scenario", "init block")
#: What is said of a name in front of ``::`` that has no body.
_NO_BODY = "there is no process, inline, callback or init block `{}`"


class Editor:
    """Applies edits to the items of one spec, in order."""

    def __init__(self, items: Items, touches: Touches, bag: DiagnosticBag) -> None:
        self.items = items
        self._touches = touches
        self._bag = bag
        self._removed: dict[tuple[str, str], tuple[Span, str]] = {}
        self._shrunk: dict[
            tuple[str, str], ast.Stmt
        ] = {}  # labels that an edit left on the first of several statements

    @property
    def shrunk(self) -> frozenset[tuple[str, str]]:
        """The (owner, label) pairs of which an edit has left the label on the first of several statements."""
        return frozenset(self._shrunk)

    def apply(self, edit: ast.Edit, origin: str) -> None:
        """Apply one edit of the declaration ``origin``. Errors go to the bag and leave the items alone."""
        match edit:
            case ast.InsertEdit():
                self._insert(edit, origin)
            case ast.ReplaceEdit(anchor=anchor, body=body):
                self._replace(anchor, body.statements, edit.span, origin)
            case ast.DeleteEdit(anchor=anchor):
                self._replace(anchor, (), edit.span, origin)
            case ast.ReplaceTextEdit():
                self._replace_text(edit, origin)
            case ast.OverrideEdit():
                self._override(edit, origin)
            case ast.AddEdit():
                self._add(edit, origin)
            case ast.SetEdit():
                self._set(edit, origin)
            case ast.SetParam():
                self._set_param(edit, origin)
            case _:
                assert_never(edit)

    # ------------------------------------------------------------------------------ at labels

    def _insert(self, edit: ast.InsertEdit, origin: str) -> None:
        found = self._locate(edit.anchor, origin)
        if found is None:
            return
        index, item, first, last = found
        before = edit.where is ast.Where.BEFORE
        label = first if before or last is None else last
        if not before:
            self._warn_of_the_first_of_several(item, label, "lands after", edit.anchor.span)
        if not self._touch(item, label, Side.BEFORE if before else Side.AFTER, origin, edit.span):
            return
        if (not before or label == anchors.END) and label != anchors.START and anchors.follows_a_jump(item.body, label):
            self._bag.warning(
                "MC316",
                f"the code lands after a jump at `{item.name}::{label}`; control gets there only through a label",
                edit.anchor.span,
            )
        insert = anchors.insert_before if before else anchors.insert_after
        self._put(index, replace(item, body=insert(item.body, label, edit.body.statements)))

    def _replace(self, anchor: ast.Anchor, new: tuple[ast.Stmt, ...], span: Span, origin: str) -> None:
        found = self._locate(anchor, origin)
        if found is None:
            return
        index, item, first, last = found
        if last is None and first in (anchors.START, anchors.END):
            self._bag.error(
                "MC306",
                f"`{first}` is a place between statements, there is nothing there to replace or delete",
                anchor.span,
            )
            return
        covered = anchors.covered_labels(item.body, first, last)
        points = dict.fromkeys((first, *((last,) if last else ()), *covered))
        for point in points:
            if not self._touch(item, point, Side.AT, origin, span):
                return
        if last is None:
            self._warn_of_the_first_of_several(item, first, "takes away", anchor.span)
        body = anchors.replace_range(item.body, first, last, new)
        self._note_removed(item, body, span, origin)
        self._note_the_first_of_several(item, first, last, body, new)
        self._put(index, replace(item, body=body))

    def _locate(self, anchor: ast.Anchor, origin: str) -> tuple[int, BodyItem, str, str | None] | None:
        owner, label = anchor.owner, anchor.label
        if "/" in label:
            # `reclaim::remove_mapping/frz` names the inline's own label: an inline is shared by its callers.
            *_, owner, label = label.split("/")
        index = body_item(self.items, owner)
        if index is None:
            self._bag.add(missing("MC303", _NO_BODY.format(owner), owner, body_names(self.items), anchor.span))
            return None
        item = self.items[index]
        assert isinstance(item, BodyItem)
        problem = anchors.check(item.body, label, anchor.last_label)
        if problem is not None:
            self._report(problem, item, anchor, origin)
            return None
        return index, item, label, anchor.last_label

    def _report(self, problem: anchors.AnchorProblem, item: BodyItem, anchor: ast.Anchor, origin: str) -> None:
        labels = list(labels_in(item.body.statements))
        head = name_in(item.span, item.name)
        notes: list[Note] = []
        match problem.kind:
            case "missing":
                code = "MC304"
                message = f"`{item.name}` has no label `{problem.label}`"
                removed = self._removed.get((item.name, problem.label))
                if removed is not None:
                    span, other = removed
                    notes.append(Note("this edit took the label away", span))
                    if not self._touches.related(origin, other):
                        code = "MC307"
                        message = f"`{origin}` edits `{item.name}::{problem.label}`, which `{other}` takes away"
                listed = ", ".join(dict.fromkeys(labels)) or "none"
                notes.append(Note(f"labels of `{item.name}`: {listed}", head))
                if code == "MC304":
                    behind = name_in(anchor.span, item.name)
                    self._bag.add(missing(code, message, problem.label, labels, anchor.span, notes, behind))
                    return
            case "repeated":
                code = "MC305"
                message = (
                    f"`{item.name}` has the label `{problem.label}` more than once; an edit needs exactly one place"
                )
                notes.append(Note(f"`{item.name}` is declared here", head))
            case "order":
                code = "MC306"
                message = f"`{anchor.label}` comes after `{anchor.last_label}`; a range goes downwards"
            case _:
                code = "MC306"
                message = (
                    f"`{anchor.label}` and `{anchor.last_label}` do not stand in the same block; "
                    "a range covers whole statements of one block"
                )
        self._bag.error(code, message, anchor.span, notes)

    # ------------------------------------------------------------------------------- by text

    def _replace_text(self, edit: ast.ReplaceTextEdit, origin: str) -> None:
        old = edit.old.statements
        if edit.owner is not None and body_item(self.items, edit.owner) is None:
            self._bag.add(missing("MC303", _NO_BODY.format(edit.owner), edit.owner, body_names(self.items), edit.span))
            return
        if not old:
            self._bag.error("MC312", "there is no text to look for between the braces", edit.old.span)
            return
        places = [
            (index, found)
            for index, item in enumerate(self.items)
            if isinstance(item, BodyItem) and edit.owner in (None, item.name)
            for found in text.occurrences(item.body, old)
        ]
        where = f"in `{edit.owner}`" if edit.owner is not None else "in the spec"
        if not places:
            self._bag.error("MC312", f"this text does not occur {where}", edit.old.span)
            return
        if len(places) > 1:
            notes = [Note(f"in `{name_of(self.items[index])}`", found[0].span) for index, found in places]
            hint = "" if edit.owner is not None else "; `replace in <name> { … }` narrows it down"
            self._bag.error(
                "MC313", f"this text occurs {len(places)} times {where}, it must occur once{hint}", edit.old.span, notes
            )
            return
        index, found = places[0]
        item = self.items[index]
        assert isinstance(item, BodyItem)
        for point in dict.fromkeys(labels_in(found)):
            if not self._touch(item, point, Side.AT, origin, edit.span):
                return
        body = text.replace_text(item.body, old, edit.new.statements)
        self._note_removed(item, body, edit.span, origin)
        self._put(index, replace(item, body=body))

    # -------------------------------------------------------------------------------- items

    def _override(self, edit: ast.OverrideEdit, origin: str) -> None:
        kind = kind_of(edit.item)
        if kind is None:
            self._bag.error("MC311", "a variant cannot override this kind of item", edit.span)
            return
        name = name_of(edit.item)
        same_kind = [item for item in self.items if kind_of(item) == kind]
        index = next((i for i, item in enumerate(self.items) if kind_of(item) == kind and name_of(item) == name), None)
        if index is None:
            other = next((item for item in self.items if name_of(item) == name and kind_of(item) is not None), None)
            notes = [Note(f"`{name}` is {_a(kind_of(other) or '')}", other.span)] if other is not None else []
            message = f"there is no {kind} `{name}` to override"
            self._bag.add(missing("MC308", message, name, map(name_of, same_kind), edit.item.span, notes))
            return
        if self._touches.record(Touch(_key(self.items[index]), None, Side.AT, origin, edit.span)):
            old = self.items[index]
            if isinstance(old, BodyItem) and isinstance(edit.item, BodyItem):
                self._note_removed(old, edit.item.body, edit.span, origin)
            self._put(index, edit.item)

    def _add(self, edit: ast.AddEdit, origin: str) -> None:
        kind = kind_of(edit.item)
        if kind is None:
            self._bag.error("MC311", "a variant cannot add this kind of item", edit.span)
            return
        key = _key(edit.item)
        present = next((item for item in self.items if kind_of(item) is not None and _key(item) == key), None)
        if not self._touches.record(Touch(key, None, Side.AT, origin, edit.span)):
            return
        if present is not None:
            self._bag.error(
                "MC309",
                f"there is already {_a(kind_of(present) or '')} `{name_of(edit.item)}`; write `override` to change it",
                edit.item.span,
                [Note("declared here", present.span)],
            )
            return
        self.items = (*self.items, edit.item)

    def _set(self, edit: ast.SetEdit, origin: str) -> None:
        name, *rest = edit.target
        written = ".".join(edit.target)
        for index, item in enumerate(self.items):
            if name_of(item) != name:
                continue
            if isinstance(item, ast.SharedDecl | ast.UnknownDecl) and not rest:
                if self._touches.record(Touch(_key(item), None, Side.AT, origin, edit.span)):
                    self._put(index, replace(item, value=edit.value))
                return
            if isinstance(item, ast.ObjectDecl | ast.StructDecl) and len(rest) == 1:
                if not any(field.name == rest[0] for field in item.fields):
                    known = [field.name for field in item.fields]
                    message, behind = f"`{name}` has no field `{rest[0]}`", name_in(edit.span, name)
                    self._bag.add(missing("MC310", message, rest[0], known, edit.span, behind=behind))
                elif self._touches.record(Touch(_key(item), rest[0], Side.AT, origin, edit.span)):
                    changed = tuple(
                        replace(field, value=edit.value) if field.name == rest[0] else field for field in item.fields
                    )
                    self._put(index, replace(item, fields=changed))
                return
            if isinstance(item, ast.ParamDecl):
                self._bag.error("MC310", f"`{name}` is a param: write `param {name} = …;`", edit.span)
                return
        candidates = [
            *(name_of(item) for item in self.items if isinstance(item, ast.SharedDecl | ast.UnknownDecl)),
            *(
                f"{item.name}.{field.name}"
                for item in self.items
                if isinstance(item, ast.ObjectDecl | ast.StructDecl)
                for field in item.fields
            ),
        ]
        message = f"there is no shared variable, field or unknown `{written}` to set"
        self._bag.add(missing("MC310", message, written, candidates, edit.span))

    def _set_param(self, edit: ast.SetParam, origin: str) -> None:
        for index, item in enumerate(self.items):
            if name_of(item) != edit.name:
                continue
            if isinstance(item, ast.ParamDecl):
                if self._touches.record(Touch(_key(item), None, Side.AT, origin, edit.span)):
                    self._put(index, replace(item, value=edit.value))
                return
            if isinstance(item, ast.UnknownDecl | ast.SharedDecl):
                message = f"`{edit.name}` is {_a(kind_of(item) or '')}: write `set {edit.name} = …;`"
                self._bag.error("MC310", message, edit.span)
                return
        params = [item.name for item in self.items if isinstance(item, ast.ParamDecl)]
        self._bag.add(missing("MC310", f"there is no param `{edit.name}`", edit.name, params, edit.span))

    def _note_the_first_of_several(
        self, item: BodyItem, first: str, last: str | None, body: ast.Block, new: tuple[ast.Stmt, ...]
    ) -> None:
        """Remember the labels of what was replaced by several statements: they stand at the first of them only."""
        for label in anchors.own_labels(item.body, first):
            if len(new) > 1 and label not in labels_in(new[1:]):
                self._shrunk[item.name, label] = new[-1]
            else:
                self._shrunk.pop((item.name, label), None)

    def _warn_of_the_first_of_several(self, item: BodyItem, label: str, does: str, span: Span) -> None:
        last = self._shrunk.get((item.name, label))
        if last is None or last not in anchors.siblings(item.body, label):
            return
        notes = [
            Note("the others of these statements stay, down to this one", last.span),
            Note(f"give the last one a label, where they are written, and name both: `{item.name}::{label}..LAST`"),
        ]
        message = f"an edit before has put several statements at `{label}`; this edit {does} the first of them only"
        self._bag.warning("MC318", message, span, notes)

    # ------------------------------------------------------------------------------- common

    def _touch(self, item: BodyItem, point: str, side: Side, origin: str, span: Span) -> bool:
        return self._touches.record(Touch(_key(item), point, side, origin, span))

    def _put(self, index: int, item: ast.Item) -> None:
        self.items = (*self.items[:index], item, *self.items[index + 1 :])

    def _note_removed(self, item: BodyItem, body: ast.Block, span: Span, origin: str) -> None:
        left = set(labels_in(body.statements))
        for label in labels_in(item.body.statements):
            if label not in left:
                self._removed[item.name, label] = (span, origin)


def _key(item: ast.Item) -> str:
    kind = kind_of(item)
    return f"{kind} {name_of(item)}" if kind in _OWN_NAME_SPACE else name_of(item)


def _a(kind: str) -> str:
    return f"an {kind}" if kind[:1] in "aeiou" else f"a {kind}"
