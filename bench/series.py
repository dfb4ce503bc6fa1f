"""Scaling series for the comparison with other explorers: model texts that grow with a number.

The page-removal model is ``page_readers.mc``; these are classics whose size is easy to turn up.
"""

from __future__ import annotations

from itertools import pairwise


def philosophers(seats: int) -> str:
    """Dining philosophers who count their meals (modulo 4); the last one takes the forks in the
    other order, so nobody waits for ever.
    """
    names = [f"s{number}" for number in range(seats)]
    low = f"self == {names[-1]} ? {names[0]} : self"
    high = " : ".join(f"self == {a} ? {b}" for a, b in pairwise(names[:-1])) + f" : {names[-1]}"
    return f"""// Dining philosophers, {seats} seats.
model philosophers;
enum Seat {{ {", ".join(names)} }}
shared fork  : bool[Seat] = false;  // taken
shared meals : bv<2>[Seat] = 0;     // eaten, modulo 4
process philosopher[Seat] {{
    loop quiescent {{
 first:  atomic {{ when (!fork[{low}]); fork[{low}] = true; }}
 second: atomic {{ when (!fork[{high}]); fork[{high}] = true; }}
 eat:    meals[self]++;
 down:   atomic {{ fork[{high}] = false; }}
 up:     atomic {{ fork[{low}] = false; }}
    }}
}}
invariant forks_in_pairs : forall s in Seat : at(philosopher[s]::eat) => fork[s];
scenario all {{ run philosopher[Seat]; }}
"""


def filter_lock(threads: int) -> str:
    """Peterson's lock for many threads (the filter lock): one level fewer than threads, a victim at each."""
    names = [f"t{number}" for number in range(threads)]
    return f"""// The filter lock, {threads} threads.
model filter_lock;
enum Thread {{ {", ".join(names)} }}
shared level  : 0..{threads - 1}[Thread] = 0;
shared victim : Thread[{threads}] = {names[0]};
process thread[Thread] {{
    local mine : 0..{threads} = 1;
    loop quiescent {{
 start:   mine = 1;
          while (mine < {threads}) {{
 raise:       level[self] = mine;
 yield:       victim[mine] = self;
 wait:        when (victim[mine] != self || forall t in Thread : t == self || level[t] < mine);
              mine = mine + 1;
          }}
 cs:      ;
 lower:   level[self] = 0;
    }}
}}
invariant mutual_exclusion : nr_at(thread::cs) <= 1;
scenario all {{ run thread[Thread]; }}
"""


def ring(stations: int) -> str:
    """A ring of mailboxes that pass on one of two 30-bit words: about 70 bits of state for each station."""
    names = [f"n{number}" for number in range(stations)]
    following = " : ".join(f"self == {a} ? {b}" for a, b in pairwise(names))
    return f"""// A ring of {stations} mailboxes: wide states with few values.
model ring;
enum Station {{ {", ".join(names)} }}
shared box  : bv<30>[Station] = 0;
shared full : bool[Station] = false;
inline following() -> Station {{ return {following} : {names[0]}; }}
process station[Station] {{
    local word : bv<30> = 0;
    loop quiescent {{
 draw: choose {{ word = 0x2AAAAAAA; }} or {{ word = 0x15555555; }}
 put:  atomic {{ when (!full[following()]); box[following()] = word; full[following()] = true; }}
 get:  atomic {{ when (full[self]); word = box[self]; full[self] = false; }}
 keep: box[self] = word;
    }}
}}
invariant known_words : forall s in Station : box[s] == 0 || box[s] == 0x2AAAAAAA || box[s] == 0x15555555;
scenario all {{ run station[Station]; }}
"""
