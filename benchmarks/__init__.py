"""Benchmarks of Ormthesis: `python -m benchmarks [NAME ...]` from the repository's root.

Each number stands against a peer or a floor that was measured in the same run, in interleaved
repetitions, or against a limit in seconds or megabytes. `peers` holds what we compare with.
"""
