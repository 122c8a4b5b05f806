"""Benchmarks: programs (``python -m tests.bench.NAME --json``), never timed tests. Figures stand in README.md here."""
