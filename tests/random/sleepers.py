"""Tasks that wait in a queue, in right and wrong orders, and who wakes them."""

from __future__ import annotations

from tests.random.draw import Draw

#: How many models have such tasks.
MODELS = 0.1


def sleepers(lines: list[str], draw: Draw) -> list[str]:
    """Return the lines of a spec, perhaps with a wait queue, tasks that sleep in it and one that wakes them.

    ``draw`` is not the one of the model, whose other choices stay what they are.
    """
    if not draw.chance(MODELS):
        return lines
    state = draw.one("TASK_INTERRUPTIBLE", "TASK_UNINTERRUPTIBLE")
    locked = "mutex_lock(&calm); mutex_unlock(&calm); "
    between = locked if draw.chance(0.4) else ""
    test = draw.one("if (!alarm) { schedule(); }", "schedule();")
    waits = draw.one(
        "wait_event(doze, alarm);",
        "wait_event_exclusive(doze, alarm);",
        f"prepare_to_wait(&doze, {state}); {between}{test} finish_wait(&doze);",
        f"if (!alarm) {{ prepare_to_wait_exclusive(&doze, {state}); {between}schedule(); finish_wait(&doze); }}",
        f"add_wait_queue(&doze); set_current_state({state}); {between}{test} remove_wait_queue(&doze);",
    )
    wakes = [draw.one("wake_up(&doze);", "wake_up_all(&doze);", "wake_up_interruptible(&doze);"), "alarm = true;"]
    if draw.chance(0.5):
        wakes.reverse()
    around = locked if draw.chance(0.3) else ""
    more = [
        "wait_queue_head doze;",
        "shared alarm : bool = false;",
        "mutex calm;",
        f"process dozing {{ {waits} }}",
        f"process waking {{ {around}{' '.join(wakes)} }}",
    ]
    who = draw.one("dozing", "dozing", "dozing[2]")
    found = []
    for line in lines:
        if line.startswith("scenario all "):
            found += more
            line = line.replace("; }", f", {who}, waking; }}")
        found.append(line)
    return found
