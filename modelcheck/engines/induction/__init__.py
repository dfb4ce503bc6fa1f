"""Proofs for any number of replicas: samples, candidate lemmas, and what becomes of them. No solver's types in here."""
