-- Division is of FLOAT64.
SELECT (7 / 2) AS a, (1 / 3) AS b, (7.5e0 / 2.5e0) AS c, (((-1)::DOUBLE) / 4) AS d, (6 / 3) AS e;

-- Division by zero is an error, not an infinity.
SELECT (x / CASE WHEN y = 0 AND x IS NOT NULL THEN error('division by zero') ELSE y END) AS a FROM (SELECT 1::BIGINT AS x, 0::BIGINT AS y);

-- NULLIF makes it a NULL.
SELECT (x / NULLIF(y, 0)) AS a FROM (SELECT 1::BIGINT AS x, 0::BIGINT AS y);

-- SAFE_DIVIDE gives NULL for it.
SELECT (1 / NULLIF(0, 0)) AS a, (1 / 4) AS b, (NULL::DOUBLE / 1) AS c, (0 / NULLIF(0, 0)) AS d, (1.5e0 / 0.5e0) AS e;

-- DIV and MOD round towards zero.
SELECT (7::BIGINT // 2) AS a, (((-7)::BIGINT) // 2) AS b, (((-7)::BIGINT) % 3) AS c, (7::BIGINT % CASE WHEN ((-3)::BIGINT) = 0 THEN error('division by zero') WHEN ((-3)::BIGINT) = -1 THEN 1 ELSE ((-3)::BIGINT) END) AS d, (20::BIGINT // 4) AS e, (25::BIGINT % 5) AS f;

-- DIV by zero.
SELECT (x // CASE WHEN y = 0 AND x IS NOT NULL THEN error('division by zero') ELSE y END) AS a FROM (SELECT 1::BIGINT AS x, 0::BIGINT AS y);

-- MOD by zero.
SELECT (x % CASE WHEN y = 0 AND x IS NOT NULL THEN error('division by zero') WHEN y = -1 THEN 1 ELSE y END) AS a FROM (SELECT 1::BIGINT AS x, 0::BIGINT AS y);

-- An INT64 that overflows is an error.
SELECT 9223372036854775807 + x AS a FROM (SELECT 1::BIGINT AS x);

-- A sum that overflows is an error.
SELECT CAST(SUM(x) AS BIGINT) AS a FROM (SELECT 9223372036854775807::BIGINT AS x UNION ALL SELECT 1::BIGINT);

-- ROUND goes half away from zero, by what a FLOAT64 is exactly.
SELECT round(2.5e0) AS a, round(-2.5e0) AS b, COALESCE(CAST(TRY_CAST(printf('%.40f', 2.675e0) AS DECIMAL(38, 2)) AS DOUBLE), 2.675e0) AS c, COALESCE(CAST(TRY_CAST(printf('%.40f', 1.005e0) AS DECIMAL(38, 2)) AS DOUBLE), 1.005e0) AS d, COALESCE(CAST(TRY_CAST(printf('%.40f', 0.03125e0) AS DECIMAL(38, 4)) AS DOUBLE), 0.03125e0) AS e, COALESCE(CAST(TRY_CAST(printf('%.40f', -0.03125e0) AS DECIMAL(38, 4)) AS DOUBLE), -0.03125e0) AS f, COALESCE(CAST(TRY_CAST(printf('%.40f', 0.285e0) AS DECIMAL(38, 2)) AS DOUBLE), 0.285e0) AS g, COALESCE(CAST(TRY_CAST(printf('%.40f', 123.456e0) AS DECIMAL(38, 0)) AS DOUBLE), 123.456e0) AS h, COALESCE(CAST(TRY_CAST(printf('%.40f', 2::DOUBLE) AS DECIMAL(38, 1)) AS DOUBLE), 2::DOUBLE) AS i, COALESCE(CAST(TRY_CAST(printf('%.40f', 1e20) AS DECIMAL(38, 2)) AS DOUBLE), 1e20) AS j;

-- ROUND of ratios, as reports have them.
SELECT i, COALESCE(CAST(TRY_CAST(printf('%.40f', (i / 320)) AS DECIMAL(38, 4)) AS DOUBLE), (i / 320)) AS a, COALESCE(CAST(TRY_CAST(printf('%.40f', (i / 7)) AS DECIMAL(38, 4)) AS DOUBLE), (i / 7)) AS b, COALESCE(CAST(TRY_CAST(printf('%.40f', (i / 1600)) AS DECIMAL(38, 3)) AS DOUBLE), (i / 1600)) AS c FROM UNNEST(generate_series(1::BIGINT, 40::BIGINT)) AS i(i);

-- ROUND of NUMERIC is exact.
SELECT CAST(round('2.345'::DECIMAL(38, 9), 2) AS DECIMAL(38, 9)) AS a, CAST(round('-2.345'::DECIMAL(38, 9), 2) AS DECIMAL(38, 9)) AS b, CAST(round('2.5'::DECIMAL(38, 9)) AS DECIMAL(38, 9)) AS c, CAST(round('-2.5'::DECIMAL(38, 9)) AS DECIMAL(38, 9)) AS d, CAST(round('1.23456789'::DECIMAL(38, 9), 9) AS DECIMAL(38, 9)) AS e;

-- CEIL, FLOOR and TRUNC.
SELECT ceil(1.2e0) AS a, ceil(-1.2e0) AS b, floor(1.8e0) AS c, floor(-1.2e0) AS d, trunc(1.8e0) AS e, trunc(-1.8e0) AS f, CAST(ceil('1.2'::DECIMAL(38, 9)) AS DECIMAL(38, 9)) AS g, CAST(floor('-1.2'::DECIMAL(38, 9)) AS DECIMAL(38, 9)) AS h, CAST(trunc('-1.8'::DECIMAL(38, 9)) AS DECIMAL(38, 9)) AS i, ceil(3::DOUBLE) AS j;

-- ABS and SIGN.
SELECT abs((-3)::BIGINT) AS a, abs(-2.5e0) AS b, abs('-1.5'::DECIMAL(38, 9)) AS c, CAST(sign((-3)::BIGINT) AS BIGINT) AS d, CAST(sign(2.5e0) AS DOUBLE) AS e, CAST(sign('-1.5'::DECIMAL(38, 9)) AS DECIMAL(38, 9)) AS f, CAST(sign(0::BIGINT) AS BIGINT) AS g, sqrt(16::DOUBLE) AS h;

-- A product of NUMERICs keeps nine decimals, rounded half away from zero.
SELECT CAST(a * b AS DECIMAL(38, 9)) AS product, CAST(-a * b AS DECIMAL(38, 9)) AS minus, a + b AS sum, a - b AS difference, a * 3 AS thrice, CAST(a * '0.01'::DECIMAL(3, 2) AS DECIMAL(38, 9)) AS hundredth FROM (SELECT '1.234567891'::DECIMAL(38, 9) AS a, '0.000000005'::DECIMAL(38, 9) AS b UNION ALL SELECT '1234567.5'::DECIMAL(38, 9), '0.01'::DECIMAL(38, 9) UNION ALL SELECT '0.5'::DECIMAL(38, 9), '0.000000001'::DECIMAL(38, 9));

-- A NUMERIC beside a FLOAT64 becomes one.
SELECT '0.1'::DOUBLE + f AS a, '12345678901.234567891'::DOUBLE * f AS b, '1.1'::DOUBLE < f AS c, CASE WHEN TRUE THEN '0.3'::DOUBLE ELSE f END AS d FROM (SELECT 1.0e0 AS f);

-- An INT64 beside a NUMERIC becomes one.
SELECT i * n AS a, i + n AS b, i - n AS c, COALESCE(n, 0) AS d, CASE WHEN i > 0 THEN n ELSE 1 END AS e FROM (SELECT 3::BIGINT AS i, '0.01'::DECIMAL(38, 9) AS n);

-- GREATEST and LEAST are NULL when any argument is.
SELECT greatest(1::BIGINT, 3::BIGINT, 2::BIGINT) AS a, least(1::BIGINT, 3::BIGINT, 2::BIGINT) AS b, CASE WHEN NULL::BIGINT IS NULL THEN NULL ELSE greatest(1::BIGINT, NULL) END AS c, CASE WHEN x IS NULL THEN NULL ELSE least(x, 5) END AS d, greatest('a', 'b') AS e, CASE WHEN DATE '2026-01-01' IS NULL OR DATE '2025-01-01' IS NULL THEN NULL ELSE greatest(DATE '2026-01-01', DATE '2025-01-01') END AS f FROM (SELECT CAST(NULL AS BIGINT) AS x);

-- A quotient of NULL is NULL, also by zero and without rows.
SELECT (x / CASE WHEN y = 0 AND x IS NOT NULL THEN error('division by zero') ELSE y END) AS a, (x / NULLIF(y, 0)) AS b FROM (SELECT CAST(NULL AS BIGINT) AS x, 0::BIGINT AS y UNION ALL SELECT NULL::BIGINT, 1::BIGINT UNION ALL SELECT 1::BIGINT, NULL::BIGINT UNION ALL SELECT NULL::BIGINT, NULL::BIGINT UNION ALL SELECT 0::BIGINT, 3::BIGINT);

-- No rows have no average.
SELECT (CAST(SUM(x) AS BIGINT) / CASE WHEN COUNT(x) = 0 AND CAST(SUM(x) AS BIGINT) IS NOT NULL THEN error('division by zero') ELSE COUNT(x) END) AS a, (CAST(SUM(x) AS BIGINT) / NULLIF(COUNT(x), 0)) AS b FROM UNNEST(CAST([] AS BIGINT[])) AS x(x);

-- NULL divided by a literal zero.
SELECT (x / CASE WHEN 0 = 0 AND x IS NOT NULL THEN error('division by zero') ELSE 0 END) AS a, (x / CASE WHEN 0.0e0 = 0 AND x IS NOT NULL THEN error('division by zero') ELSE 0.0e0 END) AS b, (x // CASE WHEN 0 = 0 AND x IS NOT NULL THEN error('division by zero') ELSE 0 END) AS c, (x % CASE WHEN 0::BIGINT = 0 AND x IS NOT NULL THEN error('division by zero') WHEN 0::BIGINT = -1 THEN 1 ELSE 0::BIGINT END) AS d FROM UNNEST(CAST([CAST(NULL AS BIGINT)] AS BIGINT[])) AS x(x);

-- DIV and MOD of NULL.
SELECT (x // CASE WHEN y = 0 AND x IS NOT NULL THEN error('division by zero') ELSE y END) AS a, (x % CASE WHEN y = 0 AND x IS NOT NULL THEN error('division by zero') WHEN y = -1 THEN 1 ELSE y END) AS b FROM (SELECT CAST(NULL AS BIGINT) AS x, 0::BIGINT AS y UNION ALL SELECT NULL::BIGINT, 1::BIGINT UNION ALL SELECT 1::BIGINT, NULL::BIGINT UNION ALL SELECT 7::BIGINT, (-2)::BIGINT UNION ALL SELECT (-7)::BIGINT, 2::BIGINT UNION ALL SELECT (-7)::BIGINT, (-2)::BIGINT);

-- MOD of the least INT64 by -1.
SELECT (x % CASE WHEN y = 0 AND x IS NOT NULL THEN error('division by zero') WHEN y = -1 THEN 1 ELSE y END) AS a, (x // 2) AS b FROM (SELECT (-9223372036854775808)::BIGINT AS x, (-1)::BIGINT AS y);

-- DIV of the least INT64 by -1 is an error.
SELECT (x // CASE WHEN y = 0 AND x IS NOT NULL THEN error('division by zero') ELSE y END) AS a FROM (SELECT (-9223372036854775808)::BIGINT AS x, (-1)::BIGINT AS y);

-- Zero divided by zero is an error.
SELECT (x / CASE WHEN x = 0 AND x IS NOT NULL THEN error('division by zero') ELSE x END) AS a FROM UNNEST(CAST([0] AS BIGINT[])) AS x(x);

-- So is a FLOAT64 divided by zero.
SELECT (x / CASE WHEN x = 0 AND x IS NOT NULL THEN error('division by zero') ELSE x END) AS a FROM UNNEST(CAST([0.0e0] AS DOUBLE[])) AS x(x);

-- And by a literal zero.
SELECT (x / CASE WHEN 0 = 0 AND x IS NOT NULL THEN error('division by zero') ELSE 0 END) AS a FROM UNNEST(CAST([1] AS BIGINT[])) AS x(x);

-- MOD by a literal zero.
SELECT (x % CASE WHEN 0::BIGINT = 0 AND x IS NOT NULL THEN error('division by zero') WHEN 0::BIGINT = -1 THEN 1 ELSE 0::BIGINT END) AS a FROM UNNEST(CAST([1] AS BIGINT[])) AS x(x);

-- Products and differences that are no INT64.
SELECT x * 2 AS a FROM UNNEST(CAST([9223372036854775807] AS BIGINT[])) AS x(x);

-- A difference that is none.
SELECT x - 1 AS a FROM UNNEST(CAST([-9223372036854775808] AS BIGINT[])) AS x(x);

-- The least INT64 has no opposite.
SELECT -x AS a FROM UNNEST(CAST([-9223372036854775808] AS BIGINT[])) AS x(x);

-- Nor an absolute value.
SELECT abs(x) AS a FROM UNNEST(CAST([-9223372036854775808] AS BIGINT[])) AS x(x);

-- Arithmetic with NULL is NULL.
SELECT x + 1 AS a, 1 - x AS b, x * 0 AS c, -x AS d, +x AS e, abs(x) AS f, CAST(sign(x) AS BIGINT) AS g, round(f) AS h, COALESCE(CAST(TRY_CAST(printf('%.40f', f) AS DECIMAL(38, 2)) AS DOUBLE), f) AS i, ceil(f) AS j, floor(f) AS k, trunc(f) AS l,
  sqrt(f) AS m, u + 1 AS n, CAST(u * u AS DECIMAL(38, 9)) AS o, CAST(u * '0.01'::DECIMAL(3, 2) AS DECIMAL(38, 9)) AS p, CAST(round(u, 1) AS DECIMAL(38, 9)) AS q, (f / 2) AS r
FROM (SELECT CAST(NULL AS BIGINT) AS x, CAST(NULL AS DOUBLE) AS f, CAST(NULL AS DECIMAL(38, 9)) AS u);

-- INT64 beside FLOAT64.
SELECT x + f AS a, x - f AS b, x * f AS c, (x / CASE WHEN f = 0 AND x IS NOT NULL THEN error('division by zero') ELSE f END) AS d, (f / CASE WHEN x = 0 AND f IS NOT NULL THEN error('division by zero') ELSE x END) AS e, x = f AS g, x < f AS h FROM (SELECT 9007199254740993::BIGINT AS x, 9007199254740992.0e0 AS f UNION ALL SELECT (-3)::BIGINT, 0.5e0);

-- Sums of INT64s near the ends.
SELECT x + y AS a, x - y AS b FROM (SELECT 9223372036854775806::BIGINT AS x, 1::BIGINT AS y UNION ALL SELECT (-9223372036854775807)::BIGINT, 1::BIGINT) WHERE x > 0 OR y < 5 AND x + y < 0;

-- FLOAT64s keep their digits.
SELECT 0.1e0 + 0.2e0 AS a, 1e308 + 1e307 AS b, 1.0e0 - 0.9e0 AS c, 1e-320 * 0.5e0 AS d, 3.0e0 * 1.1e0 AS e, -0.0e0 AS f, 100.0e0 * 1.1e0 AS g, (1 / 3.0e0) AS h, (5e-324 / 2) AS i;

-- ROUND at halves and far ends.
SELECT x, round(x) AS a, COALESCE(CAST(TRY_CAST(printf('%.40f', x) AS DECIMAL(38, 1)) AS DOUBLE), x) AS b, COALESCE(CAST(TRY_CAST(printf('%.40f', x) AS DECIMAL(38, 4)) AS DOUBLE), x) AS c, ceil(x) AS d, floor(x) AS e, trunc(x) AS f
FROM UNNEST(CAST([0.5e0, 1.5e0, 2.5e0, -1.5e0, -2.5e0, 0.05e0, 0.15e0, 0.25e0, 2.675e0, 1.005e0, 1234.56785e0, 0.49999999999999994e0, 4503599627370495.5e0, 1e15, 1e16, 123456789012.345e0, 1e-10] AS DOUBLE[])) AS x(x);

-- ROUND of very large numbers.
SELECT x, round(x) AS a, COALESCE(CAST(TRY_CAST(printf('%.40f', x) AS DECIMAL(38, 0)) AS DOUBLE), x) AS b, COALESCE(CAST(TRY_CAST(printf('%.40f', x) AS DECIMAL(38, 2)) AS DOUBLE), x) AS c FROM UNNEST(CAST([1e20, 1e30, -1e30, 1e36, 1e300, 1.7976931348623157e308] AS DOUBLE[])) AS x(x);

-- ROUND of no number and of infinities.
SELECT round(x) AS a, COALESCE(CAST(TRY_CAST(printf('%.40f', x) AS DECIMAL(38, 2)) AS DOUBLE), x) AS b, ceil(x) AS c, floor(x) AS d, trunc(x) AS e, abs(x) AS f FROM (SELECT CASE WHEN regexp_full_match(s, '(?i)\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*|\s*[-+]?(inf|infinity|nan)\s*') THEN CAST(s AS DOUBLE) WHEN regexp_full_match(s, '\s*[-+]?0[xX][0-9a-fA-F]{1,16}\s*') THEN CAST(regexp_extract(s, '[-+]') || CAST(regexp_extract(s, '0[xX][0-9a-fA-F]+') AS UBIGINT) AS DOUBLE) WHEN regexp_full_match(s, '(?i)\s*[-+]?(0x([0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(p[-+]?[0-9]+)?|nan\([a-z0-9_]*\))\s*') THEN error('DuckDB cannot read this number: ' || s) WHEN s IS NOT NULL THEN error('not of type DOUBLE: ' || s) END AS x FROM UNNEST(CAST(['nan', 'inf', '-inf'] AS VARCHAR[])) AS s(s));

-- ROUND of whole numbers.
SELECT round(CAST(x AS DOUBLE)) AS a, COALESCE(CAST(TRY_CAST(printf('%.40f', CAST(x AS DOUBLE)) AS DECIMAL(38, 2)) AS DOUBLE), CAST(x AS DOUBLE)) AS b, ceil(CAST(x AS DOUBLE)) AS c, ceil(CAST(x AS DOUBLE)) AS d, floor(CAST(x AS DOUBLE)) AS e, trunc(CAST(x AS DOUBLE)) AS f, sqrt(CAST(x AS DOUBLE)) AS g FROM UNNEST(CAST([0, 7, 9007199254740993, 9223372036854775807] AS BIGINT[])) AS x(x);

-- The square root of a negative number.
SELECT sqrt(x) AS a FROM UNNEST(CAST([-1.0e0] AS DOUBLE[])) AS x(x);

-- SIGN and ABS.
SELECT x, CAST(sign(x) AS DOUBLE) AS a, abs(x) AS b, CAST(sign(CAST(printf('%.40f', x) AS DECIMAL(38, 9))) AS DECIMAL(38, 9)) AS c, abs(CAST(printf('%.40f', x) AS DECIMAL(38, 9))) AS d, CAST(sign(CAST(round(x) AS BIGINT)) AS BIGINT) AS e FROM UNNEST(CAST([0.0e0, -0.4e0, 0.4e0, 7.5e0, -7.5e0] AS DOUBLE[])) AS x(x);

-- NUMERIC at its ends.
SELECT u, -u AS a, u - 1 AS b, abs(u) AS c, CAST(u * '0.1'::DECIMAL(2, 1) AS DECIMAL(38, 9)) AS d, u * 1 AS e, u + 0 AS f, CAST(sign(u) AS DECIMAL(38, 9)) AS g
FROM UNNEST(CAST(['99999999999999999999999999998.999999999'::DECIMAL(38, 9), '-99999999999999999999999999998.999999999'::DECIMAL(38, 9), '0.000000001'::DECIMAL(38, 9), '-0.000000001'::DECIMAL(38, 9)] AS DECIMAL(38, 9)[])) AS u(u);

-- NUMERICs whose sum is none.
SELECT u + u AS a FROM UNNEST(CAST(['99999999999999999999999999999'::DECIMAL(38, 9)] AS DECIMAL(38, 9)[])) AS u(u);

-- NUMERICs whose product is none.
SELECT CAST(u * u AS DECIMAL(38, 9)) AS a FROM UNNEST(CAST(['1e15'::DECIMAL(38, 9)] AS DECIMAL(38, 9)[])) AS u(u);

-- An INT64 times a NUMERIC that is none.
SELECT u * x AS a FROM (SELECT '1e20'::DECIMAL(38, 9) AS u, 10000000000::BIGINT AS x);

-- NUMERIC beside INT64, at the ends of it.
SELECT u + x AS a, u - x AS b, u * x AS c, u = x AS d, u < x AS e, (x / 10) AS f
FROM (SELECT '0.000000001'::DECIMAL(38, 9) AS u, 9223372036854775807::BIGINT AS x UNION ALL SELECT '9223372036854775807'::DECIMAL(38, 9), 9223372036854775807::BIGINT UNION ALL SELECT '-1.5'::DECIMAL(38, 9), (-9223372036854775808)::BIGINT);

-- Quotients of NUMERIC are rounded half away from zero.
SELECT u, CAST(u * '0.1'::DECIMAL(2, 1) AS DECIMAL(38, 9)) AS a, CAST(u * '0.001'::DECIMAL(4, 3) AS DECIMAL(38, 9)) AS b, CAST(u * '0.000000001'::DECIMAL(10, 9) AS DECIMAL(38, 9)) AS c, CAST(u AS DECIMAL(38, 9)) AS d FROM UNNEST(CAST(['0.000000005'::DECIMAL(38, 9), '-0.000000005'::DECIMAL(38, 9), '0.000000004'::DECIMAL(38, 9), '5'::DECIMAL(38, 9), '1234.567891234'::DECIMAL(38, 9), '99999999999999999999999999999.999999999'::DECIMAL(38, 9), '-12345678901234567890123456789'::DECIMAL(38, 9)] AS DECIMAL(38, 9)[])) AS u(u);

-- ROUND, CEIL, FLOOR and TRUNC of NUMERIC.
SELECT u, CAST(round(u) AS DECIMAL(38, 9)) AS a, CAST(round(u, 0) AS DECIMAL(38, 9)) AS b, CAST(round(u, 1) AS DECIMAL(38, 9)) AS c, CAST(round(u, 8) AS DECIMAL(38, 9)) AS d, CAST(ceil(u) AS DECIMAL(38, 9)) AS e, CAST(floor(u) AS DECIMAL(38, 9)) AS f, CAST(trunc(u) AS DECIMAL(38, 9)) AS g, CAST(ceil(u) AS DECIMAL(38, 9)) AS h
FROM UNNEST(CAST(['0.5'::DECIMAL(38, 9), '-0.5'::DECIMAL(38, 9), '1.05'::DECIMAL(38, 9), '-1.05'::DECIMAL(38, 9), '1.999999995'::DECIMAL(38, 9), '12345678901234567890.5'::DECIMAL(38, 9), '-0.000000001'::DECIMAL(38, 9), '0'::DECIMAL(38, 9)] AS DECIMAL(38, 9)[])) AS u(u);

-- A ROUND that is no NUMERIC.
SELECT CAST(round(u) AS DECIMAL(38, 9)) AS a FROM UNNEST(CAST(['99999999999999999999999999999.5'::DECIMAL(38, 9)] AS DECIMAL(38, 9)[])) AS u(u);

-- GREATEST and LEAST of every type.
SELECT CASE WHEN x IS NULL THEN NULL ELSE greatest(1, x, 3) END AS a, CASE WHEN x IS NULL THEN NULL ELSE least(x, 2.5e0) END AS b, CASE WHEN x IS NULL OR '2.5'::DECIMAL(38, 9) IS NULL THEN NULL ELSE greatest(x, '2.5'::DECIMAL(38, 9)) END AS c, CASE WHEN s IS NULL THEN NULL ELSE least('b', s, 'é') END AS d, CASE WHEN s IS NULL THEN NULL ELSE greatest(s, 'Z') END AS e, CASE WHEN d IS NULL OR DATE '2026-01-01' IS NULL THEN NULL ELSE greatest(d, DATE '2026-01-01') END AS f,
  CASE WHEN t IS NULL OR TIMESTAMPTZ '2026-01-01 00:00:00+00' IS NULL THEN NULL ELSE least(t, TIMESTAMPTZ '2026-01-01 00:00:00+00') END AS g, CASE WHEN b IS NULL OR FALSE IS NULL THEN NULL ELSE greatest(b, FALSE) END AS h, CASE WHEN encode(s) IS NULL OR encode('z') IS NULL THEN NULL ELSE least(encode(s), encode('z')) END AS i, CASE WHEN n IS NULL OR x IS NULL THEN NULL ELSE greatest(n, x) END AS j, CASE WHEN x IS NULL THEN NULL ELSE least(x) END AS k
FROM (SELECT 2::BIGINT AS x, 'a' AS s, DATE '2026-02-28' AS d, TIMESTAMPTZ '2026-01-02 00:00:00+00' AS t, TRUE AS b, CAST(NULL AS BIGINT) AS n);

-- GREATEST and LEAST beside no number.
SELECT CASE WHEN x IS NULL THEN NULL ELSE greatest(x, 1) END AS a, CASE WHEN x IS NULL THEN NULL ELSE CASE WHEN isnan(x) THEN 'nan'::DOUBLE ELSE least(x, 1) END END AS b FROM (SELECT CASE WHEN regexp_full_match('nan', '(?i)\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*|\s*[-+]?(inf|infinity|nan)\s*') THEN CAST('nan' AS DOUBLE) WHEN regexp_full_match('nan', '\s*[-+]?0[xX][0-9a-fA-F]{1,16}\s*') THEN CAST(regexp_extract('nan', '[-+]') || CAST(regexp_extract('nan', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS DOUBLE) WHEN regexp_full_match('nan', '(?i)\s*[-+]?(0x([0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(p[-+]?[0-9]+)?|nan\([a-z0-9_]*\))\s*') THEN error('DuckDB cannot read this number: ' || 'nan') WHEN 'nan' IS NOT NULL THEN error('not of type DOUBLE: ' || 'nan') END AS x);

-- SAFE_DIVIDE of every kind of number.
SELECT (x / NULLIF(y, 0)) AS a, (f / NULLIF(y, 0)) AS b, (x / NULLIF(f, 0)) AS c, (7 / NULLIF(x, 0)) AS d, (f / NULLIF(0, 0)) AS e, (1 / NULLIF(0.0e0, 0)) AS g
FROM (SELECT 1::BIGINT AS x, 0::BIGINT AS y, 0.5e0 AS f UNION ALL SELECT (-7)::BIGINT, 2::BIGINT, 0.0e0 UNION ALL SELECT 0::BIGINT, (-1)::BIGINT, -2.5e0 UNION ALL SELECT NULL::BIGINT, 0::BIGINT, NULL::DOUBLE);

-- GENERATE_ARRAY of nothing, of one and downwards.
SELECT generate_series(1::BIGINT, 0::BIGINT) AS a, generate_series(1::BIGINT, 1::BIGINT) AS b, generate_series(3::BIGINT, 1::BIGINT, (-1)::BIGINT) AS c, generate_series(1::BIGINT, 10::BIGINT, 4::BIGINT) AS d, generate_series(1::BIGINT, x) AS e, generate_series((-1)::BIGINT, 1::BIGINT) AS f
FROM (SELECT CAST(NULL AS BIGINT) AS x);

-- GENERATE_ARRAY by steps of zero.
SELECT generate_series(1::BIGINT, 2::BIGINT, CASE WHEN x = 0 THEN error('the step is 0') ELSE x END) AS a FROM UNNEST(CAST([0] AS BIGINT[])) AS x(x);

-- Constants that are NULL have a type.
SELECT CAST(-CAST(NULL AS DECIMAL(38, 9)) AS DECIMAL(38, 9)) AS a, CAST(abs(CAST(NULL AS DECIMAL(38, 9))) AS DECIMAL(38, 9)) AS b, CAST('1'::DECIMAL(38, 9) + CAST(NULL AS BIGINT) AS DECIMAL(38, 9)) AS c, CAST(('a' || upper(replace(CAST(NULL AS VARCHAR), 'ß', 'ss'))) AS VARCHAR) AS d, CAST(NOT CAST(NULL AS BOOLEAN) AS BOOLEAN) AS e, CAST(-(1 + CAST(NULL AS BIGINT)) AS BIGINT) AS f,
  CAST(CASE WHEN regexp_full_match('x', '\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE](\+?[0-9]+|-0*[0-9]))?\s*') THEN TRY_CAST('x' AS DECIMAL(38, 9)) WHEN regexp_full_match('x', '\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*') THEN error('DuckDB cannot read this number: ' || 'x') END * 2 AS DECIMAL(38, 9)) AS g, CAST(regexp_replace(strftime(CAST(NULL AS TIMESTAMPTZ), '%Y-%m-%d %H:%M:%S.%f+00'), '(\.000)?000\+00$', '+00') || 'x' AS VARCHAR) AS h, COALESCE(CAST(TRY_CAST(printf('%.40f', CAST(CASE WHEN regexp_full_match('12', '\s*[-+]?[0-9]+\s*') THEN TRY_CAST('12' AS BIGINT) WHEN regexp_full_match('12', '\s*[-+]?0[xX][0-9a-fA-F]+\s*') THEN TRY_CAST(regexp_extract('12', '[-+]') || TRY_CAST(regexp_extract('12', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS BIGINT) END AS DOUBLE)) AS DECIMAL(38, 2)) AS DOUBLE), CAST(CASE WHEN regexp_full_match('12', '\s*[-+]?[0-9]+\s*') THEN TRY_CAST('12' AS BIGINT) WHEN regexp_full_match('12', '\s*[-+]?0[xX][0-9a-fA-F]+\s*') THEN TRY_CAST(regexp_extract('12', '[-+]') || TRY_CAST(regexp_extract('12', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS BIGINT) END AS DOUBLE)) AS i, CAST(abs(CASE WHEN regexp_full_match('x', '\s*[-+]?[0-9]+\s*') THEN TRY_CAST('x' AS BIGINT) WHEN regexp_full_match('x', '\s*[-+]?0[xX][0-9a-fA-F]+\s*') THEN TRY_CAST(regexp_extract('x', '[-+]') || TRY_CAST(regexp_extract('x', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS BIGINT) END) AS BIGINT) AS j;
