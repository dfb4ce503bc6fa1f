"""More shapes: statements that put values of every type where something can go wrong (see ``tests.shapes``)."""

from __future__ import annotations

DECLARATIONS = """model statements;
shared x : 0..3 = 1; shared y : 0..3 = 0; shared zero : 0..3 = 0;
shared cold : atomic 0..7 = 0; shared full : atomic 0..1 = 1; shared r : refcount = 1; shared r0 : refcount = 0;
object O pool 2 { n : 0..3 = 1; k : atomic 0..3 = 1; rc : refcount = 1; next : ref O = null; l : mutex; arr[2] : 0..3 = 0; }
object P pool 2 typestable { n : 0..3 = 1; m : 0..3; k : atomic 0..1 = 1; l : spinlock; }
shared o : ref O = null; shared st : ref O = null; shared pp : ref P = null; shared sp : ref P = null;
shared grid[2][2] : 0..3 = 0; shared lk : mutex; shared lks[2] : mutex; shared sl : spinlock; shared rw : rwlock; shared done : completion;
struct S { a : 0..3 = 2; b : 0..3; inner[2] : 0..3 = 0; }
shared ss[2] : S; shared no : opt 0..3 = none; shared so : opt 0..3 = some(2); shared se : set<0..3> = {1, 2};
inline one(v : 0..1) -> int { return v; }
inline set_to(&v : 0..3, w : int) { v = w; }
inline swap(&v : 0..3, &w : 0..3) { local t = v; v = w; w = t; }
inline kept(&v : 0..3) -> int { y = 1; return v; }
inline kept2(&v : 0..3, f : bool) -> int { y = 1; if (f) { return v; } return 0; }
inline slow() -> 0..3 { y = 2; return 1; }
inline hang() -> 0..3 { L: y = 1; goto L; }
inline drop(q : ref O) -> int { free(q); return 1; }
inline outer(&v : 0..3) -> int { return kept(v) + kept(v); }
inline slotof(q : ref O) -> int { return q->n; }
callback cb(v : 0..1) requires v == zero sleeps { y = 1; }
callback cbo(q : ref O) -> int requires q->n == 1 { return q->n; }
event ev(n : int); event evo(q : ref O);
shared hi : 2..5 = 2; shared hu : 2..5; shared neg : -5..-2; shared col : Colour; enum Colour { red, green, blue } shared byc[Colour] : 0..3 = 0; shared byb[bool] : 2..3;
object R pool 1 { v : 2..5; w : -5..-2; c : Colour; b : bv<4>; o : opt 0..3; s : set<0..1>; r : ref O; ar[2] : 2..3; st : T; }
struct T { p : 2..4; q : Colour = green; inner : U; } struct U { z : -3..-1; k[bool] : 0..1 = 1; }
shared rr : ref R = null; shared sT : T; shared byp[p] : 0..3 = 0; shared whose : opt proc p = none; shared owner : proc p; shared waiting : set<proc p> = {}; shared bvv : bv<3> = 5; shared wide : -300..300 = 0;
shared lo2 : opt 2..3; shared s2 : set<2..4>;
inline give_opt(v : opt 0..3) -> opt 0..3 { return v; }
inline neg_of(v : -5..-2) -> -5..-2 { return v; }
inline late(c : Colour) -> Colour { y = 1; return c; }
inline fall(&v : 2..5) -> 2..5 { if (v == 2) { v = 3; } return v; }
inline with_local(v : int) -> int { local t : 2..5; if (v == 1) { t = 3; } return t; }
inline nested(v : 0..3) -> int { if (v == 0) { return 0; } local t = with_local(v); return t + one(v - 1); }
inline void_call(v : 0..1) { if (v == 1) { return; } y = 1; }
inline struct_arg(&s : T) -> int { s.inner.z = -1; return s.p; }
inline arr_arg(&a : 0..3, b : 0..3) -> 0..3 { a = b; b = a; return b; }
"""

LOCALS = """    local lx : 0..3 = 1; local lz : 0..3 = 0; local lu : 0..3; local ls : S; local lo : ref O = o; local lst : ref O = st;
    local larr[2] : 0..3; local lb : bool;
"""

END = """process q { x = 0; x = 1; }
init begin { st = new O {}; o = new O { next = st; }; free(st); cold.freeze(0); sp = new P {}; pp = new P {}; free(sp); }
invariant inv : y <= 3; count c1 : at most 1 evo(_); only_if o1 : cbo(q) only if q->n == 1; order or1 : evo(q) before free(q);
scenario all { run p, q; init begin; }
"""

STATEMENTS = (
    "cold = 1;",
    "cold += 1;",
    "full += 1;",
    "full = lx + 1;",
    "r = lz - 2;",
    "r0 += 1;",
    "r -= 3;",
    "r.unfreeze(lz - 1);",
    "o->rc = lz - 1;",
    "st->rc = 1;",
    "st->k += 1;",
    "sp->k += 1;",
    "sp->n += 1;",
    "sp->m = 2;",
    "lx = sp->m;",
    "grid[x + 1][3 / lz] = 1;",
    "grid[lx + 2][lu] = 1;",
    "grid[lx][lx + 1] += 1;",
    "lx = grid[lx+1][lu + 1];",
    "ss[lx].b += 1;",
    "ss[lx + 1].b = lu;",
    "ls.b += lx;",
    "ls.inner[lx + 1] = 3 / lz;",
    "lx = ls.inner[lx + 2];",
    "swap(grid[lx][0], grid[0][lx]);",
    "swap(larr[0], larr[1]);",
    "swap(x, grid[lx + 1][0]);",
    "swap(lx, lu);",
    "set_to(lu, lu);",
    "set_to(lx, lx + 7);",
    "set_to(o->arr[lx], 1 / lz);",
    "set_to(st->n, 1);",
    "set_to(st->n, 1 / lz);",
    "lx = outer(o->next->n);",
    "lx = outer(grid[x][x]);",
    "lx = kept2(grid[x][0], lx == 2);",
    "lx = kept2(larr[x], lx == 2);",
    "lx = kept(o->n) + drop(o);",
    "lx = drop(o) + kept(o->n);",
    "lx = o->n + drop(o);",
    "lo->n = drop(lo);",
    "lo->arr[lx] = drop(lo);",
    "lo->arr[drop(lo)] = lx;",
    "lo->n += drop(lo);",
    "lx = slotof(lo) + drop(lo) + slotof(lo);",
    "evx: emit ev(lo->n + drop(lo));",
    "emit evo(lo); free(lo); emit evo(lo); emit evo(lst);",
    "lx = cbo(lst);",
    "lx = cbo(lo) + cbo(null);",
    "cb(x); cb(lu);",
    "spin_lock(&sl); cb(lx - 1); spin_unlock(&sl);",
    "lb = held(st->l);",
    "lb = held(lks[lx + 1]);",
    "lb = held(lks[1 / lz]);",
    "lb = locked(st->l);",
    "lb = locked(lks[lx + 1]);",
    "lb = frozen(cold) && locked(lks[lu]);",
    "mutex_lock(&lks[lx + 1]);",
    "mutex_lock(&st->l);",
    "mutex_lock(&lks[x]); mutex_unlock(&lks[x]);",
    "mutex_lock(&o->l); free(o); mutex_unlock(&o->l);",
    "mutex_lock(&lk); mutex_lock(&lk);",
    "lb = mutex_trylock(&st->l);",
    "lb = mutex_trylock(&lks[1 / lz]);",
    "mutex_unlock(&lk);",
    "pick w in se; lx = w;",
    "pick w in {lx, lu}; lx = w;",
    "pick w in {larr[lx + 1]} where w == lu; lx = w;",
    "pick w in 0..3 where 3 / w == 1; lx = w;",
    "pick w in O where w->next->n == 1; lx = w->n;",
    "pick w in P where w->m == 0; lx = w->n;",
    "lx = the(so) + the(no);",
    "so = some(lu);",
    "so = lb ? some(lx) : no;",
    "se = {lx, lu};",
    "se = se | {lx}; lx = size(se) - size(se - {lu});",
    "lb = lx in se; lb = 7 in se; lb = (lz - 1) in se;",
    "lb = {lu} <= se;",
    "local w : ref O = new O { n = drop(o); };",
    "local w : ref O = new O { n = lo->n; next = lo; k = lx + 6; }; lx = w->n;",
    "local w : ref O = new O { rc = lz - 1; };",
    "local w : ref O = new O { n = drop(lo); }; lx = w->n;",
    "local w : ref P = new P { }; lx = w->m;",
    "local w : ref P = try_new P { }; w = try_new P {n = lx; }; lx = w->n;",
    "lb = atomic_try_cmpxchg(&cold, lx, lu);",
    "lx = cmpxchg(o->next, lst, lo) == null ? 1 : 2;",
    "lb = cmpxchg(o, lo, null) == lo;",
    "lb = xchg(o, null) == o;",
    "if (lx == 1 || 1 / lz == 1) { y = 1; }",
    "if (lx == 2 && 1 / lz == 1) { y = 1; }",
    "if (x == 2 => 1 / lz == 1) { y = 1; }",
    "lb = x == 1 || lu == 1;",
    "while (lx < 3) { lx += slow(); }",
    "do { lx = lx + 1; y = 1; } while (lx < 3 && lu == 0);",
    "for (i in 0..2) { larr[i] = i; }",
    "for (i in 0..1) { larr[i] += 1; y = larr[i]; }",
    "when (lx == 1 && one(lx + 3) == 1);",
    "when (one(lx) == 1 && larr[lx] == 0);",
    "when (o->k.inc_not_zero() && 1 / lz == 0);",
    "when (lz == 1 && o->k.inc_not_zero()) { y = 1; } or when (st->k.add_unless(1, 1)) { y = 2; } or when (x == 0) { y = 3; }",
    "when (st->n == 1) { y = 1; } or when (x == 0) { y = 1; }",
    "when (lu == 1) { y = 1; } or when (x == 0) { y = 1; }",
    "atomic when (lu == 0 && x == 0) { y = 1; }",
    "assert forall i in 0..1 : larr[i] == 0;",
    "assert exists q in O : q->next->n == 1;",
    "assert forall i in 0..2 : 2 / i == 1;",
    "lx = -lu + 1; lx = lu * lu; lx = lu % lz;",
    "lx = int(bv<2>(7)); lx = int(bv<4>(lx));",
    "lx = (lx == 1 ? o : st)->n;",
    "(lx == 1 ? st : o)->n = lu;",
    "lx = (lx == 1 ? lu : lx) + (lb ? 1 : 2);",
    "free(lst); free(lo); free(lo);",
    "free(o->next);",
    "kfree(o->next->next);",
    "touch(lst); touch(o->next); touch(o->next->next);",
    "touch((lx == 1 ? st : o));",
    "free((lx / lz == 1) ? st : o);",
    "smp_cond_load_acquire(&x, VAL == 0 && 1 / lz == 1);",
    "lx = smp_cond_load_acquire(&x, VAL / VAL == 1);",
    "lx = smp_cond_load_acquire(&st->n, VAL == lu);",
    "lx = lx + smp_cond_load_acquire(&x, VAL == 0);",
    "grid[x][0] = smp_cond_load_acquire(&x, VAL == 0);",
    "y = x + hang();",
    "grid[lx][lz] = hang();",
    "x += hang();",
    "lx += hang();",
    "if (x + hang() == 1) { y = 1; }",
    "set_to(grid[x][lz], hang());",
    "set_to(larr[x], hang());",
    "emit ev(x + hang());",
    "local w : ref O = new O { n = x; k = hang(); };",
    "full.add(x + hang());",
    "lb = atomic_try_cmpxchg(&full, x, hang());",
    "lx = one(x) + one(hang());",
    "lx = kept(larr[x]) + hang();",
    "lx = (x == 0 ? lx : lu) + hang();",
    "lb = (x == 1) == (hang() == 1);",
    "assert x == lu;",
    "assert one(lx + 2) == 1;",
    "lx = one(one(lu) + one(lx + 1));",
    "goto inside; { local w : 0..3 = 1; inside: lx = w; }",
    "lx = hu - 2;",
    "lx = -neg - 2;",
    "local h : 2..5; x = h - 2; y = h - 2;",
    "local h : -5..-2; x = -h - 3;",
    "col = late(col);",
    "byc[col] = 1; byc[blue] += lx;",
    "byb[true] = byb[false];",
    "rr = new R; lx = rr->v; lx = -rr->w; col = rr->c; lx = int(rr->b); so = rr->o; lb = 1 in rr->s; lo = rr->r; lx = rr->ar[1]; lx = rr->st.p; col = rr->st.q; lx = rr->st.inner.k[true]; lx = -rr->st.inner.z;",
    "rr = new R { v = lx + 5; };",
    "rr = new R { w = lx; v = hu; };",
    "rr = new R { o = some(lx); s = {0}; r = st; b = 3; c = blue; };",
    "rr = new R { }; rr->ar[lx] = lx; free(rr); lx = rr->ar[lx];",
    "rr->ar[lx + 1] = 1 / lz;",
    "sT.p = sT.p + 1; sT.inner.z = lz; sT.inner.k[lx == 1] = lx + 1;",
    "local t : T; lx = t.p; col = t.q; t.inner.z = -lx; lx = t.inner.k[lx == 1];",
    "for (i in 0..1) { local t : T; lx = t.p - 2; t.p = 4; y = lx; t.inner.k[true] = 0; }",
    "lx = struct_arg(sT); lx = sT.p;",
    "local t : T; lx = struct_arg(t); y = -t.inner.z;",
    "lx = arr_arg(larr[lz], larr[lx]); x = larr[lz];",
    "lx = arr_arg(lx, lx + lx);",
    "lx = arr_arg(x, x + lx);",
    "lx = arr_arg(grid[x][lz], grid[lz][x]);",
    "hi = fall(hi); hi = fall(hu);",
    "local h : 2..5; hi = fall(h);",
    "wide = wide * 300 + 1; wide = wide * wide; wide = wide * wide - 1;",
    "wide = -7 / 2 + -7 % 2 + 7 / -2; wide = (wide - 5) / (lz - 2); wide = (wide - 5) % (lz - 2);",
    "bvv = bvv + 4; bvv = bvv - 7; bvv = bvv * 3; bvv = bvv << bvv; bvv = ~bvv; bvv = -bvv; bvv = bvv / 2; bvv = bvv % 3; lb = bvv < 2;",
    "bvv = bvv / bv<3>(lz);",
    "bvv = bvv % (bvv ^ bvv);",
    "bvv = 5; bvv = bvv >> 1; bvv = bvv >> bvv; bvv = bv<3>(int(bvv) - 3); lx = int(bvv);",
    "bvv += 5; bvv <<= 1; bvv |= 6; bvv &= 3; bvv ^= 7;",
    "lx = the(lo2);",
    "lb = lo2 == some(2); lb = lo2 != none;",
    "s2 = s2 | {2, 3}; s2 = s2 - {3}; lb = 2 in s2; lx = size(s2 & {2});",
    "lb = lx in s2; lb = hi in s2; pick w in s2; y = w - 2;",
    "pick w in s2 where w > 2; y = w - 2;",
    "pick c in Colour where c != col; col = c;",
    "pick b in bool; lb = b; byb[b] = 3;",
    "pick b in bool where byb[b] == 2; byb[b] = 3;",
    "choose { lx = 1 / lz; } or { lx = lu; } or { y = 1; }",
    "so = give_opt(so); so = give_opt(some(lx)); so = give_opt(none); lx = the(give_opt(no));",
    "local oo : opt 0..3; so = oo; lx = the(oo);",
    "neg = neg_of(lz);",
    "neg = neg_of(lx - 4) ; neg = neg_of(neg);",
    "lx = with_local(1) + with_local(2); lx = lx - 3;",
    "lx = nested(lx); lx = nested(lz);",
    "lx = nested(3);",
    "void_call(lx); void_call(lz); void_call(lx + 1);",
    "lb = locked(lk) || held(lk); mutex_lock(&lk); lb = locked(lk) && held(lk); mutex_unlock(&lk); mutex_unlock(&lk);",
    "spin_lock(&sl); mutex_lock(&lks[lx + 1]);",
    "spin_lock(&sl); mutex_lock(&lks[lx]); spin_unlock(&sl);",
    "spin_lock(&sl); mutex_lock(&st->l);",
    "spin_lock(&sl); cb(lz); cb(lx + 1);",
    "spin_lock(&sl); read_lock(&rw); read_lock(&rw);",
    "read_lock(&rw); read_unlock(&rw); read_unlock(&rw); write_unlock(&rw);",
    "lb = write_trylock(&rw); lb = read_trylock(&rw); write_unlock(&rw); lb = read_trylock(&rw);",
    "when (mutex_trylock(&lk) && x == 0); mutex_unlock(&lk);",
    "when (mutex_trylock(&lk) && mutex_trylock(&lk)); y = 1;",
    "when (mutex_trylock(&lks[0]) && mutex_trylock(&lks[lx + 1])); y = 1;",
    "when (mutex_trylock(&lk)) { y = 1; } or when (mutex_trylock(&lks[x])) { y = 2; }",
    "when (cold.try_cmpxchg(0, 1)); y = 1;",
    "when (r0.inc_not_zero() || r0.add_unless(1, 0)); y = 1;",
    "when (r0.try_cmpxchg(0, 1) && x == 0); y = 1;",
    "when (full.add_unless(1, lu)); y = 1;",
    "when (full.add_unless(1, 1 / lz)); y = 1;",
    "when (one(lx) == 1 && o->k.freeze(1)); o->k.unfreeze(2); o->k.unfreeze(3);",
    "complete(&done); complete_all(&done); lb = completed(done); wait_for_completion(&done); reinit_completion(&done); lb = try_wait_for_completion(&done);",
    "spin_lock(&sl); wait_for_completion(&done);",
    "lx = xchg(larr[lx], 2); lx = xchg(larr[lx + 1], 2);",
    "lx = cmpxchg(larr[lx], lu, 3 / lz);",
    "lx = cmpxchg(lx, 1, lx + 5);",
    "lb = try_cmpxchg(lu, 0, 2); y = lu;",
    "lx = xchg(hi, lx + 1); lx = xchg(neg, -2) + 5;",
    "hi += 1; hi += 1; hi += 1; hi += 1;",
    "hi -= 1;",
    "hu += 1;",
    "local h : 2..5; h += 1; h -= 2;",
    "o = null; o->n += 1 / lz;",
    "lo = null; lo->n += 1 / lz;",
    "lo = null; lo->arr[lx + 1] = 1;",
    "lst->arr[lx + 1] = 1;",
    "lx = lst->arr[lx + 1];",
    "lx = lst->arr[1 / lz];",
    "lst->k.add(1 / lz);",
    "lx = lst->k.fetch_add(lu);",
    "lst->rc.dec();",
    "lb = lst->k.inc_not_zero();",
    "lb = o->next->k.add_unless(0, 1);",
    "lb = (o == lst) == (st == lst); lb = null == lst; lb = o->next == st;",
    "free(lo); lb = lo == o; lo = new O { next = lo; }; lb = lo->next == lo; lx = lo->next->n;",
    "free(lo); o = new O; free(lo);",
    "local w : ref O = new O { n = lo->n; next = lo; }; free(lo); lx = w->next->n; w->next = w; lx = w->next->next->n;",
    "free(pp); pp->n = 3; lx = pp->n; touch(pp); spin_lock(&pp->l); free(pp);",
    "spin_lock(&pp->l); free(pp); pp = new P; spin_unlock(&pp->l);",
    "emit ev(lu); emit ev(3 / lz);",
    "emit evo(lx == 1 ? lst : lo);",
    "lx = cbo((lx == 1) ? o : null); lx = cbo(lo->next);",
    "BUG_ON(lu == 0 || 1 / lz == 0); WARN_ON(x == lu);",
    "assert a1: 1 / zero == 1 || lu == 0;",
    "assert a2: the(no) == 0; lx = 1;",
    "assert lx == 2; assert lu == 0; assert larr[lx + 1] == 0;",
    "if (lx == 1) { local w : 0..3; lx = w; w = 2; }",
    "lx = (x == 1 && lu == 0) ? 1 / zero : 2;",
    "lx = x == 1 ? (lu == 0 ? 3 / lz : 1) : lu;",
    "lb = !(lb || lx == 1) => x == 1; lb = (lb => x == lu) && !lb;",
    "lb = lb == (x == 1); lb = (x == 1) != lb;",
    "while (lx < 3 && x < 3) { lx += 1; x = 1; if (lx == 2) { continue; } break; }",
    "again: lx += 1; x = 0; if (lx < 3) { goto again; }",
    "loop { if (lx == 3) { break; } lx += slow(); }",
    "lx = lx + xchg(lx, 2);",
    "lx = larr[lz] + xchg(larr[lz], 2) + larr[lz];",
    "larr[lx] = xchg(lx, 0);",
    "lx = arr_arg(larr[lz], xchg(larr[lz], 3)) + larr[lz];",
    "lx = with_local(xchg(lx, 2)) + lx;",
    "lx += xchg(lx, 2);",
    "larr[lz] += xchg(larr[lz], 2);",
    "lb = try_cmpxchg(lo, o, null) && lo == null;",
    "lb = (lx == 1) == try_cmpxchg(lx, 1, 2);",
    "lx = xchg(lx, x); lx = xchg(lx, x + slow());",
    "emit ev(lx + xchg(lx, 2)); lx = x + xchg(lx, hang());",
    "lx = kept(larr[x]) + cmpxchg(larr[lx / lz], 1, 2);",
    "lx = xchg(larr[lx / lz], 2);",
    "lb = try_cmpxchg(larr[lu], lu, lx);",
    "lx = smp_cond_load_acquire(&larr[lx], VAL == 0);",
    "lx = smp_cond_load_acquire(&larr[lx / lz], VAL == 0);",
    "spin_lock(&sl); mutex_lock(&lks[lx / lz]);",
    "lb = held(lks[lu]); lb = held(o->next->l); lb = held(o->next->next->l); lb = held(lst->l);",
    "cold = lu; cold = lx; o->k = lx + 4; st->k = lx;",
    "r0 = lx; r0 = lz; r0 = lz - 1; r0 += lx; r0 += lx; r0 -= lx + 5;",
    "sp->k += 1; sp->k = lu; sp->k = sp->k - 1;",
    "byp[self] = lx; byp[self] += 1; lx = byp[owner]; byp[the(whose)] = 1;",
    "owner = self; lb = owner == self; whose = some(self); lb = whose == some(owner); byp[the(whose)] = 3 / lz;",
    "waiting = waiting | {self}; lb = owner in waiting; pick w in waiting where w != self; byp[w] = 1;",
    "pick w in p where byp[w] == 0; byp[w] = 1; owner = w; for (i in p) { byp[i] += 1; }",
    "byp[self] = kept(byp[self]) + slow(); swap(byp[self], byp[owner]); lx = xchg(byp[self], lx + 1);",
    "when (exists i in p : i != self && byp[i] == 0) { byp[self] = 2; } or when (whose == some(self)) { y = 1; }",
)  # fmt: skip


def model(statement: str, mode: str) -> str:
    """The text of a spec with the statement in a process (``steps``), in two (``pair``), in an
    ``atomic`` block of it, or in an init block.
    """
    body, init, clause = f"{LOCALS}    {statement}\n    y = lx;\n", "", ""
    if mode == "atomic":
        body = f"{LOCALS}    atomic {{ {statement} }}\n    y = lx;\n"
    elif mode == "init":
        body, init, clause = "    y = x;\n", f"init more {{\n{LOCALS}    {statement}\n}}\n", " init more;"
    end = END.replace("init begin; }", f"init begin;{clause} }}")
    if mode == "pair":
        end = end.replace("run p, q;", "run p[2];")
    return f"{DECLARATIONS}process p {{\n{body}}}\n{init}{end}"
