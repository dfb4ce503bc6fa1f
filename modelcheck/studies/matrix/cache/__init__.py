"""Results of earlier runs, reused where nothing that they rest on has changed.

Three kinds of entries, from coarse to fine, each found by a hash of everything that it depends on:

* a **run** (``runs.py``): the whole result, for texts, options and versions that are the same to
  the byte. Found without parsing.
* a **pair** (``pairs.py``): all cells of one (variant, scenario), for the same texts *of what takes
  part in it*, at the same places. An edit to one variant leaves the pairs of the others alone.
* an **answer** (``answers.py``): verdicts and schedules for one typed model, wherever its lines
  stand now. Its schedules are replayed, so that every trace is told in today's lines.

What was violated, proved or explored is reused whatever the budget; an answer that ran out of
budget only where no more is offered; errors never. Entries are written aside and renamed, carry a
checksum, and whatever is wrong with one, it is not there.
"""
