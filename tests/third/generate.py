"""Small random models with handlers, CPUs and wait queues: what ``tests/random`` does not make."""

from __future__ import annotations

from random import Random

_HEAD = """cpu c0, c1;
object D pool 2 { q : wait_queue_head; l : spinlock; v : 0..1 = 0; }
spinlock s;
rwlock r;
mutex m;
completion done_;
wait_queue_head wq;
shared x : 0..2 = 0;
shared y : bool = false;
shared z : bool = false;
shared d : ref D = new D;
"""
_CONDITIONS = ("x == 0", "y", "!y", "z", "x > 0 || y", "y && !z", "x != 2")
_LEVELS = ("softirq", "softirq", "interrupt", "interrupt", "nmi")


class _Maker:
    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.raised: list[str] = []
        self.tasks: list[str] = []
        self.labels = 0

    def one(self, *options: str) -> str:
        return self.random.choice(options)

    def some(self, chance: float) -> bool:
        return self.random.random() < chance

    def model(self) -> str:
        """The text of a spec with the scenario ``all``."""
        handlers = [(f"h{i}", self.one(*_LEVELS), self.one("c0", "c0", "c1")) for i in range(self.random.randint(0, 2))]
        raised = {name for name, _, _ in handlers if self.some(0.4)}
        self.raised = sorted(raised)
        self.tasks = ["t0"] + (["t1"] if self.some(0.7) else []) + (["u"] if self.some(0.4) else [])
        wakes = self.some(0.8)
        text = []
        for name in self.tasks:
            where = {"t0": " on c0", "t1": " on c1"}.get(name, "")
            text.append(f"process {name}{where} {{ local e : ref D = d; {self.body(name, where, wakes)} }}")
        for name, level, cpu in handlers:
            text.append(self.handler(name, level, cpu, name in raised, wakes))
        if self.some(0.4) and wakes:
            waits = self.one("wait_event", "wait_event_exclusive")
            text.append(f"server k {{ loop {{ {waits}(wq, {self.condition()}); {self.plain()} }} }}")
        text += self.properties(handlers)
        count = "[2]" if "u" in self.tasks and self.some(0.3) else ""
        run = ", ".join(name + (count if name == "u" else "") for name in self.tasks)
        return _HEAD + "\n".join(text) + f"\nscenario all {{ run {run}; }}\n"

    def condition(self) -> str:
        return self.one(*_CONDITIONS)

    def handler(self, name: str, level: str, cpu: str, raised: bool, wakes: bool) -> str:
        flag = self.one("y", "z")
        guard = "raised" if raised else f"({flag})"
        first = "" if raised else f"{flag} = false; "
        inner = " ".join(self.in_handler(level, wakes) for _ in range(self.random.randint(0, 2)))
        return f"{level} {name} on {cpu} when {guard} {{ {first}{inner} }}"

    def in_handler(self, level: str, wakes: bool) -> str:
        match self.random.randrange(8):
            case 0:
                return "if (y) return;"
            case 1 if wakes:
                return self.wake()
            case 2 | 3:
                return self.locked("softirq" if level == "softirq" else "interrupt", self.plain())
            case 4:
                return self.one("spin_lock(&s);", "complete(&done_);", "mutex_lock(&m);", "spin_unlock(&s);")
            case 5 if level == "softirq":
                return self.one(
                    "local_irq_disable();", "local_irq_enable();", "local_bh_disable();", "preempt_enable();"
                )
        return self.plain()

    def plain(self) -> str:
        raised = [f"raise({name});" for name in self.raised]
        return self.one(
            "x = 1;",
            "x = 0;",
            "y = true;",
            "y = false;",
            "z = true;",
            "z = !y;",
            "atomic { y = true; z = true; }",
            *raised,
        )

    def wake(self) -> str:
        return self.one(
            "wake_up(&wq);",
            "wake_up_all(&wq);",
            "wake_up_nr(&wq, 2);",
            "wake_up_interruptible(&wq);",
            "wake_up_interruptible_all(&wq);",
        )

    def locked(self, context: str, inside: str) -> str:
        """Something under a lock. ``context``: which of the spellings may be used."""
        suffixes = {"": "", "_irqsave": "_irqrestore"}
        if context in ("task", "softirq"):
            suffixes |= {"_irq": "_irq", "_bh": "_bh"}
        suffix = self.one(*suffixes)
        flags = self.one(", f", ", g", "") if suffix == "_irqsave" else ""
        lock, on = self.one("spin", "spin", "read", "write"), "&r"
        if lock == "spin":
            on = self.one("&s", "&s", "&e->l") if context == "task" else "&s"
        after = suffixes[suffix] if self.some(0.9) else ""
        rest = flags if after == "_irqrestore" else ""
        return f"{lock}_lock{suffix}({on}{flags}); {inside} {lock}_unlock{after}({on}{rest});"

    def body(self, name: str, where: str, wakes: bool) -> str:
        said = [self.statement(name, bool(where), wakes) for _ in range(self.random.randint(1, 3))]
        if self.some(0.15):
            kind = self.one("quiescent", "quiescent", "endless")
            return f"loop {kind} {{ when ({self.one('y', 'z')}); {' '.join(said)} }}"
        return " ".join(said)

    def statement(self, name: str, bound: bool, wakes: bool) -> str:
        self.labels += 1
        match self.random.randrange(14):
            case 0 | 1:
                return self.locked("task", self.plain())
            case 2 | 3 if bound:
                return self.switched()
            case 4 | 5 if wakes:
                return self.waits()
            case 6 | 7 if wakes:
                return self.wake()
            case 8 if wakes and len(self.tasks) > 1:
                who = self.one(*self.tasks)
                return (
                    f"{{ set_current_state(TASK_RUNNING); local w : proc {who}; pick w in {who}; wake_up_process(w); }}"
                )
            case 9:
                return self.one(
                    "wait_for_completion(&done_);", "complete(&done_);", "mutex_lock(&m); mutex_unlock(&m);"
                )
            case 10:
                return self.one("kfree(e);", "d = null;", "when (e->v == 0 || y);", "e->v = 1;")
            case 11:
                return f"l{self.labels}: if ({self.condition()}) {{ {self.plain()} }}"
        return self.plain()

    def switched(self) -> str:
        inside = self.plain() if self.some(0.7) else "mutex_lock(&m); mutex_unlock(&m);"
        off, on = self.random.choice(
            [
                ("local_irq_disable()", "local_irq_enable()"),
                ("local_irq_save(f)", "local_irq_restore(f)"),
                ("local_irq_save()", "local_irq_restore()"),
                ("local_bh_disable()", "local_bh_enable()"),
                ("preempt_disable()", "preempt_enable()"),
            ]
        )
        return f"{off}; {inside}" + (f" {on};" if self.some(0.85) else "")

    def waits(self) -> str:
        queue = self.one("wq", "wq", "wq", "e->q")
        state = self.one("TASK_INTERRUPTIBLE", "TASK_UNINTERRUPTIBLE")
        condition = self.condition()
        prepare = self.one("prepare_to_wait", "prepare_to_wait_exclusive")
        match self.random.randrange(6):
            case 0 | 1:
                return f"{self.one('wait_event', 'wait_event_exclusive')}({queue}, {condition});"
            case 2:
                return f"{prepare}(&{queue}, {state}); if (!({condition})) schedule(); finish_wait(&{queue});"
            case 3:
                return f"if (!({condition})) {{ {prepare}(&{queue}, {state}); schedule(); }} finish_wait(&{queue});"
            case 4:
                return (
                    f"add_wait_queue(&{queue}); set_current_state({state}); if (!({condition})) schedule(); "
                    f"__set_current_state(TASK_RUNNING); {self.one(f'remove_wait_queue(&{queue});', '')}"
                )
        return f"set_current_state({state}); if (!({condition})) schedule();"

    def properties(self, handlers: list[tuple[str, str, str]]) -> list[str]:
        found = [f"final rest : {self.condition()};", f"cover seen : {self.condition()} && {self.one('y', 'x == 1')};"]
        found += [f"cover runs_{name} : running({name}) && {self.condition()};" for name, _, _ in handlers]
        found += [f"final off_{name} : !raised({name});" for name in self.raised]
        return found


def context_model(seed: int) -> str:
    """The text of a spec with handlers and wait queues."""
    return _Maker(seed).model()
