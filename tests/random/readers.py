"""RCU and SRCU: readers in sections, removals that wait for them, or free by a callback, in right and wrong orders."""

from __future__ import annotations

from tests.random.draw import Draw

#: How many models have such readers.
MODELS = 0.1


def readers(lines: list[str], draw: Draw) -> list[str]:
    """Return the lines of a spec, perhaps with an object that is read under RCU and a process that removes it.

    ``draw`` is not the one of the model, whose other choices stay what they are.
    """
    if not draw.chance(MODELS):
        return lines
    srcu = draw.chance(0.3)
    enters, leaves = ("srcu_read_lock(&domain);", "srcu_read_unlock(&domain, 0);") if srcu else _sections(draw)
    loads = "k = srcu_dereference(shelf, &domain);" if srcu else "k = rcu_dereference(shelf);"
    nested = f"{enters} {leaves}" if draw.chance(0.3) else ""
    sleeps = "mutex_lock(&quiet); mutex_unlock(&quiet); " if draw.chance(0.2) else ""
    reads = "if (k) { touch(k); }"
    body = [enters, loads, f"{nested}{sleeps}{reads}", leaves]
    if draw.chance(0.2):
        body[2], body[3] = body[3], body[2]
    waits = "synchronize_srcu(&domain);" if srcu and draw.chance(0.8) else "synchronize_rcu();"
    if draw.chance(0.15):
        body[2] = f"{body[2]} {waits}"
    frees = draw.one(
        f"{waits} kfree(k);",
        f"{waits} kfree(k);",
        "kfree(k);",
        "kfree_rcu(k, rcu);",
        "kfree_rcu_mightsleep(k);",
        "call_rcu(&k->rcu, shelved);",
        "call_rcu(&k->rcu, shelved); rcu_barrier();",
        "call_rcu(&k->rcu, shelved); kfree_rcu(k, rcu);",
        "call_rcu(&k->rcu, again);",
    )
    if srcu and "call_rcu" in frees and "kfree_rcu" not in frees and "again" not in frees and draw.chance(0.5):
        frees = frees.replace("call_rcu(", "call_srcu(&domain, ").replace("rcu_barrier()", "srcu_barrier(&domain)")
    removes = ["rcu_assign_pointer(shelf, null);", f"if (k) {{ {frees} }}"]
    if draw.chance(0.2):
        removes.reverse()
    locked = ("spin_lock(&dust); ", " spin_unlock(&dust);") if draw.chance(0.3) else ("", "")
    more = [
        "object Book pool 1 { page : 0..1 = 0; rcu : rcu_head; }",
        "shared shelf : ref Book = new Book;",
        "srcu_struct domain;",
        "spinlock dust;",
        "mutex quiet;",
        "callback shelved(k: ref Book) { kfree(k); }",
        f"process reading {{ local k : ref Book; {' '.join(body)} }}",
        f"process removing {{ local k : ref Book; {locked[0]}k = shelf; {removes[0]}{locked[1]} {removes[1]} }}",
    ]
    if "again" in frees:
        more.append("callback again(k: ref Book) { choose { call_rcu(&k->rcu, shelved); } or { kfree(k); } }")
    keeps = draw.chance(0.3)
    if keeps:
        more.append("process keeping { local k : ref Book; spin_lock(&dust); k = shelf; spin_unlock(&dust); }")
    who = draw.one("reading", "reading", "reading[2]", "reading, keeping" if keeps else "reading")
    found = []
    for line in lines:
        if line.startswith("scenario all "):
            found += more
            line = line.replace("; }", f", {who}, removing; }}")
        found.append(line)
    return found


def _sections(draw: Draw) -> tuple[str, str]:
    flavour = draw.one("", "", "", "_bh", "_sched")
    return f"rcu_read_lock{flavour}();", f"rcu_read_unlock{flavour}();"
