"""RCU and SRCU (docs/semantics.md, section 11), in the terms of the rest of the language."""

from modelcheck.language.resolve.rcu.expansion import with_rcu

__all__ = ["with_rcu"]
