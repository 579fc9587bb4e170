"""Random expressions over the columns, as text, and rows to evaluate them on."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.unit.rules.columns import LABELS, VALUES, WORDS

COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")

rows: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {column: st.one_of(st.none(), st.sampled_from(values)) for column, values in VALUES.items()}
)

_quoted_words = st.sampled_from(WORDS).map(lambda word: "'" + word.replace("'", "''") + "'")
_integers = st.one_of(
    st.sampled_from(["a", "b", "small", "big", "length(name)", "length(note)"]),
    st.sampled_from([0, 1, 2, 10, 100, 32767, 2147483647]).map(str),
    st.just("(-1)"),
)
_numbers = st.one_of(
    _integers, st.sampled_from(["price", "amount", "ratio", "speed", "1.5", "0.1", "(-2.5)"])
)
_texts = st.one_of(st.sampled_from(["name", "note", "lower(name)", "trim(note)"]), _quoted_words)
_suffixes_of_floats = st.sampled_from(["", " * 2", " + 0.5", " / 3"])
_moments = st.sampled_from(
    [
        "started_at",
        "ended_at",
        "local_at",
        "born",
        "died",
        "'2024-02-29'::date",
        "born + 1",
        "started_at + interval '1 day'",
        "'2024-02-01 12:00:00+00'::timestamptz",
    ]
)


def _operator(left: st.SearchStrategy[str], *operators: str) -> st.SearchStrategy[str]:
    return st.builds("({} {} {})".format, left, st.sampled_from(operators), left)


integers = st.one_of(
    _integers,
    _operator(_integers, "+", "-", "*", "/", "%"),
    st.builds("coalesce({}, {})".format, _integers, _integers),
    st.builds("nullif({}, {})".format, _integers, _integers),
    st.builds("greatest({}, {})".format, _integers, _integers),
    st.builds("abs({})".format, st.sampled_from(["a", "b", "small"])),
)
numbers = st.one_of(integers, _numbers, _operator(_numbers, "+", "-", "*"))
texts = st.one_of(
    _texts, _operator(_texts, "||"), st.builds("coalesce({}, {})".format, _texts, _texts)
)
_exact = st.sampled_from(["price", "amount", "a", "1.5", "3", "0.007", "length(name)"])
_quotients = st.builds("({} / {}::numeric)".format, _exact, _exact)
_floats = st.builds(
    "{}(ratio{})".format, st.sampled_from(["ceil", "floor", "round", "trunc"]), _suffixes_of_floats
)
_arrays = st.sampled_from(["nums", "ARRAY[1]", "ARRAY[2, 0]", "ARRAY[3, NULL]", "'{}'::int[]"])
_quantifiers = st.sampled_from(["ANY", "ALL"])
_paths = st.sampled_from(["{}", "{k}", "{n,m}", "{n,m,1}", "{n,m,-1}", "{2,a}", "{1}", "{x}"])
_members = st.one_of(
    st.builds("(doc #>> '{}')".format, _paths),
    st.builds("(doc ->> '{}')".format, st.sampled_from(["k", "n", "f", "x"])),
    st.builds("split_part(note, '{}', {})".format, st.sampled_from("ab %"), st.just(1)),
    st.builds("lpad(name, {}, 'xy')".format, st.sampled_from([0, 1, 3])),
)
_json_texts = st.sampled_from(["v", "1", "true", "[1, 2]", "2", "", "a", "xya"])
patterns = st.sampled_from(
    [
        "LIKE 'a%'",
        "LIKE '_'",
        "NOT LIKE '%b'",
        "~ '^[a-z]*$'",
        "~ 'a.b'",
        "!~ '[0-9]'",
        "SIMILAR TO '(a|b)*'",
        "~ '^a?b+$'",
        "ILIKE 'a%'",
        "~* 'AB'",
    ]
)
tests = st.one_of(
    st.sampled_from(["flag", "open", "true", "false", "NULL::boolean"]),
    _operator(numbers, *COMPARISONS),
    _operator(integers, *COMPARISONS),
    _operator(texts, "=", "<>"),
    _operator(_moments, *COMPARISONS),
    st.builds("(mood {} '{}')".format, st.sampled_from(COMPARISONS), st.sampled_from(LABELS)),
    st.builds("({} {})".format, _texts, patterns),
    st.builds(
        "({} IS {}NULL)".format, st.sampled_from(list(VALUES)), st.sampled_from(["", "NOT "])
    ),
    st.builds("({} BETWEEN {} AND {})".format, integers, integers, integers),
    st.builds("({} IN ({}, {}))".format, integers, integers, integers),
    st.builds("({} NOT IN ({}, {}))".format, _texts, _texts, _texts),
    st.builds("(num_nonnulls(a, b, name) {} {})".format, st.sampled_from(COMPARISONS), _integers),
    st.builds("({} IS DISTINCT FROM {})".format, integers, integers),
    st.builds("({} {} {})".format, _quotients, st.sampled_from(COMPARISONS), _numbers),
    st.builds("({} {} {})".format, _floats, st.sampled_from(COMPARISONS), _numbers),
    _operator(_arrays, "=", "<>", "@>", "<@", "&&"),
    st.builds("({} {} {} (nums))".format, integers, st.sampled_from(COMPARISONS), _quantifiers),
    st.builds("((a, b) {} ({}, {}))".format, st.sampled_from(["=", "<>"]), integers, integers),
    st.builds("({} {} '{}')".format, _members, st.sampled_from(["=", "<>"]), _json_texts),
    st.builds("((doc #> '{}') IS NULL)".format, _paths),
)


def _combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    words = st.sampled_from(["AND", "OR", "=", "<>", "IS DISTINCT FROM"])
    suffixes = st.sampled_from(["TRUE", "NOT TRUE", "FALSE", "NOT FALSE", "NULL", "UNKNOWN"])
    return st.one_of(
        st.builds("({} {} {})".format, inner, words, inner),
        st.builds("(NOT {})".format, inner),
        st.builds("(({}) IS {})".format, inner, suffixes),
        st.builds("(CASE WHEN {} THEN {} ELSE {} END)".format, inner, inner, inner),
        st.builds("coalesce({}, {})".format, inner, inner),
    )


conditions = st.recursive(tests, _combined, max_leaves=6)


def _chain(part: st.SearchStrategy[str], *operators: str) -> st.SearchStrategy[str]:
    """Operands joined without parentheses, for precedence to sort out."""
    more = st.lists(st.tuples(st.sampled_from(operators), part), max_size=2)
    return st.builds(
        lambda first, rest: " ".join([first, *(w for p in rest for w in p)]), part, more
    )


_bare_numbers = _chain(
    st.sampled_from(["a", "b", "small", "1", "2", "-1", "- a", "price", "1.5", "a::int"]),
    *"+-*/%&|",
)
_bare_texts = _chain(st.sampled_from(["name", "note", "'a'", "'%'"]), "||")
_bare_tests = st.one_of(
    st.builds("{} {} {}".format, _bare_numbers, st.sampled_from(COMPARISONS), _bare_numbers),
    st.builds("{} {} {}".format, _bare_texts, st.sampled_from(["=", "<>"]), _bare_texts),
    st.builds("{} {}".format, _bare_texts, patterns),
    st.builds("{} BETWEEN {} AND {}".format, _bare_numbers, _bare_numbers, _bare_numbers),
    st.builds("{} NOT IN (1, {})".format, _bare_numbers, _bare_numbers),
    st.sampled_from(["flag", "open", "a IS NULL", "doc -> 'k' ->> 'm' = 'v'"]),
)
_suffixes = st.sampled_from(["", "", " IS NULL", " IS NOT FALSE", " IS DISTINCT FROM flag"])
bare_conditions = _chain(
    st.builds("{}{}{}".format, st.sampled_from(["", "NOT "]), _bare_tests, _suffixes),
    "AND",
    "OR",
    "=",
    "<>",
)
