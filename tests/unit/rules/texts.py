"""Rules as people write them, each within the language that is read."""

from __future__ import annotations

READABLE = """
(a IS NULL AND b IS NULL AND name IS NULL) OR (a IS NOT NULL AND b IS NOT NULL AND name IS NOT NULL)
ended_at IS NULL OR ended_at >= started_at
small BETWEEN 0 AND 100
small IS NULL OR small BETWEEN 0 AND 100
small NOT BETWEEN 0 AND 100
a BETWEEN SYMMETRIC 10 AND 1
a IN (1, 2, NULL)
a NOT IN (1, 2)
a NOT IN (1, NULL)
a IN (b, 1)
a IN (1.5, 2)
name IN ('a', 'ab')
name NOT IN ('a', 'ab')
name = ANY (ARRAY['a', 'b1'])
name <> ALL (ARRAY['a', 'b1'])
a = ANY ('{1,2}'::int[])
a > ANY (ARRAY[1, 5])
a > ALL (ARRAY[1, 5])
name LIKE ANY (ARRAY['a%', '%1'])
mood = 'IDLE'
mood <> 'IDLE'
mood > 'IDLE'
mood IN ('IDLE', 'DONE')
mood::text = 'IDLE'
num_nonnulls(a, b, name) = 1
num_nulls(a, b) >= 1
(a IS NULL) = (b IS NULL)
(a IS NULL) <> (b IS NULL)
(a IS NOT NULL)::int + (b IS NOT NULL)::int = 1
length(name) > 2
char_length(note) <= 1 AND length(code) < 3
octet_length(note) > 1
length(raw) = 1 OR octet_length(raw) = 2
length(note) <> 2
a / b > 0
a % b = 1
mod(a, 2) = 0
-a < 0
a + 1 > b
a - b = 1
a * 2 > 10
small + 1 > 0
small * small > 10
big + 1 > 0
a & 1 = 1
a | 2 = 3
a # 1 = 0
abs(a) > 1
abs(price) > 2
price * 2 >= 3
price + 0.005 > 1.5
price % 1 = 0.5
price > 1.5
price = 1.5
amount > 0
amount::int = 2
amount::numeric(4, 1) = 2.5
round(amount) = 2
round(amount, 1) = 2.5
trunc(amount) = 2
ceil(amount) = 2
floor(amount) = 1
sign(amount) = 1
ratio > 0.1
ratio = 'NaN'
ratio / 2 > 0.01
ratio * 1e10 > 1
ratio - ratio = 0
ratio::int = 2
speed = 0.1
speed > 0.1
speed = 0.1::real
speed + speed > 0
speed * 2 > 1
speed = ratio
a > 1.5
a = ratio
big = ratio
price = a
price = ratio
amount <> amount
coalesce(a, 0) > 0
coalesce(a, b, 1) = 1
coalesce(flag, false)
nullif(a, 0) > 0
nullif(name, '') IS NOT NULL
greatest(a, b) > 1
least(a, b) < 1
greatest(born, died) > '2024-02-29'
CASE WHEN flag THEN a > 1 ELSE b > 2 END
CASE mood WHEN 'IDLE' THEN a IS NULL WHEN 'DONE' THEN a IS NOT NULL END
CASE WHEN flag THEN 1 ELSE 2.5 END > 1
flag
NOT flag
flag = true
flag = false
flag <> open
flag > open
flag IS TRUE
flag IS NOT TRUE
flag IS FALSE
flag IS UNKNOWN
flag IS NOT UNKNOWN
(a > 1) IS NOT FALSE
(a > 1) IS NULL
a IS DISTINCT FROM b
a IS NOT DISTINCT FROM b
name IS DISTINCT FROM 'a'
a IS DISTINCT FROM NULL
a = NULL
lower(name) = name
upper(note) = 'A'
upper(note) = note
trim(name) = name
trim(name) <> ''
length(trim(name)) > 0
btrim(name, 'a') = ''
ltrim(name) = ''
rtrim(note) = note
name LIKE 'a%'
name NOT LIKE 'a%'
name LIKE 'a\\_b'
name LIKE 'a!%' ESCAPE '!'
name LIKE 'a_b'
name ILIKE 'A%'
note ILIKE '%b'
name SIMILAR TO '(a|b)%'
name SIMILAR TO 'a_b'
name ~ '^[a-z]+$'
name ~ 'a.b'
note ~ '^\\w+$'
note ~ '^[^a]*$'
note ~ '\\s'
note ~* '^AB?$'
note !~ '[0-9]{2}'
name ~ '^(a|b)?[[:alnum:]]*$'
starts_with(name, 'a')
name ^@ 'a'
name || 'x' = 'ax'
name || note = 'ab'
code = 'ab'
code = 'ab '
code <> 'a'
code::text = name
code || 'x' = 'abx'
code::text = 'a'
note = 'ab '
name = ''
name > ''
name >= ''
'' >= name
name COLLATE "C" < 'b'
note COLLATE "C" >= 'ab'
left(name, 1) = 'a'
right(name, 1) = 'b'
left(name, -1) = 'a'
right(name, -1) = 'b'
substring(name from 1 for 1) = 'a'
substring(name, 2) = 'b'
position('b' in name) > 1
strpos(note, 'a') = 1
replace(name, 'a', '') = ''
reverse(name) = 'ba'
concat(name, note) = 'ab'
name::varchar(1) = 'a'
born < died
born < '2024-03-01'
born + 1 = died
born - died > 0
born - 1 < '2024-02-29'
born + interval '1 month' > '2024-03-29'
extract(year from born) = 2024
extract(dow from born) = 4
date_part('month', started_at) = 2
started_at < ended_at
started_at > '2024-02-01'
started_at > '2024-02-01 12:00:00+00'
started_at = '2024-02-01 14:00:00+02'
ended_at <= started_at + interval '1 day'
ended_at - started_at <= interval '1 hour'
ended_at <= started_at + '1 mon'::interval
started_at::date = '2024-02-01'
started_at > born
started_at > local_at
date_trunc('day', started_at) = '2024-02-01'
local_at::date = born
local_at < '2024-02-02'
clock > '12:00'
clock < '23:59:59'
span > interval '1 hour'
span = interval '1 month'
span < '1 day 01:00:00'
span + interval '1 day' > interval '30 days'
key = '00000000-0000-0000-0000-000000000001'
key < '00000000-0000-0000-0000-000000000002'
key::text LIKE '0%'
doc ->> 'k' = 'v'
doc ->> 'k' = '1'
doc -> 'n' ->> 'm' = '[1, 2]'
(doc -> 'k') IS NULL
(doc ->> 'k') IS NULL
doc ->> 'k' = 'true'
doc ->> 'f' = '1.0'
doc -> 0 = '1'
doc ->> 2 = '{"a": 1}'
doc ? 'k'
doc @> '{"k": "v"}'
doc @> '[1]'
doc @> '1'
doc = '{}'
doc <> '{"k": true, "f": 1}'
jsonb_typeof(doc) = 'object'
jsonb_typeof(doc -> 'k') = 'null'
jsonb_array_length(doc) = 3
(note)::int > 10
a::text = '1'
flag::text = 'true'
flag::int = 1
a::boolean
place IS NOT NULL
num_nonnulls(place, a) = 1
NOT (a = 1 OR b = 2)
NOT (a = 1 AND b = 2)
b <> 0 AND a / b > 1
b = 0 OR a / b > 1
raw = '\\x6162' OR raw < '\\x61'
(a, b) IN ((1, 2), (2, 1))
(a, b) <> (0, 0)
ROW(a, name) = ROW(1, 'a')
(a, b) IS NOT NULL
(a, b) IS NULL
NOT ((a, b) IS NULL)
(a IS NULL, b IS NULL) IN ((true, true), (false, false))
price / 3 > 1
price / a >= 0.5
amount / price < 1
1.0 / a > 0.1
power(a, 2) < 100
a ^ 2 < 100
sqrt(a) < 10
ratio ^ 0.5 > 1
ceil(ratio) = 2
floor(speed) < 1
round(ratio) = 2
trunc(ratio) = -2
ratio::numeric <= 1.5
speed::numeric > 0.1
bit_length(name) < 16
split_part(name, ' ', 2) = 'b'
split_part(note, 'b', -1) <> ''
lpad(name, 3, 'x') = 'xxa'
rpad(note, 2) = 'a '
translate(name, 'ab', 'x') = 'x'
code ~ '^a'
code LIKE 'a%'
code LIKE 'a  '
code ~ 'b $'
span > '90'
born::text LIKE '2024%'
extract(second from started_at) = 0
isfinite(started_at)
(started_at AT TIME ZONE 'UTC')::date = born
(local_at AT TIME ZONE 'UTC') < started_at
doc ?& ARRAY['k', 'n']
doc ?| ARRAY['f', 'n']
doc #>> '{n,m}' = '[1, 2]'
doc #> '{n,m,1}' = '2'
(doc #>> '{k}'::text[]) IS NOT NULL
doc #>> '{2,a}' = '1'
doc <@ '{"k": "v", "x": 1}'
(doc - 'k') = '{}'
(doc -> 'n' -> 'm' -> 0)::int = 1
(doc -> 'k')::boolean
doc <> 'null'::jsonb
doc['k'] = '"v"'
array_length(tags, 1) > 1
array_length(tags, 2) IS NULL
array_upper(nums, 1) = 2
cardinality(tags) < 3
coalesce(array_length(nums, 1), 0) > 0
array_ndims(tags) = 1
tags = '{}'
tags <> '{}'::text[]
tags = ARRAY['a']
tags @> ARRAY['a']
tags <@ ARRAY['a', 'b']
tags && ARRAY['b', 'c']
'a' = ANY (tags)
'a' <> ALL (tags)
a = ANY (nums)
0 < ALL (nums)
name = ANY (tags)
nums[1] > 0
nums[1] < nums[2]
NOT isempty(seats)
isempty(days) IS NOT TRUE
lower(seats) > 0
upper(seats) <= 10
lower(seats) >= 0 AND upper(seats) <= 10
upper(seats) - lower(seats) BETWEEN 2 AND 4
upper(days) - lower(days) >= 7
lower(seats) IS NOT NULL
coalesce(upper(seats), 5) = 5
lower_inc(rates) AND NOT upper_inc(rates)
upper_inc(seats)
lower_inc(seats) OR isempty(seats)
NOT lower_inf(period) AND upper_inf(period)
seats @> 3
3 <@ seats
seats @> a
NOT seats @> a
seats <@ '[0,100)'
seats <@ int4range(0, 100)
seats @> '[2,3]'::int4range
rates @> price
days @> born AND NOT days @> died
days @> '2024-02-29'::date
period @> started_at
period @> timestamptz '2024-02-01 12:00:00+00'
seats && '[5,7)'
seats && int4range(5, NULL)
NOT seats && int4range(1, 3, '(]')
days && daterange('2024-02-01', '2024-03-01', '[]')
NOT period && tstzrange('2024-02-01 12:00:00+00', '2024-02-02 12:00:00+00')
seats <> 'empty'
seats = '[1,5]'
rates = '[1,1.5)'
seats IS DISTINCT FROM 'empty'::int4range
seats IN ('[1,5)', 'empty')
upper(seats) > a
lower(period) = started_at
int4range(a, b) @> 3
daterange(born, died, '[]') @> '2024-02-29'::date
tstzrange(started_at, ended_at) && period
a IS NULL OR seats @> a
upper(period) - lower(period) <= interval '1 day'
lower(days) >= '2024-01-01' AND NOT upper_inf(days)
CASE WHEN flag THEN isempty(seats) ELSE lower(seats) = 1 END
""".strip().splitlines()

OPAQUE = {
    "name < 'm'": "collation",
    "greatest(name, note) = 'a'": "greatest",
    "now() > started_at": "now",
    "started_at > current_timestamp": "CURRENT_TIMESTAMP",
    "user = 'me'": "user",
    "amount ^ 2 > 1": "power",
    "(a, b) < (1, 2)": "rows",
    "name = ALL (tags || tags)": "constant array",
    "nums[a] > 0": "nums[a]",
    "missing > 1": "missing",
    "a >": "syntax",
    "a > 1; b > 2": "not one expression",
    "a IN (SELECT 1)": "query",
    "exists(SELECT 1)": "Exists",
    "name ~ '(a)\\1'": "regular expression",
    "name ~ '(?=a)'": "regular expression",
    "name ~ '\\ma'": "regular expression",
    "name ~* 'é'": "ASCII",
    "name ILIKE 'É%'": "ASCII",
    "name LIKE 'a\\'": "LIKE",
    "name LIKE note": "constant",
    "code = name": "char(n)",
    "mood = 'SAD'": "SAD",
    "place = '(1,2)'": "point",
    "md5(name) = 'x'": "md5",
    "a::char = '1'": "CHAR",
    "to_char(born, 'YYYY') = '2024'": "to_char",
    "a = b = true": "parentheses",
    "name ~ note || 'a'": "parentheses",
    "born > 'yesterday'": "yesterday",
    "born > '01/02/2024'": "01/02/2024",
    "10_000 < a": "syntax",
    "a": "boolean",
    "name COLLATE \"de_DE\" < 'm'": "collation",
}
