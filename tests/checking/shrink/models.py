"""Small models with known races."""

from __future__ import annotations

from dataclasses import dataclass

from modelcheck.checking.shrink import Shrunk, shrink
from modelcheck.ir.system import System
from modelcheck.language.resolve.resolve import instantiate
from modelcheck.language.syntax.parse import parse_text
from modelcheck.result.trace import Schedule, Trace
from modelcheck.semantics.elaborate import elaborate
from modelcheck.semantics.interpreter.explore import explore
from modelcheck.semantics.interpreter.interpreter import Interpreter
from modelcheck.semantics.interpreter.memoisation.interpreter import MemoisedInterpreter

#: A reader uses a buffer that somebody else takes away and frees; a third thread has nothing to do with it.
LOOKUP = """
model lookup;
object Buffer pool 1 { size : 0..9 = 3; }
shared slot : ref Buffer = new Buffer;
shared noise : atomic = 0;
obligation late_use : use_after_free(Buffer);
process reader {
    local b : ref Buffer;
 one:  noise.inc();
 ld:   b = slot;
       if (b != null) {
 use:      touch(b);
 again:    touch(b);
       }
}
process freer {
    local b : ref Buffer;
 two:  noise.inc();
 tk:   b = slot;
 cl:   slot = null;
 fr:   free(b);
}
process other { three: noise.inc(); }
scenario s { run reader, freer, other; }
"""

#: Whoever comes second under the lock finds the flag set.
SECTIONS = """
model sections;
shared flag : bool = false;
mutex m;
obligation unset : assertion(unset);
process setter { lock(m); set: flag = true; unlock(m); }
process tester { lock(m); tst: assert unset: !flag; unlock(m); }
scenario s { run setter, tester; }
"""

#: Nobody frees what is taken out of the slot, whatever the other thread does meanwhile.
LEAK = """
model leaking;
object Buffer pool 1 { }
shared slot : ref Buffer = new Buffer;
shared noise : atomic = 0;
obligation lost : leak(Buffer);
process taker { one: noise.inc(); cl: slot = null; }
process other { two: noise.inc(); three: noise.inc(); }
scenario s { run taker, other; }
"""

#: The classic embrace.
EMBRACE = """
model embrace;
mutex a;
mutex b;
process first { lock(a); lock(b); unlock(b); unlock(a); }
process second { lock(b); lock(a); unlock(a); unlock(b); }
scenario s { run first, second; }
"""

#: Two answers for one request, and none for another.
COUNTED = """
model counted;
enum Kind { small, large }
event asked(k: Kind);
event answered(k: Kind);
count once : exactly once answered(k) per asked(k) within drained;
process client { emit asked(KIND); }
process server_one { emit answered(small); }
process server_two { emit answered(small); }
scenario s { run client, server_one, server_two; }
"""


@dataclass(frozen=True, slots=True)
class Case:
    """A model in both forms, and the first shortest run that violates one property."""

    system: System
    interpreter: Interpreter
    property: int
    schedule: Schedule

    def shrunk(self, limit: int = 10_000) -> Shrunk:
        return shrink(self.system, self.interpreter, {self.property: self.schedule}, limit)[self.property]

    def replayed(self, shrunk: Shrunk) -> Trace:
        return self.interpreter.replay(shrunk.schedule, self.property)


def case(text: str, property_name: str, scenario: str = "s") -> Case:
    """The model of a text, and what exploring it finds about a property."""
    model = instantiate(parse_text(text, "test.mc"), scenario)[0]
    interpreter = MemoisedInterpreter(model)
    number = next(p.id for p in model.properties if p.name == property_name)
    return Case(elaborate(model), interpreter, number, explore(interpreter).findings[number][0])
