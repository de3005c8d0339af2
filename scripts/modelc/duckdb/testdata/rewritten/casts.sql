-- A FLOAT64 is rounded to an INT64 half away from zero.
SELECT CAST(round(2.5e0) AS BIGINT) AS a, CAST(round(-2.5e0) AS BIGINT) AS b, CAST(round(0.5e0) AS BIGINT) AS c, CAST(round(1.4999e0) AS BIGINT) AS d, CAST('2.5'::DECIMAL(38, 9) AS BIGINT) AS e, CAST('-2.5'::DECIMAL(38, 9) AS BIGINT) AS f;

-- A string is cast when it is wholly a number.
SELECT CASE WHEN NOT regexp_full_match('12', '\s*([-+]?[0-9]+|0[xX][0-9a-fA-F]+)\s*') THEN error('not of type BIGINT: ' || '12') ELSE CAST('12' AS BIGINT) END AS a, CASE WHEN NOT regexp_full_match(' -7 ', '\s*([-+]?[0-9]+|0[xX][0-9a-fA-F]+)\s*') THEN error('not of type BIGINT: ' || ' -7 ') ELSE CAST(' -7 ' AS BIGINT) END AS b, CASE WHEN NOT regexp_full_match('0x1f', '\s*([-+]?[0-9]+|0[xX][0-9a-fA-F]+)\s*') THEN error('not of type BIGINT: ' || '0x1f') ELSE CAST('0x1f' AS BIGINT) END AS c, CASE WHEN NOT regexp_full_match('1.5', '(?i)\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*|\s*[-+]?(inf|infinity|nan)\s*') THEN error('not of type DOUBLE: ' || '1.5') ELSE CAST('1.5' AS DOUBLE) END AS d, CASE WHEN NOT regexp_full_match('1e3', '(?i)\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*|\s*[-+]?(inf|infinity|nan)\s*') THEN error('not of type DOUBLE: ' || '1e3') ELSE CAST('1e3' AS DOUBLE) END AS e, CASE WHEN NOT regexp_full_match('1.123456789', '\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*') THEN error('not of type DECIMAL(38, 9): ' || '1.123456789') ELSE CAST('1.123456789' AS DECIMAL(38, 9)) END AS f, CASE WHEN NOT regexp_full_match('+3', '\s*([-+]?[0-9]+|0[xX][0-9a-fA-F]+)\s*') THEN error('not of type BIGINT: ' || '+3') ELSE CAST('+3' AS BIGINT) END AS g;

-- What is none is an error: DuckDB would give 2.
SELECT CASE WHEN NOT regexp_full_match('1.5', '\s*([-+]?[0-9]+|0[xX][0-9a-fA-F]+)\s*') THEN error('not of type BIGINT: ' || '1.5') ELSE CAST('1.5' AS BIGINT) END AS a;

-- SAFE_CAST gives NULL for it.
SELECT CASE WHEN regexp_full_match('1.5', '\s*([-+]?[0-9]+|0[xX][0-9a-fA-F]+)\s*') THEN TRY_CAST('1.5' AS BIGINT) WHEN regexp_full_match('1.5', '\s*[-+]0[xX][0-9a-fA-F]+\s*') THEN error('hexadecimal with a sign: ' || '1.5') END AS a, CASE WHEN regexp_full_match('1e3', '\s*([-+]?[0-9]+|0[xX][0-9a-fA-F]+)\s*') THEN TRY_CAST('1e3' AS BIGINT) WHEN regexp_full_match('1e3', '\s*[-+]0[xX][0-9a-fA-F]+\s*') THEN error('hexadecimal with a sign: ' || '1e3') END AS b, CASE WHEN regexp_full_match('x', '(?i)\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*|\s*[-+]?(inf|infinity|nan)\s*') THEN TRY_CAST('x' AS DOUBLE) END AS c, CASE WHEN regexp_full_match('7', '\s*([-+]?[0-9]+|0[xX][0-9a-fA-F]+)\s*') THEN TRY_CAST('7' AS BIGINT) WHEN regexp_full_match('7', '\s*[-+]0[xX][0-9a-fA-F]+\s*') THEN error('hexadecimal with a sign: ' || '7') END AS d, CASE WHEN regexp_full_match('yes', '(?i)true|false') THEN TRY_CAST('yes' AS BOOLEAN) END AS e, CASE WHEN regexp_full_match('True', '(?i)true|false') THEN TRY_CAST('True' AS BOOLEAN) END AS f, CASE WHEN regexp_full_match('', '\s*([-+]?[0-9]+|0[xX][0-9a-fA-F]+)\s*') THEN TRY_CAST('' AS BIGINT) WHEN regexp_full_match('', '\s*[-+]0[xX][0-9a-fA-F]+\s*') THEN error('hexadecimal with a sign: ' || '') END AS g, CAST(NULL AS BIGINT) AS h, CASE WHEN regexp_full_match('99999999999999999999', '\s*([-+]?[0-9]+|0[xX][0-9a-fA-F]+)\s*') THEN TRY_CAST('99999999999999999999' AS BIGINT) WHEN regexp_full_match('99999999999999999999', '\s*[-+]0[xX][0-9a-fA-F]+\s*') THEN error('hexadecimal with a sign: ' || '99999999999999999999') END AS i, CASE WHEN regexp_full_match('1_000', '\s*([-+]?[0-9]+|0[xX][0-9a-fA-F]+)\s*') THEN TRY_CAST('1_000' AS BIGINT) WHEN regexp_full_match('1_000', '\s*[-+]0[xX][0-9a-fA-F]+\s*') THEN error('hexadecimal with a sign: ' || '1_000') END AS j;

-- Dates in strings.
SELECT DATE '2026-01-05' AS a, CASE WHEN regexp_full_match('2026-02-30', '[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}') THEN TRY_CAST('2026-02-30' AS DATE) END AS b, CASE WHEN regexp_full_match('tomorrow', '[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}') THEN TRY_CAST('tomorrow' AS DATE) END AS c, CAST(DATE '2026-01-05' AS VARCHAR) AS d, CASE WHEN regexp_full_match(x, '[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}') THEN TRY_CAST(x AS DATE) END AS e FROM (SELECT '2026-1-5' AS x);

-- Numbers as strings.
SELECT CAST(12::BIGINT AS VARCHAR) AS a, rtrim(rtrim(CAST('1.50'::DECIMAL(38, 9) AS VARCHAR), '0'), '.') AS b, rtrim(rtrim(CAST('100'::DECIMAL(38, 9) AS VARCHAR), '0'), '.') AS c, rtrim(rtrim(CAST('-0.000000001'::DECIMAL(38, 9) AS VARCHAR), '0'), '.') AS d, CAST(TRUE AS VARCHAR) AS e;

-- A FLOAT64 as a string has 15 digits, or 17 where it needs them.
SELECT x, CASE WHEN CAST(printf('%.15g', x) AS DOUBLE) = x THEN printf('%.15g', x) ELSE printf('%.17g', x) END AS a FROM UNNEST(CAST([0.1e0, 1.0e0, 1e15, 1e-5, 123456.789e0, 0.1e0 + 0.2e0, 1e100, -2.5e0, 100.0e0, 1e14, 3.0e-4] AS DOUBLE[])) AS x(x);

-- A FLOAT64 as a NUMERIC.
SELECT CAST(printf('%.40f', 0.1e0) AS DECIMAL(38, 9)) AS a, CAST(printf('%.40f', 1.0000000005e0) AS DECIMAL(38, 9)) AS b, CAST(printf('%.40f', 12345678.9e0) AS DECIMAL(38, 9)) AS c, CAST(printf('%.40f', 0.0009765625e0) AS DECIMAL(38, 9)) AS d, CAST(printf('%.40f', -0.0009765625e0) AS DECIMAL(38, 9)) AS e;

-- A NUMERIC as a FLOAT64.
SELECT CAST(CAST('0.1'::DECIMAL(38, 9) AS VARCHAR) AS DOUBLE) AS a, CAST(CAST('9007199.254740993'::DECIMAL(38, 9) AS VARCHAR) AS DOUBLE) AS b, CAST(CAST('12345678901234567890.123456789'::DECIMAL(38, 9) AS VARCHAR) AS DOUBLE) AS c;

-- Dates and timestamps.
SELECT CAST(TIMESTAMPTZ '2026-01-05 23:59:59+00' AS DATE) AS a, CAST(DATE '2026-01-05' AS TIMESTAMPTZ) AS b, CAST(TIMESTAMPTZ '2026-01-05 23:30:00-02:00' AS DATE) AS c, CAST(DATE '2026-01-05' AS TIMESTAMPTZ) AS d;

-- A timestamp as a string.
SELECT (regexp_replace(strftime(TIMESTAMPTZ '2026-01-05 01:02:03+00', '%Y-%m-%d %H:%M:%S.%f'), '(\.000)?000$', '') || '+00') AS a, (regexp_replace(strftime(TIMESTAMPTZ '2026-01-05 01:02:03.5+00', '%Y-%m-%d %H:%M:%S.%f'), '(\.000)?000$', '') || '+00') AS b, (regexp_replace(strftime(TIMESTAMPTZ '2026-01-05 01:02:03.000004+00', '%Y-%m-%d %H:%M:%S.%f'), '(\.000)?000$', '') || '+00') AS c, (regexp_replace(strftime(TIMESTAMPTZ '2026-01-05 01:02:03.1234+00', '%Y-%m-%d %H:%M:%S.%f'), '(\.000)?000$', '') || '+00') AS d;

-- Truth values.
SELECT CAST(TRUE AS BIGINT) AS a, CAST(0::BIGINT AS BOOLEAN) AS b, CAST(7::BIGINT AS BOOLEAN) AS c;

-- Numbers in hexadecimal.
SELECT CASE WHEN regexp_full_match('0xff', '\s*([-+]?[0-9]+|0[xX][0-9a-fA-F]+)\s*') THEN TRY_CAST('0xff' AS BIGINT) WHEN regexp_full_match('0xff', '\s*[-+]0[xX][0-9a-fA-F]+\s*') THEN error('hexadecimal with a sign: ' || '0xff') END AS a, CASE WHEN regexp_full_match('0xg', '\s*([-+]?[0-9]+|0[xX][0-9a-fA-F]+)\s*') THEN TRY_CAST('0xg' AS BIGINT) WHEN regexp_full_match('0xg', '\s*[-+]0[xX][0-9a-fA-F]+\s*') THEN error('hexadecimal with a sign: ' || '0xg') END AS b, CASE WHEN NOT regexp_full_match('0x7FFFFFFFFFFFFFFF', '\s*([-+]?[0-9]+|0[xX][0-9a-fA-F]+)\s*') THEN error('not of type BIGINT: ' || '0x7FFFFFFFFFFFFFFF') ELSE CAST('0x7FFFFFFFFFFFFFFF' AS BIGINT) END AS c, CASE WHEN regexp_full_match('0x', '\s*([-+]?[0-9]+|0[xX][0-9a-fA-F]+)\s*') THEN TRY_CAST('0x' AS BIGINT) WHEN regexp_full_match('0x', '\s*[-+]0[xX][0-9a-fA-F]+\s*') THEN error('hexadecimal with a sign: ' || '0x') END AS d;

-- Bytes.
SELECT unhex(sha256('a')) AS a, encode('é') AS b;
