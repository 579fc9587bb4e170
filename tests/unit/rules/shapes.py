"""CHECKs of every shape, at length, as applications declare them: all are read and solved."""

from __future__ import annotations

SHAPES = r"""
price IS NULL OR amount IS NULL OR price <= amount
a % 15 = 0
(a IS NOT NULL)::int + (b IS NOT NULL)::int + (name IS NOT NULL)::int = 1
name = ANY (ARRAY['draft', 'open', 'done'])
name::text = ANY (ARRAY['draft'::varchar, 'open'::varchar]::text[])
name <> ALL (ARRAY['none', 'null', ''])
name IS NULL OR name IN ('home', 'work')
char_length(trim(name)) BETWEEN 1 AND 10
length(name) > 0 AND length(name) <= 16
name = btrim(name) AND char_length(name) BETWEEN 1 AND 18
note LIKE 'http://%' OR note LIKE 'https://%'
note ILIKE '%.PDF'
name SIMILAR TO '(north|south)(east|west)?'
left(note, 3) = 'abc' AND length(note) = 8
substring(note from 1 for 2) IN ('DE', 'FR')
code = upper(code)
code ~ '^[A-Z]{3}$'
coalesce(nullif(trim(name), ''), nullif(trim(note), '')) IS NOT NULL
least(coalesce(a, 10), coalesce(b, 10)) > 0
sign(a) = sign(b)
ratio > 0.0 AND ratio <> 'NaN' AND ratio < 'Infinity'
note::int BETWEEN 1 AND 9999
(flag)::int + (open)::int <= 1
flag IS DISTINCT FROM open
CASE WHEN flag THEN a > 0 ELSE a IS NULL END
CASE WHEN a > 10 THEN 'big' WHEN a > 0 THEN 'small' ELSE 'none' END <> 'none'
CASE name WHEN 'card' THEN note IS NOT NULL WHEN 'cash' THEN note IS NULL ELSE false END
CASE WHEN flag THEN CASE WHEN open THEN a > 1 ELSE a > 2 END ELSE b BETWEEN 1 AND 3 END
(CASE WHEN a IS NOT NULL THEN 1 ELSE 0 END + CASE WHEN b IS NOT NULL THEN 1 ELSE 0 END) = 1
(name = 'person' AND a IS NOT NULL AND b IS NULL) OR (name = 'firm' AND a IS NULL AND b IS NOT NULL)
(name = 'fixed' AND price > 0) OR (name = 'free' AND price = 0) OR name = 'ask'
(mood = 'DONE') = (ended_at IS NOT NULL)
born >= '1900-01-01' AND born < '2100-01-01'
died - born BETWEEN 0 AND 365
ended_at IS NULL OR (started_at IS NOT NULL AND ended_at >= started_at)
ended_at <= started_at + interval '1 day'
ended_at - started_at BETWEEN interval '5 minutes' AND interval '8 hours'
date_trunc('hour', local_at) = local_at
extract(minute from local_at) IN (0, 15, 30, 45)
span > interval '0' AND span <= interval '30 days'
extract(hour from clock) BETWEEN 8 AND 17
jsonb_typeof(doc) = 'array' AND jsonb_array_length(doc) BETWEEN 1 AND 5
doc ? 'id' AND jsonb_typeof(doc -> 'id') = 'string'
doc - 'count' = '{}'::jsonb
tags <@ ARRAY['mo', 'tu', 'we']::text[]
array_position(tags, NULL) IS NULL
NOT ('' = ANY (tags))
'admin' = ANY (tags) OR cardinality(tags) = 0
0 < ALL (nums)
array_length(nums, 1) = 2 AND nums[1] <= nums[2]
key <> '00000000-0000-0000-0000-000000000000'
NOT (a > 10 AND (b < 5 OR NOT (flag OR open)))
(a > 0 AND a < 5) OR (a > 20 AND a < 25) OR a = 100
a IS NULL OR (a > 0 AND (b IS NULL OR (b > a AND (small IS NULL OR small > b))))
started_at IS NULL OR ended_at IS NULL OR ended_at - started_at >= '00:00:00'::interval
a = 1 OR (a = 2 AND b = 3) OR (a = 3 AND b IN (4, 5))
starts_with(note, '/') AND NOT starts_with(note, '//')
ltrim(note, '0') = note
char_length(note) = 0 OR note ~ '[.!?]$'
trunc(ratio::numeric, 2) = ratio::numeric
NOT isempty(seats)
NOT isempty(seats) AND lower(seats) >= 0 AND upper(seats) <= 10
upper(seats) - lower(seats) BETWEEN 2 AND 4
NOT isempty(period) AND NOT lower_inf(period) AND NOT upper_inf(period)
lower_inc(rates) AND NOT upper_inc(rates)
upper(days) - lower(days) >= 7
upper(period) - lower(period) <= interval '1 day'
lower(days) >= '2024-01-01' AND NOT upper_inf(days)
seats @> 3
seats @> a
days @> born AND NOT days @> died
rates <@ '[0,100]'
lower(rates) >= 0 AND upper(rates) > 3
seats <> 'empty' AND seats <@ int4range(0, 100)
NOT days && daterange('2024-02-01', '2024-03-01')
period && tstzrange('2024-02-01 12:00:00+00', '2024-02-02 12:00:00+00', '[]')
started_at = lower(period) AND ended_at = upper(period)
int4range(a, b) && seats
""".strip().splitlines()
