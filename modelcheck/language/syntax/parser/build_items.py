"""From the grammar's rules to the syntax tree: items, scenarios and variants (see ``build``)."""

from __future__ import annotations

from modelcheck.ground.diagnostics import Note
from modelcheck.language.syntax import ast
from modelcheck.language.syntax.parser.build import (
    Children,
    Many,
    StatementBuilder,
    array_of,
    fail,
    members,
    nodes,
    whole,
    words,
)
from modelcheck.language.syntax.parser.lexer import Lexeme
from modelcheck.language.syntax.strings import string_value


class ItemBuilder(StatementBuilder):
    """The rules under "items" and "properties" in the grammar."""

    def spec(self, c: Children) -> tuple[ast.Item, ...]:
        return _flat(c)

    def stray_semicolon(self, c: Children) -> Many:
        """``};`` is what C wants behind a declaration; it means nothing here."""
        return Many((), c[0].span)

    def import_(self, c: Children) -> ast.Import:
        return ast.Import(string_value(c[1].text), whole(c))

    def model(self, c: Children) -> ast.ModelName:
        return ast.ModelName(c[1].text, whole(c))

    def param(self, c: Children) -> ast.ParamDecl:
        return ast.ParamDecl(c[1].text, c[3], c[5], whole(c))

    def unknown(self, c: Children) -> ast.UnknownDecl:
        return ast.UnknownDecl(c[1].text, c[3], c[5], whole(c))

    def enum(self, c: Children) -> ast.EnumDecl:
        name, *literals = words(c)
        return ast.EnumDecl(name, tuple(literals), whole(c))

    def cpus(self, c: Children) -> ast.EnumDecl:
        return ast.EnumDecl("cpu", words(c), whole(c), cpus=True)

    def bits(self, c: Children) -> ast.BitsDecl:
        return ast.BitsDecl(c[1].text, nodes(c), whole(c))

    def bit(self, c: Children) -> ast.BitDecl:
        return ast.BitDecl(c[0].text, c[2], whole(c))

    def struct(self, c: Children) -> ast.StructDecl:
        return ast.StructDecl(c[1].text, c[2].members, whole(c))

    def object(self, c: Children) -> ast.ObjectDecl:
        fields = c[5].members if isinstance(c[5], Many) else ()
        return ast.ObjectDecl(c[1].text, c[3], c[4] is not None, fields, whole(c))

    def fields(self, c: Children) -> Many:
        return Many(nodes(c), whole(c))

    def field(self, c: Children) -> ast.FieldDecl:
        return ast.FieldDecl(c[0].text, array_of(c[3], c[1]), c[5], whole(c))

    def shared(self, c: Children) -> ast.SharedDecl:
        return ast.SharedDecl(c[1].text, array_of(c[4], c[2]), c[6], whole(c))

    def locks(self, c: Children) -> Many:
        """One declaration per name; the first takes the keyword into its span, the last the semicolon."""
        kind = ast.NamedType(c[0].text, c[0].span)
        declarations = []
        for position, lock in enumerate(nodes(c)):
            name, indexes = lock.members
            span = name.span.to(indexes.span) if indexes else name.span
            if position == 0:
                span = c[0].span.to(span)
            if position == len(nodes(c)) - 1:
                span = span.to(c[-1].span)
            declarations.append(ast.SharedDecl(name.text, array_of(kind, indexes), None, span))
        return Many(tuple(declarations), whole(c))

    queues = locks

    def lock(self, c: Children) -> Many:
        return Many(tuple(c), whole(c))

    def event(self, c: Children) -> ast.EventDecl:
        return ast.EventDecl(c[1].text, members(c[2]), whole(c))

    def parameters(self, c: Children) -> Many:
        return Many(nodes(c), whole(c))

    def parameter(self, c: Children) -> ast.Parameter:
        return ast.Parameter(c[1].text, c[3], c[0] is not None, whole(c))

    def inline(self, c: Children) -> ast.InlineDecl:
        return ast.InlineDecl(c[1].text, c[2].members, c[4], c[5], whole(c))

    def callback(self, c: Children) -> ast.CallbackDecl:
        requires: ast.Expr | None = None
        sleeps = False
        for clause in c[5:-1]:
            word, *rest = clause.members
            if word.text == "sleeps":
                sleeps = True
            elif requires is None:
                requires = rest[0]
            else:
                requires = ast.Binary("&&", requires, rest[0], requires.span.to(rest[0].span))
        return ast.CallbackDecl(c[1].text, c[2].members, c[4], requires, sleeps, c[-1], whole(c))

    def requires(self, c: Children) -> Many:
        return Many(tuple(c), whole(c))

    def sleeps(self, c: Children) -> Many:
        return Many(tuple(c), whole(c))

    def process(self, c: Children) -> ast.ProcessDecl:
        on = ast.On(ast.Level.TASK, c[6].text, None, whole(c[:7]), c[6].span) if c[5] else None
        return ast.ProcessDecl(c[1].text, c[3], c[0].text == "server", c[9], c[11], whole(c), on)

    def handler(self, c: Children) -> ast.ProcessDecl:
        guard = c[5].members[1] if c[5] is not None and len(c[5].members) > 1 else None
        raised = c[5] is not None and guard is None
        on = ast.On(ast.Level(c[0].text), c[3].text, guard, whole(c[:-1]), c[3].span, raised)
        return ast.ProcessDecl(c[1].text, None, True, None, c[6], whole(c), on)

    def begins(self, c: Children) -> Many:
        return Many(tuple(c), whole(c))

    def property(self, c: Children) -> ast.PropertyDecl:
        return ast.PropertyDecl(ast.PropertyKind(c[0].text), c[1].text, c[3], whole(c))

    def count(self, c: Children) -> ast.CountDecl:
        quantity, limit = c[3].members
        counted: ast.EventPattern = c[4]
        per: ast.EventPattern | None = c[6]
        clauses = [clause.members for clause in c[7:-1]]
        until = [clause for clause in clauses if clause[0].text == "until"]
        within = [clause for clause in clauses if clause[0].text == "within"]
        for repeated in (*until[1:], *within[1:]):
            raise fail("MC033", f"`{repeated[0].text} {repeated[1].text}` stands here twice", repeated[0].span)
        if until:
            _check_until(until[0], per)
        span = whole(c)
        return ast.CountDecl(c[1].text, quantity, limit, counted, per, bool(until), bool(within), span)

    def exactly_once(self, c: Children) -> Many:
        return Many((ast.Quantity.EXACTLY_ONCE, 1), whole(c))

    def at_most(self, c: Children) -> Many:
        return Many((ast.Quantity.AT_MOST, 1 if c[2].text == "once" else int(c[2].text, 0)), whole(c))

    def at_least_once(self, c: Children) -> Many:
        return Many((ast.Quantity.AT_LEAST_ONCE, 1), whole(c))

    def never(self, c: Children) -> Many:
        return Many((ast.Quantity.NEVER, 0), whole(c))

    def until_next(self, c: Children) -> Many:
        return Many(tuple(c), whole(c))

    def within_drained(self, c: Children) -> Many:
        return Many(tuple(c), whole(c))

    def order(self, c: Children) -> ast.OrderDecl:
        return ast.OrderDecl(c[1].text, c[3], c[5], whole(c))

    def only_if(self, c: Children) -> ast.OnlyIfDecl:
        return ast.OnlyIfDecl(c[1].text, c[3], c[6], whole(c))

    def pattern(self, c: Children) -> ast.EventPattern:
        return ast.EventPattern(c[0].text, c[1].members, c[3], whole(c))

    def obligation(self, c: Children) -> ast.ObligationDecl:
        return ast.ObligationDecl(c[1].text, nodes(c), whole(c))

    def obligation_target(self, c: Children) -> ast.ObligationTarget:
        return ast.ObligationTarget(c[0].text, tuple(words(subject.members) for subject in nodes(c)), whole(c))

    def obligation_subject(self, c: Children) -> Many:
        return Many(tuple(c), whole(c))


def _flat(children: Children) -> tuple[ast.Item, ...]:
    """Return the items, with the several declarations of one ``mutex a, b;`` side by side."""
    items: list[ast.Item] = []
    for child in children:
        if isinstance(child, Many):
            items.extend(child.members)
        elif child is not None and not isinstance(child, Lexeme):
            items.append(child)
    return tuple(items)


def _check_until(clause: Children, per: ast.EventPattern | None) -> None:
    named = clause[2]
    if per is None:
        raise fail("MC033", "`until next` needs `per`: until the next event of what?", clause[0].span)
    if named is not None and named.text != per.event:
        note = Note("the window that it ends was opened here", per.span)
        message = f"`until next` names `{per.event}`, the event after `per`, not `{named.text}`"
        raise fail("MC033", message, named.span, (note,))


class Builder(ItemBuilder):
    """The rules under "scenarios" and "variants" in the grammar, and so the whole of it."""

    def init(self, c: Children) -> ast.InitDecl:
        return ast.InitDecl(c[1].text, c[2], whole(c))

    def scenario(self, c: Children) -> ast.ScenarioDecl:
        return ast.ScenarioDecl(c[1].text, members(c[3]), _description(c[4]), nodes(c[5:]), whole(c))

    def run_clause(self, c: Children) -> ast.RunClause:
        return ast.RunClause(nodes(c), whole(c))

    def run_entry(self, c: Children) -> ast.RunEntry:
        any_number = isinstance(c[2], Lexeme)
        return ast.RunEntry(c[0].text, None if any_number else c[2], any_number, whole(c))

    def init_clause(self, c: Children) -> ast.InitClause:
        return ast.InitClause(c[1].members, whole(c))

    def set_param(self, c: Children) -> ast.SetParam:
        return ast.SetParam(c[1].text, c[3], whole(c))

    def slow_clause(self, c: Children) -> ast.SlowClause:
        return ast.SlowClause(whole(c))

    def group(self, c: Children) -> ast.GroupDecl:
        return ast.GroupDecl(c[1].text, members(c[3]), whole(c))

    def variant(self, c: Children) -> ast.VariantDecl:
        edits: list[ast.Edit] = []
        expects: list[ast.ExpectDecl | ast.ExpectSafeDecl] = []
        allows: list[ast.AllowDecl] = []
        for member in c[5:]:
            match member:
                case Lexeme():
                    pass
                case ast.ExpectDecl() | ast.ExpectSafeDecl():
                    expects.append(member)
                case ast.AllowDecl():
                    allows.append(member)
                case Many():
                    edits.extend(member.members)
                case _:  # (what else the grammar lets stand here is an edit; lark gives no type to its kinds)
                    edits.append(member)
        parents = members(c[3])
        patch = c[0].text == "patch"
        description = _description(c[4])
        return ast.VariantDecl(
            c[1].text, patch, parents, description, tuple(edits), tuple(expects), whole(c), tuple(allows)
        )

    def insert(self, c: Children) -> ast.InsertEdit:
        return ast.InsertEdit(ast.Where(c[1].text), c[2], c[3], whole(c))

    def replace(self, c: Children) -> ast.ReplaceEdit:
        return ast.ReplaceEdit(c[1], c[2], whole(c))

    def replace_text(self, c: Children) -> ast.ReplaceTextEdit:
        return ast.ReplaceTextEdit(c[2].text if c[2] else None, c[3], c[5], whole(c))

    def delete(self, c: Children) -> ast.DeleteEdit:
        return ast.DeleteEdit(c[1], whole(c))

    def override(self, c: Children) -> Many:
        return self._edits(ast.OverrideEdit, c)

    def add(self, c: Children) -> Many:
        return self._edits(ast.AddEdit, c)

    def _edits(self, edit: type[ast.OverrideEdit] | type[ast.AddEdit], c: Children) -> Many:
        items = _flat(c[1:])
        span = whole(c)
        if not items:
            raise fail("MC028", f"`{c[0].text}` needs a declaration", span)
        for item in items:
            if isinstance(
                item,
                (
                    ast.Import,
                    ast.ModelName,
                    ast.GroupDecl,
                    ast.VariantDecl,
                    ast.ExpectDecl,
                    ast.ExpectSafeDecl,
                    ast.AllowDecl,
                ),
            ):
                raise fail("MC028", f"`{c[0].text}` cannot be followed by `{c[1].span.text.split()[0]}`", c[1].span)
        first = edit(items[0], c[0].span.to(items[0].span))
        return Many((first, *(edit(item, item.span) for item in items[1:])), span)

    def set_initial(self, c: Children) -> ast.SetEdit:
        return ast.SetEdit(words(c), c[-2], whole(c))

    def anchor(self, c: Children) -> ast.Anchor:
        """``owner::inline/label`` is the inline's own label: an inline is shared by all its callers."""
        last = c[-1].text if c[-1] is not None else None
        *path, label = words(c if last is None else c[:-2])
        return ast.Anchor(path[-1], label, last, whole(c), tuple(path[:-1]))

    def expect(self, c: Children) -> ast.ExpectDecl:
        return ast.ExpectDecl(ast.Expected(c[1].text), c[2], members(c[4]), whole(c))

    def exceptions(self, c: Children) -> Many:
        return Many(nodes(c), whole(c))

    def expect_entry(self, c: Children) -> ast.ExpectEntry:
        properties = () if isinstance(c[0], Lexeme) else c[0].members
        return ast.ExpectEntry(properties, members(c[2]), whole(c))

    def expect_safe(self, c: Children) -> ast.ExpectSafeDecl:
        return ast.ExpectSafeDecl(c[2].members, nodes(c[3:-3]), members(c[-2]), whole(c))

    def allow(self, c: Children) -> ast.AllowDecl:
        """``"allow" word name ["::" name] reason ";"``: without an owner the optional part is two times None."""
        names = [lexeme.text for lexeme in c[2:] if isinstance(lexeme, Lexeme) and lexeme.type == "NAME"]
        owner = names[0] if len(names) > 1 else None
        reason = next(x.text for x in c if isinstance(x, Lexeme) and x.type == "STRING")
        return ast.AllowDecl(ast.Allowed(c[1].text), owner, names[-1], string_value(reason), whole(c))

    def safe_tuple(self, c: Children) -> ast.SetLit:
        return ast.SetLit(nodes(c), whole(c))

    def name_list(self, c: Children) -> Many:
        return Many(words(c), whole(c))


def _description(lexeme: Lexeme | None) -> str | None:
    return string_value(lexeme.text) if lexeme is not None else None
