"""CHECKs and index predicates: read, evaluated in three-valued logic, solved. Pure.

Pipeline: `parse` (text to sqlglot's tree) -> `read` (to our typed tree) -> `evaluate` (to
closures), `canonical` (to a normal form) and `solve` (to branches of domains and relations).

One assumption is shared by all of them: the session's TimeZone is UTC, as persistence sets it.
"""
