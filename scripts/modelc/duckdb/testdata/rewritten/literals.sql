-- A whole number is an INT64, with or without neighbours.
SELECT 1::BIGINT AS a, (-1)::BIGINT AS b, 31::BIGINT AS c, 1::BIGINT + 1::BIGINT AS d, 2147483647::BIGINT + 1::BIGINT AS e, (-9223372036854775808)::BIGINT AS f, - (-3)::BIGINT AS g;

-- A number with a point is a FLOAT64, not a decimal.
SELECT 1.5e0 AS a, .5e0 AS b, 5.e0 AS c, 1e3 AS d, 1.5e-2 AS e, 0.1e0 + 0.2e0 AS f, -2.5e0 AS g;

-- A number beside a NUMERIC is one.
SELECT CAST('1.5'::DECIMAL(38, 9) * '1.5'::DECIMAL(38, 9) AS DECIMAL(38, 9)) AS a, '-0.01'::DECIMAL(38, 9) AS b, '1e3'::DECIMAL(38, 9) AS c, 3 - '0.1'::DECIMAL(38, 9) AS d, '2'::DECIMAL(38, 9) > '1.5'::DECIMAL(38, 9) AS e;

-- All forms of strings give the same text.
SELECT 'ab' AS a, 'it''s' AS b, 'it''s "x"' AS c, '\n' AS d, 'two
lines' AS e, 'tab	here' AS f, 'éA' AS g, 'ab' AS h, '' AS i;

-- Dates and timestamps, and strings that are taken for them.
SELECT DATE '2026-1-5' AS a, TIMESTAMPTZ '2026-01-05 10:20:30.5+02:00' AS b, TIMESTAMPTZ '2026-01-05 00:00:00+00' AS c, DATE '2026-01-05' = DATE '2026-01-05' AS d, TIMESTAMPTZ '2026-01-05 01:02:03+00' AS e;

-- NULL has a type.
SELECT NULL::BIGINT AS a, CAST(NULL AS VARCHAR) AS b, CASE WHEN TRUE THEN NULL ELSE 'x' END AS c, CAST([NULL, 'a'] AS VARCHAR[]) AS d, CAST(NULL AS DATE) AS e;

-- Truth values.
SELECT TRUE AS a, FALSE AS b, NOT TRUE AS c, NULL::BOOLEAN AND FALSE AS d, NULL::BOOLEAN OR TRUE AS e, CAST(NOT CAST(NULL AS BOOLEAN) AS BOOLEAN) AS f;

-- Comments of every kind stay comments.
SELECT 1::BIGINT AS a, -- the first
  2::BIGINT AS b, -- the second
  /* the / * third */ 3::BIGINT AS c;

-- Names in backticks, and names that are words to DuckDB.
WITH "select" AS (SELECT 1::BIGINT AS "end", 2::BIGINT AS "columns", 3::BIGINT AS "two words") SELECT "select"."end", "columns", "two words" AS "do" FROM "select";
