-- A FLOAT64 is rounded to an INT64 half away from zero.
SELECT CAST(round(2.5e0) AS BIGINT) AS a, CAST(round(-2.5e0) AS BIGINT) AS b, CAST(round(0.5e0) AS BIGINT) AS c, CAST(round(1.4999e0) AS BIGINT) AS d, CAST('2.5'::DECIMAL(38, 9) AS BIGINT) AS e, CAST('-2.5'::DECIMAL(38, 9) AS BIGINT) AS f;

-- A string is cast when it is wholly a number.
SELECT CASE WHEN regexp_full_match('12', '\s*[-+]?[0-9]+\s*') THEN CAST('12' AS BIGINT) WHEN regexp_full_match('12', '\s*[-+]?0[xX][0-9a-fA-F]+\s*') THEN CAST(regexp_extract('12', '[-+]') || CAST(regexp_extract('12', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS BIGINT) WHEN '12' IS NOT NULL THEN error('not of type BIGINT: ' || '12') END AS a, CASE WHEN regexp_full_match(' -7 ', '\s*[-+]?[0-9]+\s*') THEN CAST(' -7 ' AS BIGINT) WHEN regexp_full_match(' -7 ', '\s*[-+]?0[xX][0-9a-fA-F]+\s*') THEN CAST(regexp_extract(' -7 ', '[-+]') || CAST(regexp_extract(' -7 ', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS BIGINT) WHEN ' -7 ' IS NOT NULL THEN error('not of type BIGINT: ' || ' -7 ') END AS b, CASE WHEN regexp_full_match('0x1f', '\s*[-+]?[0-9]+\s*') THEN CAST('0x1f' AS BIGINT) WHEN regexp_full_match('0x1f', '\s*[-+]?0[xX][0-9a-fA-F]+\s*') THEN CAST(regexp_extract('0x1f', '[-+]') || CAST(regexp_extract('0x1f', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS BIGINT) WHEN '0x1f' IS NOT NULL THEN error('not of type BIGINT: ' || '0x1f') END AS c, CASE WHEN regexp_full_match('1.5', '(?i)\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*|\s*[-+]?(inf|infinity|nan)\s*') THEN CAST('1.5' AS DOUBLE) WHEN regexp_full_match('1.5', '\s*[-+]?0[xX][0-9a-fA-F]{1,16}\s*') THEN CAST(regexp_extract('1.5', '[-+]') || CAST(regexp_extract('1.5', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS DOUBLE) WHEN regexp_full_match('1.5', '(?i)\s*[-+]?(0x([0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(p[-+]?[0-9]+)?|nan\([a-z0-9_]*\))\s*') THEN error('DuckDB cannot read this number: ' || '1.5') WHEN '1.5' IS NOT NULL THEN error('not of type DOUBLE: ' || '1.5') END AS d, CASE WHEN regexp_full_match('1e3', '(?i)\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*|\s*[-+]?(inf|infinity|nan)\s*') THEN CAST('1e3' AS DOUBLE) WHEN regexp_full_match('1e3', '\s*[-+]?0[xX][0-9a-fA-F]{1,16}\s*') THEN CAST(regexp_extract('1e3', '[-+]') || CAST(regexp_extract('1e3', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS DOUBLE) WHEN regexp_full_match('1e3', '(?i)\s*[-+]?(0x([0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(p[-+]?[0-9]+)?|nan\([a-z0-9_]*\))\s*') THEN error('DuckDB cannot read this number: ' || '1e3') WHEN '1e3' IS NOT NULL THEN error('not of type DOUBLE: ' || '1e3') END AS e, CASE WHEN regexp_full_match('1.123456789', '\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE](\+?[0-9]+|-0*[0-9]))?\s*') THEN CAST('1.123456789' AS DECIMAL(38, 9)) WHEN regexp_full_match('1.123456789', '\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*') THEN error('DuckDB cannot read this number: ' || '1.123456789') WHEN '1.123456789' IS NOT NULL THEN error('not of type DECIMAL(38, 9): ' || '1.123456789') END AS f, CASE WHEN regexp_full_match('+3', '\s*[-+]?[0-9]+\s*') THEN CAST('+3' AS BIGINT) WHEN regexp_full_match('+3', '\s*[-+]?0[xX][0-9a-fA-F]+\s*') THEN CAST(regexp_extract('+3', '[-+]') || CAST(regexp_extract('+3', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS BIGINT) WHEN '+3' IS NOT NULL THEN error('not of type BIGINT: ' || '+3') END AS g;

-- What is none is an error: DuckDB would give 2.
SELECT CASE WHEN regexp_full_match('1.5', '\s*[-+]?[0-9]+\s*') THEN CAST('1.5' AS BIGINT) WHEN regexp_full_match('1.5', '\s*[-+]?0[xX][0-9a-fA-F]+\s*') THEN CAST(regexp_extract('1.5', '[-+]') || CAST(regexp_extract('1.5', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS BIGINT) WHEN '1.5' IS NOT NULL THEN error('not of type BIGINT: ' || '1.5') END AS a;

-- SAFE_CAST gives NULL for it.
SELECT CASE WHEN regexp_full_match('1.5', '\s*[-+]?[0-9]+\s*') THEN TRY_CAST('1.5' AS BIGINT) WHEN regexp_full_match('1.5', '\s*[-+]?0[xX][0-9a-fA-F]+\s*') THEN TRY_CAST(regexp_extract('1.5', '[-+]') || TRY_CAST(regexp_extract('1.5', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS BIGINT) END AS a, CASE WHEN regexp_full_match('1e3', '\s*[-+]?[0-9]+\s*') THEN TRY_CAST('1e3' AS BIGINT) WHEN regexp_full_match('1e3', '\s*[-+]?0[xX][0-9a-fA-F]+\s*') THEN TRY_CAST(regexp_extract('1e3', '[-+]') || TRY_CAST(regexp_extract('1e3', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS BIGINT) END AS b, CASE WHEN regexp_full_match('x', '(?i)\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*|\s*[-+]?(inf|infinity|nan)\s*') THEN TRY_CAST('x' AS DOUBLE) WHEN regexp_full_match('x', '\s*[-+]?0[xX][0-9a-fA-F]{1,16}\s*') THEN TRY_CAST(regexp_extract('x', '[-+]') || TRY_CAST(regexp_extract('x', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS DOUBLE) WHEN regexp_full_match('x', '(?i)\s*[-+]?(0x([0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(p[-+]?[0-9]+)?|nan\([a-z0-9_]*\))\s*') THEN error('DuckDB cannot read this number: ' || 'x') END AS c, CASE WHEN regexp_full_match('7', '\s*[-+]?[0-9]+\s*') THEN TRY_CAST('7' AS BIGINT) WHEN regexp_full_match('7', '\s*[-+]?0[xX][0-9a-fA-F]+\s*') THEN TRY_CAST(regexp_extract('7', '[-+]') || TRY_CAST(regexp_extract('7', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS BIGINT) END AS d, CASE WHEN regexp_full_match('yes', '(?i)true|false') THEN TRY_CAST('yes' AS BOOLEAN) END AS e, CASE WHEN regexp_full_match('True', '(?i)true|false') THEN TRY_CAST('True' AS BOOLEAN) END AS f, CASE WHEN regexp_full_match('', '\s*[-+]?[0-9]+\s*') THEN TRY_CAST('' AS BIGINT) WHEN regexp_full_match('', '\s*[-+]?0[xX][0-9a-fA-F]+\s*') THEN TRY_CAST(regexp_extract('', '[-+]') || TRY_CAST(regexp_extract('', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS BIGINT) END AS g, CAST(NULL AS BIGINT) AS h, CASE WHEN regexp_full_match('99999999999999999999', '\s*[-+]?[0-9]+\s*') THEN TRY_CAST('99999999999999999999' AS BIGINT) WHEN regexp_full_match('99999999999999999999', '\s*[-+]?0[xX][0-9a-fA-F]+\s*') THEN TRY_CAST(regexp_extract('99999999999999999999', '[-+]') || TRY_CAST(regexp_extract('99999999999999999999', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS BIGINT) END AS i, CASE WHEN regexp_full_match('1_000', '\s*[-+]?[0-9]+\s*') THEN TRY_CAST('1_000' AS BIGINT) WHEN regexp_full_match('1_000', '\s*[-+]?0[xX][0-9a-fA-F]+\s*') THEN TRY_CAST(regexp_extract('1_000', '[-+]') || TRY_CAST(regexp_extract('1_000', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS BIGINT) END AS j;

-- Dates in strings.
SELECT DATE '2026-01-05' AS a, CASE WHEN regexp_full_match('2026-02-30', '(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-[0-9]{1,2}-[0-9]{1,2}') THEN TRY_CAST('2026-02-30' AS DATE) END AS b, CASE WHEN regexp_full_match('tomorrow', '(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-[0-9]{1,2}-[0-9]{1,2}') THEN TRY_CAST('tomorrow' AS DATE) END AS c, CAST(DATE '2026-01-05' AS VARCHAR) AS d, CASE WHEN regexp_full_match(x, '(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-[0-9]{1,2}-[0-9]{1,2}') THEN TRY_CAST(x AS DATE) END AS e FROM (SELECT '2026-1-5' AS x);

-- Numbers as strings.
SELECT CAST(12::BIGINT AS VARCHAR) AS a, rtrim(rtrim(CAST('1.50'::DECIMAL(38, 9) AS VARCHAR), '0'), '.') AS b, rtrim(rtrim(CAST('100'::DECIMAL(38, 9) AS VARCHAR), '0'), '.') AS c, rtrim(rtrim(CAST('-0.000000001'::DECIMAL(38, 9) AS VARCHAR), '0'), '.') AS d, CAST(TRUE AS VARCHAR) AS e;

-- A FLOAT64 as a string has 15 digits, or 17 where it needs them.
SELECT x, CASE WHEN CAST(printf('%.15g', x) AS DOUBLE) = x THEN printf('%.15g', x + 0e0) ELSE printf('%.17g', x) END AS a FROM UNNEST(CAST([0.1e0, 1.0e0, 1e15, 1e-5, 123456.789e0, 0.1e0 + 0.2e0, 1e100, -2.5e0, 100.0e0, 1e14, 3.0e-4] AS DOUBLE[])) AS x(x);

-- A FLOAT64 as a NUMERIC.
SELECT CAST(printf('%.40f', 0.1e0) AS DECIMAL(38, 9)) AS a, CAST(printf('%.40f', 1.0000000005e0) AS DECIMAL(38, 9)) AS b, CAST(printf('%.40f', 12345678.9e0) AS DECIMAL(38, 9)) AS c, CAST(printf('%.40f', 0.0009765625e0) AS DECIMAL(38, 9)) AS d, CAST(printf('%.40f', -0.0009765625e0) AS DECIMAL(38, 9)) AS e;

-- A NUMERIC as a FLOAT64.
SELECT CAST(CAST('0.1'::DECIMAL(38, 9) AS VARCHAR) AS DOUBLE) AS a, CAST(CAST('9007199.254740993'::DECIMAL(38, 9) AS VARCHAR) AS DOUBLE) AS b, CAST(CAST('12345678901234567890.123456789'::DECIMAL(38, 9) AS VARCHAR) AS DOUBLE) AS c;

-- Dates and timestamps.
SELECT CAST(TIMESTAMPTZ '2026-01-05 23:59:59+00' AS DATE) AS a, CAST(DATE '2026-01-05' AS TIMESTAMPTZ) AS b, CAST(TIMESTAMPTZ '2026-01-05 23:30:00-02:00' AS DATE) AS c, CAST(DATE '2026-01-05' AS TIMESTAMPTZ) AS d;

-- A timestamp as a string.
SELECT regexp_replace(strftime(TIMESTAMPTZ '2026-01-05 01:02:03+00', '%Y-%m-%d %H:%M:%S.%f+00'), '(\.000)?000\+00$', '+00') AS a, regexp_replace(strftime(TIMESTAMPTZ '2026-01-05 01:02:03.5+00', '%Y-%m-%d %H:%M:%S.%f+00'), '(\.000)?000\+00$', '+00') AS b, regexp_replace(strftime(TIMESTAMPTZ '2026-01-05 01:02:03.000004+00', '%Y-%m-%d %H:%M:%S.%f+00'), '(\.000)?000\+00$', '+00') AS c, regexp_replace(strftime(TIMESTAMPTZ '2026-01-05 01:02:03.1234+00', '%Y-%m-%d %H:%M:%S.%f+00'), '(\.000)?000\+00$', '+00') AS d;

-- Truth values.
SELECT CAST(TRUE AS BIGINT) AS a, CAST(0::BIGINT AS BOOLEAN) AS b, CAST(7::BIGINT AS BOOLEAN) AS c;

-- Numbers in hexadecimal.
SELECT CASE WHEN regexp_full_match('0xff', '\s*[-+]?[0-9]+\s*') THEN TRY_CAST('0xff' AS BIGINT) WHEN regexp_full_match('0xff', '\s*[-+]?0[xX][0-9a-fA-F]+\s*') THEN TRY_CAST(regexp_extract('0xff', '[-+]') || TRY_CAST(regexp_extract('0xff', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS BIGINT) END AS a, CASE WHEN regexp_full_match('0xg', '\s*[-+]?[0-9]+\s*') THEN TRY_CAST('0xg' AS BIGINT) WHEN regexp_full_match('0xg', '\s*[-+]?0[xX][0-9a-fA-F]+\s*') THEN TRY_CAST(regexp_extract('0xg', '[-+]') || TRY_CAST(regexp_extract('0xg', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS BIGINT) END AS b, CASE WHEN regexp_full_match('0x7FFFFFFFFFFFFFFF', '\s*[-+]?[0-9]+\s*') THEN CAST('0x7FFFFFFFFFFFFFFF' AS BIGINT) WHEN regexp_full_match('0x7FFFFFFFFFFFFFFF', '\s*[-+]?0[xX][0-9a-fA-F]+\s*') THEN CAST(regexp_extract('0x7FFFFFFFFFFFFFFF', '[-+]') || CAST(regexp_extract('0x7FFFFFFFFFFFFFFF', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS BIGINT) WHEN '0x7FFFFFFFFFFFFFFF' IS NOT NULL THEN error('not of type BIGINT: ' || '0x7FFFFFFFFFFFFFFF') END AS c, CASE WHEN regexp_full_match('0x', '\s*[-+]?[0-9]+\s*') THEN TRY_CAST('0x' AS BIGINT) WHEN regexp_full_match('0x', '\s*[-+]?0[xX][0-9a-fA-F]+\s*') THEN TRY_CAST(regexp_extract('0x', '[-+]') || TRY_CAST(regexp_extract('0x', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS BIGINT) END AS d;

-- Bytes.
SELECT unhex(sha256('a')) AS a, encode('é') AS b;

-- Odd strings to INT64.
SELECT s, CASE WHEN regexp_full_match(s, '\s*[-+]?[0-9]+\s*') THEN TRY_CAST(s AS BIGINT) WHEN regexp_full_match(s, '\s*[-+]?0[xX][0-9a-fA-F]+\s*') THEN TRY_CAST(regexp_extract(s, '[-+]') || TRY_CAST(regexp_extract(s, '0[xX][0-9a-fA-F]+') AS UBIGINT) AS BIGINT) END AS n
FROM UNNEST(CAST(['0', '-0', '+0', '007', '-007', ' 12', '12 ', '	12
', '1 2', '', ' ', '+', '-', '+-1', '--1', '- 1', '1.', '1.0', '.5', '1e2', '1_000', '1,000', '0x', '0x0', '0X1F', '0x1f', '-0x1F', '+0x1f', ' 0x1F ', '0x-1', '0b1', '0o7', '0xg', 'x1F', '1F', '9223372036854775807', '9223372036854775808', '-9223372036854775808', '-9223372036854775809', '0x7FFFFFFFFFFFFFFF', '0x8000000000000000', '-0x8000000000000000', '0xFFFFFFFFFFFFFFFF', '00000000000000000000000001', 'nan', 'inf', 'true', 'NULL', '１２', '१२', '12 ', '12é', '💥', '1́'] AS VARCHAR[])) AS s(s);

-- Odd strings to FLOAT64.
SELECT s, CASE WHEN regexp_full_match(s, '(?i)\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*|\s*[-+]?(inf|infinity|nan)\s*') THEN TRY_CAST(s AS DOUBLE) WHEN regexp_full_match(s, '\s*[-+]?0[xX][0-9a-fA-F]{1,16}\s*') THEN TRY_CAST(regexp_extract(s, '[-+]') || TRY_CAST(regexp_extract(s, '0[xX][0-9a-fA-F]+') AS UBIGINT) AS DOUBLE) WHEN regexp_full_match(s, '(?i)\s*[-+]?(0x([0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(p[-+]?[0-9]+)?|nan\([a-z0-9_]*\))\s*') THEN error('DuckDB cannot read this number: ' || s) END AS x
FROM UNNEST(CAST(['0', '-0', '+1.5', '1.', '.5', '.', '', ' ', ' 1.5 ', '	1.5
', '1 .5', '1e3', '1E+3', '1e-3', '1e', '1e+', 'e3', '1.5e3.5', '0x1F', '0X1f', '-0x1F', '0x', '0x1p', '1p3', 'inf', '+inf', '-inf', 'Infinity', '-INFINITY', 'infinit', 'in', 'nan', 'NaN', '-nan', '+nan', '1f', '1.5f', '1d', '1_000', '1,5', '1e308', '1e309', '-1e309', '1e-400', '4.9e-324', '1e400', '179769313486231570814527423731704356798070e267', '0.1', '123456789012345678901234567890', 'true', '１', '1.5 ', '1é'] AS VARCHAR[])) AS s(s);

-- Odd strings to NUMERIC.
SELECT s, CASE WHEN regexp_full_match(s, '\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE](\+?[0-9]+|-0*[0-9]))?\s*') THEN TRY_CAST(s AS DECIMAL(38, 9)) WHEN regexp_full_match(s, '\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*') THEN error('DuckDB cannot read this number: ' || s) END AS n
FROM UNNEST(CAST(['0', '-0', '+1.5', '1.', '.5', '.', '', ' ', ' 1.5 ', '	1.5
', '1e3', '1E+3', '1e-3', '1e', '1e-9', '4e-9', '1.49e-9', '1.5e-9', '-0.5e-9', '0.49e-9', '123456.789e-8', '0.0000000005', '0.0000000004', '1.0000000005', '-1.0000000005', '1.9999999999', '0x1F', 'nan', 'inf', '1_000', '1,5', '1e28', '1e29', '1e30', '99999999999999999999999999999.999999999', '99999999999999999999999999999.9999999994', '99999999999999999999999999999.9999999995', '-99999999999999999999999999999.999999999', '100000000000000000000000000000', '000000000000000000000000000000000000001', '0e400', '1.00000000149e1', '1.5.5', '--1', '+-1', '１', '1é'] AS VARCHAR[])) AS s(s);

-- Odd strings to BOOL.
SELECT s, CASE WHEN regexp_full_match(s, '(?i)true|false') THEN TRY_CAST(s AS BOOLEAN) END AS b
FROM UNNEST(CAST(['true', 'TRUE', 'True', 'tRuE', 'false', 'FALSE', 't', 'f', 'yes', 'no', '1', '0', '', ' true', 'true ', 'on', 'nul'] AS VARCHAR[])) AS s(s);

-- Odd strings to DATE.
SELECT s, CASE WHEN regexp_full_match(s, '(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-[0-9]{1,2}-[0-9]{1,2}') THEN TRY_CAST(s AS DATE) END AS d
FROM UNNEST(CAST(['2026-01-05', '2026-1-5', '2026-01-5', '26-01-05', '02026-01-05', '2026-001-05', '2026-01-005', '2026/01/05', '20260105', ' 2026-01-05', '2026-01-05 ', '2026-01-05 00:00:00', '2026-01-05T00:00:00', '2026-01-05 10:20:30.5', '2026-01-05 00:00:00+00', '2026-01-05Z', '2026-02-29', '2024-02-29', '2000-02-29', '1900-02-29', '2026-00-01', '2026-13-01', '2026-01-00', '2026-01-32', '2026-04-31', '0001-01-01', '0000-01-01', '9999-12-31', '10000-01-01', '-2026-01-05', '2026-01', '2026', '', ' ', 'today', 'infinity', 'epoch', '２０２６-01-05', '1-1-1'] AS VARCHAR[])) AS s(s);

-- Odd strings, not safe.
SELECT CASE WHEN regexp_full_match(s, '(?i)\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*|\s*[-+]?(inf|infinity|nan)\s*') THEN CAST(s AS DOUBLE) WHEN regexp_full_match(s, '\s*[-+]?0[xX][0-9a-fA-F]{1,16}\s*') THEN CAST(regexp_extract(s, '[-+]') || CAST(regexp_extract(s, '0[xX][0-9a-fA-F]+') AS UBIGINT) AS DOUBLE) WHEN regexp_full_match(s, '(?i)\s*[-+]?(0x([0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(p[-+]?[0-9]+)?|nan\([a-z0-9_]*\))\s*') THEN error('DuckDB cannot read this number: ' || s) WHEN s IS NOT NULL THEN error('not of type DOUBLE: ' || s) END AS x FROM UNNEST(CAST(['1.5', '1,5'] AS VARCHAR[])) AS s(s);

-- A string that is no date, not safe.
SELECT CASE WHEN regexp_full_match(s, '(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-[0-9]{1,2}-[0-9]{1,2}') THEN CAST(s AS DATE) WHEN s IS NOT NULL THEN error('not of type DATE: ' || s) END AS d FROM UNNEST(CAST(['2026-02-29'] AS VARCHAR[])) AS s(s);

-- A string that is no BOOL, not safe.
SELECT CASE WHEN regexp_full_match(s, '(?i)true|false') THEN CAST(s AS BOOLEAN) WHEN s IS NOT NULL THEN error('not of type BOOLEAN: ' || s) END AS b FROM UNNEST(CAST(['yes'] AS VARCHAR[])) AS s(s);

-- A string that is no NUMERIC, not safe.
SELECT CASE WHEN regexp_full_match(s, '\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE](\+?[0-9]+|-0*[0-9]))?\s*') THEN CAST(s AS DECIMAL(38, 9)) WHEN regexp_full_match(s, '\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*') THEN error('DuckDB cannot read this number: ' || s) WHEN s IS NOT NULL THEN error('not of type DECIMAL(38, 9): ' || s) END AS n FROM UNNEST(CAST(['1e29'] AS VARCHAR[])) AS s(s);

-- NULLs keep the type that they are cast to.
SELECT CAST(n AS DOUBLE) AS a, CAST(n AS DECIMAL(38, 9)) AS b, CAST(n AS VARCHAR) AS c, CAST(n AS BOOLEAN) AS d, CAST(round(f) AS BIGINT) AS e, CAST(printf('%.40f', f) AS DECIMAL(38, 9)) AS f,
  CASE WHEN CAST(printf('%.15g', f) AS DOUBLE) = f THEN printf('%.15g', f + 0e0) ELSE printf('%.17g', f) END AS g, CAST(d AS VARCHAR) AS h, CAST(d AS TIMESTAMPTZ) AS i, CAST(t AS DATE) AS j, regexp_replace(strftime(t, '%Y-%m-%d %H:%M:%S.%f+00'), '(\.000)?000\+00$', '+00') AS k, encode(s) AS l,
  CASE WHEN regexp_full_match(s, '\s*[-+]?[0-9]+\s*') THEN CAST(s AS BIGINT) WHEN regexp_full_match(s, '\s*[-+]?0[xX][0-9a-fA-F]+\s*') THEN CAST(regexp_extract(s, '[-+]') || CAST(regexp_extract(s, '0[xX][0-9a-fA-F]+') AS UBIGINT) AS BIGINT) WHEN s IS NOT NULL THEN error('not of type BIGINT: ' || s) END AS m, CASE WHEN regexp_full_match(s, '(?i)\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*|\s*[-+]?(inf|infinity|nan)\s*') THEN CAST(s AS DOUBLE) WHEN regexp_full_match(s, '\s*[-+]?0[xX][0-9a-fA-F]{1,16}\s*') THEN CAST(regexp_extract(s, '[-+]') || CAST(regexp_extract(s, '0[xX][0-9a-fA-F]+') AS UBIGINT) AS DOUBLE) WHEN regexp_full_match(s, '(?i)\s*[-+]?(0x([0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(p[-+]?[0-9]+)?|nan\([a-z0-9_]*\))\s*') THEN error('DuckDB cannot read this number: ' || s) WHEN s IS NOT NULL THEN error('not of type DOUBLE: ' || s) END AS n, CASE WHEN regexp_full_match(s, '\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE](\+?[0-9]+|-0*[0-9]))?\s*') THEN CAST(s AS DECIMAL(38, 9)) WHEN regexp_full_match(s, '\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*') THEN error('DuckDB cannot read this number: ' || s) WHEN s IS NOT NULL THEN error('not of type DECIMAL(38, 9): ' || s) END AS o, CASE WHEN regexp_full_match(s, '(?i)true|false') THEN CAST(s AS BOOLEAN) WHEN s IS NOT NULL THEN error('not of type BOOLEAN: ' || s) END AS p, CASE WHEN regexp_full_match(s, '(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-[0-9]{1,2}-[0-9]{1,2}') THEN CAST(s AS DATE) WHEN s IS NOT NULL THEN error('not of type DATE: ' || s) END AS q, CAST(b AS BIGINT) AS r,
  CAST(b AS VARCHAR) AS s, CAST(u AS BIGINT) AS t, CAST(CAST(u AS VARCHAR) AS DOUBLE) AS u, rtrim(rtrim(CAST(u AS VARCHAR), '0'), '.') AS v
FROM (SELECT CAST(NULL AS BIGINT) AS n, CAST(NULL AS DOUBLE) AS f, CAST(NULL AS DATE) AS d, CAST(NULL AS TIMESTAMPTZ) AS t, CAST(NULL AS VARCHAR) AS s,
  CAST(NULL AS BOOLEAN) AS b, CAST(NULL AS DECIMAL(38, 9)) AS u);

-- The same, safely.
SELECT TRY_CAST(n AS DOUBLE) AS a, TRY_CAST(n AS DECIMAL(38, 9)) AS b, TRY_CAST(n AS VARCHAR) AS c, TRY_CAST(n AS BOOLEAN) AS d, TRY_CAST(round(f) AS BIGINT) AS e,
  TRY_CAST(printf('%.40f', f) AS DECIMAL(38, 9)) AS f, CASE WHEN CAST(printf('%.15g', f) AS DOUBLE) = f THEN printf('%.15g', f + 0e0) ELSE printf('%.17g', f) END AS g, TRY_CAST(d AS VARCHAR) AS h, TRY_CAST(d AS TIMESTAMPTZ) AS i, TRY_CAST(t AS DATE) AS j,
  regexp_replace(strftime(t, '%Y-%m-%d %H:%M:%S.%f+00'), '(\.000)?000\+00$', '+00') AS k, encode(s) AS l, CASE WHEN regexp_full_match(s, '\s*[-+]?[0-9]+\s*') THEN TRY_CAST(s AS BIGINT) WHEN regexp_full_match(s, '\s*[-+]?0[xX][0-9a-fA-F]+\s*') THEN TRY_CAST(regexp_extract(s, '[-+]') || TRY_CAST(regexp_extract(s, '0[xX][0-9a-fA-F]+') AS UBIGINT) AS BIGINT) END AS m, CASE WHEN regexp_full_match(s, '(?i)\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*|\s*[-+]?(inf|infinity|nan)\s*') THEN TRY_CAST(s AS DOUBLE) WHEN regexp_full_match(s, '\s*[-+]?0[xX][0-9a-fA-F]{1,16}\s*') THEN TRY_CAST(regexp_extract(s, '[-+]') || TRY_CAST(regexp_extract(s, '0[xX][0-9a-fA-F]+') AS UBIGINT) AS DOUBLE) WHEN regexp_full_match(s, '(?i)\s*[-+]?(0x([0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(p[-+]?[0-9]+)?|nan\([a-z0-9_]*\))\s*') THEN error('DuckDB cannot read this number: ' || s) END AS n, CASE WHEN regexp_full_match(s, '\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE](\+?[0-9]+|-0*[0-9]))?\s*') THEN TRY_CAST(s AS DECIMAL(38, 9)) WHEN regexp_full_match(s, '\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*') THEN error('DuckDB cannot read this number: ' || s) END AS o,
  CASE WHEN regexp_full_match(s, '(?i)true|false') THEN TRY_CAST(s AS BOOLEAN) END AS p, CASE WHEN regexp_full_match(s, '(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-[0-9]{1,2}-[0-9]{1,2}') THEN TRY_CAST(s AS DATE) END AS q, TRY_CAST(b AS BIGINT) AS r, TRY_CAST(b AS VARCHAR) AS s, TRY_CAST(u AS BIGINT) AS t,
  CAST(CAST(u AS VARCHAR) AS DOUBLE) AS u, rtrim(rtrim(CAST(u AS VARCHAR), '0'), '.') AS v
FROM (SELECT CAST(NULL AS BIGINT) AS n, CAST(NULL AS DOUBLE) AS f, CAST(NULL AS DATE) AS d, CAST(NULL AS TIMESTAMPTZ) AS t, CAST(NULL AS VARCHAR) AS s,
  CAST(NULL AS BOOLEAN) AS b, CAST(NULL AS DECIMAL(38, 9)) AS u);

-- FLOAT64s that are whole, halves, too large and none.
SELECT x, TRY_CAST(round(x) AS BIGINT) AS n, TRY_CAST(printf('%.40f', x) AS DECIMAL(38, 9)) AS u, CASE WHEN CAST(printf('%.15g', x) AS DOUBLE) = x THEN printf('%.15g', x + 0e0) ELSE printf('%.17g', x) END AS s
FROM UNNEST(CAST([0.0e0, 0.5e0, -0.5e0, 1.5e0, 0.49999999999999994e0, 4503599627370497.5e0, 9007199254740993.0e0, 9223372036854774784.0e0, 9223372036854775808.0e0, -9223372036854775808.0e0, -9223372036854777856.0e0, 1e18, 1e28, 1e29, -1e29, 1e-9, 5e-10, 4.9e-10, 0.1e0, 1e300, 1e-300, 123456789.987654321e0, 0.30000000000000004e0, 1e22, 1e21, 123456789012345680.0e0, 100000.0e0, 1000000.0e0, 1e-7, 3.14159e0] AS DOUBLE[])) AS x(x);

-- No numbers and infinities in other types.
SELECT TRY_CAST(round(x) AS BIGINT) AS n, TRY_CAST(printf('%.40f', x) AS DECIMAL(38, 9)) AS u, CASE WHEN CAST(printf('%.15g', x) AS DOUBLE) = x THEN printf('%.15g', x + 0e0) ELSE printf('%.17g', x) END AS s
FROM (SELECT CASE WHEN regexp_full_match(s, '(?i)\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*|\s*[-+]?(inf|infinity|nan)\s*') THEN CAST(s AS DOUBLE) WHEN regexp_full_match(s, '\s*[-+]?0[xX][0-9a-fA-F]{1,16}\s*') THEN CAST(regexp_extract(s, '[-+]') || CAST(regexp_extract(s, '0[xX][0-9a-fA-F]+') AS UBIGINT) AS DOUBLE) WHEN regexp_full_match(s, '(?i)\s*[-+]?(0x([0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(p[-+]?[0-9]+)?|nan\([a-z0-9_]*\))\s*') THEN error('DuckDB cannot read this number: ' || s) WHEN s IS NOT NULL THEN error('not of type DOUBLE: ' || s) END AS x FROM UNNEST(CAST(['nan', 'inf', '-inf', '-0'] AS VARCHAR[])) AS s(s));

-- A FLOAT64 that is no INT64.
SELECT CAST(round(x) AS BIGINT) AS n FROM UNNEST(CAST([1e19] AS DOUBLE[])) AS x(x);

-- NUMERICs at their ends.
SELECT u, TRY_CAST(u AS BIGINT) AS n, CAST(CAST(u AS VARCHAR) AS DOUBLE) AS x, rtrim(rtrim(CAST(u AS VARCHAR), '0'), '.') AS s
FROM UNNEST(CAST(['0'::DECIMAL(38, 9), '-0.5'::DECIMAL(38, 9), '0.5'::DECIMAL(38, 9), '0.499999999'::DECIMAL(38, 9), '1.500000000'::DECIMAL(38, 9), '-1.5'::DECIMAL(38, 9), '9223372036854775807.4'::DECIMAL(38, 9), '9223372036854775807.5'::DECIMAL(38, 9), '-9223372036854775808.5'::DECIMAL(38, 9), '99999999999999999999999999999.999999999'::DECIMAL(38, 9), '100'::DECIMAL(38, 9), '1e10'::DECIMAL(38, 9), '-99999999999999999999999999999.999999999'::DECIMAL(38, 9), '0.000000001'::DECIMAL(38, 9), '12345678.000000001'::DECIMAL(38, 9)] AS DECIMAL(38, 9)[])) AS u(u);

-- A NUMERIC that is no INT64.
SELECT CAST(u AS BIGINT) AS n FROM UNNEST(CAST(['9223372036854775807.5'::DECIMAL(38, 9)] AS DECIMAL(38, 9)[])) AS u(u);

-- INT64s in other types.
SELECT n, CAST(n AS DOUBLE) AS x, CAST(n AS DECIMAL(38, 9)) AS u, CAST(n AS VARCHAR) AS s, CAST(n AS BOOLEAN) AS b
FROM UNNEST(CAST([0, 1, -1, 9007199254740993, 9223372036854775807, -9223372036854775808] AS BIGINT[])) AS n(n);

-- Truth as number and string, and back.
SELECT b, CAST(b AS BIGINT) AS n, CAST(b AS VARCHAR) AS s, TRY_CAST(b AS BIGINT) AS m, TRY_CAST(b AS VARCHAR) AS t FROM UNNEST(CAST([TRUE, FALSE, NULL] AS BOOLEAN[])) AS b(b);

-- Days and times in other types, at the ends of the year and of the calendar.
SELECT d, CAST(d AS VARCHAR) AS s, CAST(d AS TIMESTAMPTZ) AS t, TRY_CAST(d AS VARCHAR) AS s2, TRY_CAST(d AS TIMESTAMPTZ) AS t2
FROM UNNEST(CAST([DATE '0001-01-01', DATE '0999-12-31', DATE '1969-12-31', DATE '1970-01-01', DATE '2024-02-29', DATE '2026-12-31', DATE '9999-12-31'] AS DATE[])) AS d(d);

-- Moments in other types.
SELECT t, CAST(t AS DATE) AS d, regexp_replace(strftime(t, '%Y-%m-%d %H:%M:%S.%f+00'), '(\.000)?000\+00$', '+00') AS s, TRY_CAST(t AS DATE) AS d2, regexp_replace(strftime(t, '%Y-%m-%d %H:%M:%S.%f+00'), '(\.000)?000\+00$', '+00') AS s2
FROM UNNEST(CAST([TIMESTAMPTZ '1969-12-31 23:59:59.999999+00', TIMESTAMPTZ '1970-01-01 00:00:00+00', TIMESTAMPTZ '2026-01-01 00:00:00.1+00', TIMESTAMPTZ '2026-01-01 00:00:00.12+00', TIMESTAMPTZ '2026-01-01 00:00:00.120001+00', TIMESTAMPTZ '0001-01-01 00:00:00+00', TIMESTAMPTZ '9999-12-31 23:59:59.999999+00', TIMESTAMPTZ '2024-02-29 12:00:00.000100+00', TIMESTAMPTZ '2026-01-01 23:30:00-05:30'] AS TIMESTAMPTZ[])) AS t(t);

-- Texts as bytes.
SELECT s, encode(s) AS b, encode(s) AS c FROM UNNEST(CAST(['', 'a', 'é', 'é', '💥', 'ß', NULL] AS VARCHAR[])) AS s(s);

-- A cast to its own type.
SELECT CAST(1 AS BIGINT) AS a, CAST('x' AS VARCHAR) AS b, CAST(1.5e0 AS DOUBLE) AS c, CAST(TRUE AS BOOLEAN) AS d, CAST('1.5'::DECIMAL(38, 9) AS DECIMAL(38, 9)) AS e,
  CAST(DATE '2026-01-05' AS DATE) AS f, CAST(CAST([1, 2] AS BIGINT[]) AS BIGINT[]) AS g, CAST(b AS BLOB) AS h, CAST(n AS BIGINT) AS i
FROM (SELECT encode('x') AS b, 7::BIGINT AS n);

-- Literals in other types.
SELECT CAST(1::BIGINT AS DOUBLE) AS a, CAST(1::BIGINT AS DECIMAL(38, 9)) AS b, CAST(1::BIGINT AS VARCHAR) AS c, CAST(printf('%.40f', 1.5e0) AS DECIMAL(38, 9)) AS d, CASE WHEN CAST(printf('%.15g', 1.5e0) AS DOUBLE) = 1.5e0 THEN printf('%.15g', 1.5e0 + 0e0) ELSE printf('%.17g', 1.5e0) END AS e, CAST((-1)::BIGINT AS VARCHAR) AS f,
  CAST(round(-1.5e0) AS BIGINT) AS g, CAST('é' AS VARCHAR) AS h, CAST(NULL AS VARCHAR[]) AS i, CAST(CAST([] AS BIGINT[]) AS BIGINT[]) AS j, CAST(TRUE AS VARCHAR) AS k,
  TIMESTAMPTZ '2026-01-05 10:00:00+00' AS l, TIMESTAMPTZ '2026-01-05 00:00:00+00' AS m, CAST('2'::DECIMAL(38, 9) AS BIGINT) AS n, CAST(round(.5e0) AS BIGINT) AS o;

-- Other names of types.
SELECT CASE WHEN regexp_full_match('1', '\s*[-+]?[0-9]+\s*') THEN CAST('1' AS BIGINT) WHEN regexp_full_match('1', '\s*[-+]?0[xX][0-9a-fA-F]+\s*') THEN CAST(regexp_extract('1', '[-+]') || CAST(regexp_extract('1', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS BIGINT) WHEN '1' IS NOT NULL THEN error('not of type BIGINT: ' || '1') END AS a, CASE WHEN regexp_full_match('1', '\s*[-+]?[0-9]+\s*') THEN CAST('1' AS BIGINT) WHEN regexp_full_match('1', '\s*[-+]?0[xX][0-9a-fA-F]+\s*') THEN CAST(regexp_extract('1', '[-+]') || CAST(regexp_extract('1', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS BIGINT) WHEN '1' IS NOT NULL THEN error('not of type BIGINT: ' || '1') END AS b, CASE WHEN regexp_full_match('1', '\s*[-+]?[0-9]+\s*') THEN CAST('1' AS BIGINT) WHEN regexp_full_match('1', '\s*[-+]?0[xX][0-9a-fA-F]+\s*') THEN CAST(regexp_extract('1', '[-+]') || CAST(regexp_extract('1', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS BIGINT) WHEN '1' IS NOT NULL THEN error('not of type BIGINT: ' || '1') END AS c, CASE WHEN regexp_full_match('1', '\s*[-+]?[0-9]+\s*') THEN CAST('1' AS BIGINT) WHEN regexp_full_match('1', '\s*[-+]?0[xX][0-9a-fA-F]+\s*') THEN CAST(regexp_extract('1', '[-+]') || CAST(regexp_extract('1', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS BIGINT) WHEN '1' IS NOT NULL THEN error('not of type BIGINT: ' || '1') END AS d, CASE WHEN regexp_full_match('1', '\s*[-+]?[0-9]+\s*') THEN CAST('1' AS BIGINT) WHEN regexp_full_match('1', '\s*[-+]?0[xX][0-9a-fA-F]+\s*') THEN CAST(regexp_extract('1', '[-+]') || CAST(regexp_extract('1', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS BIGINT) WHEN '1' IS NOT NULL THEN error('not of type BIGINT: ' || '1') END AS e,
  CASE WHEN regexp_full_match('1', '\s*[-+]?[0-9]+\s*') THEN CAST('1' AS BIGINT) WHEN regexp_full_match('1', '\s*[-+]?0[xX][0-9a-fA-F]+\s*') THEN CAST(regexp_extract('1', '[-+]') || CAST(regexp_extract('1', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS BIGINT) WHEN '1' IS NOT NULL THEN error('not of type BIGINT: ' || '1') END AS f, CASE WHEN regexp_full_match('1', '\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE](\+?[0-9]+|-0*[0-9]))?\s*') THEN CAST('1' AS DECIMAL(38, 9)) WHEN regexp_full_match('1', '\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*') THEN error('DuckDB cannot read this number: ' || '1') WHEN '1' IS NOT NULL THEN error('not of type DECIMAL(38, 9): ' || '1') END AS g, CASE WHEN regexp_full_match('true', '(?i)true|false') THEN CAST('true' AS BOOLEAN) WHEN 'true' IS NOT NULL THEN error('not of type BOOLEAN: ' || 'true') END AS h, CAST([1] AS BIGINT[]) AS i;
