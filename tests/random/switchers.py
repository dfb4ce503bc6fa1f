"""A task of a CPU that switches interrupts, softirqs and preemption off and on, in and out of turn, and a handler."""

from __future__ import annotations

from tests.random.draw import Draw

#: How many models have them.
MODELS = 0.1


def switchers(lines: list[str], draw: Draw) -> list[str]:
    """Return the lines of a spec, perhaps with a task of a CPU and with a handler on top of it.

    ``draw`` is not the one of the model, whose other choices stay what they are.
    """
    if not draw.chance(MODELS):
        return lines
    saves = draw.chance(0.6)
    own = ["local_irq_save(flags);"] if saves else ["local_irq_disable();"]
    choices = [
        "local_irq_disable();",
        "local_irq_enable();",
        "local_bh_disable();",
        "local_bh_enable();",
        "preempt_disable();",
        "preempt_enable();",
        "spin_lock_bh(&calmly); spin_unlock_bh(&calmly);",
        *(["local_irq_restore(flags);"] if saves else []),
    ]
    body = [*own, *(draw.of(choices) for _ in range(draw.between(1, 3)))]
    level = draw.one("softirq", "interrupt")
    handled = ["ring = false;"]
    if draw.chance(0.3):
        handled.append("preempt_disable();")
    if level == "softirq" and draw.chance(0.3):
        handled.append("local_irq_disable();")
    if draw.chance(0.3):
        handled.append("spin_lock(&calmly);")
        if draw.chance(0.7):
            handled.append("spin_unlock(&calmly);")
    more = [
        "cpu c0;",
        "spinlock calmly;",
        "shared ring : bool = true;",
        f"process switching on c0 {{ {' '.join(body)} }}",
        f"{level} ringing on c0 when (ring) {{ {' '.join(handled)} }}",
    ]
    found = []
    for line in lines:
        if line.startswith("scenario all "):
            found += more
            line = line.replace("; }", ", switching; }")
        found.append(line)
    return found
