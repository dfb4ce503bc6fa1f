"""Timers and work in objects: armed, cancelled, and freed while they are pending."""

from __future__ import annotations

from tests.random.draw import Draw

#: How many of the models with objects have an item.
MODELS = 0.12
_STARTS = {"timer_list": "mod_timer(&o->late, 1);", "work_struct": "schedule_work(&o->late);"}
_STOPS = {
    "timer_list": ("timer_delete(&o->late);", "timer_delete_sync(&o->late);", "timer_shutdown_sync(&o->late);"),
    "work_struct": ("cancel_work(&o->late);", "cancel_work_sync(&o->late);", "disable_work_sync(&o->late);"),
}


def items(lines: list[str], draw: Draw) -> list[str]:
    """Return the lines of a spec, perhaps with an item in one of its objects and a process that uses it.

    ``draw`` is not the one of the model, whose other choices stay what they are.
    """
    objects = [line for line in lines if line.startswith("object ") and " typestable " not in line and "{ " in line]
    if not objects or not draw.chance(MODELS):
        return lines
    chosen = draw.of(objects)
    name = chosen.split()[1]
    kind = draw.one("timer_list", "work_struct")
    handled = draw.one("", "touch(o);", "kfree(o);", _STARTS[kind])
    stops = draw.of(_STOPS[kind])
    ends = draw.one(f"{stops} kfree(o);", "kfree(o);", f"choose {{ kfree(o); }} or {{ {stops} }}", stops)
    more = [
        f"inline fired(o: ref {name}) {{ {handled} }}",
        f"process arming {{ local o : ref {name}; pick o in {name}; {_STARTS[kind]} {ends} }}",
    ]
    found = []
    for line in lines:
        if line is chosen:
            line = line.replace("{ ", f"{{ late : {kind} = fired; ", 1)
        elif line.startswith("scenario all "):
            found += more
            line = line.replace("; }", ", arming; }")
        found.append(line)
    return found
