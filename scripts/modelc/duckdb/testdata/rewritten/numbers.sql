-- Division is of FLOAT64.
SELECT (7 / 2) AS a, (1 / 3) AS b, (7.5e0 / 2.5e0) AS c, (((-1)::DOUBLE) / 4) AS d, (6 / 3) AS e;

-- Division by zero is an error, not an infinity.
SELECT (x / CASE WHEN y = 0 THEN error('division by zero') ELSE y END) AS a FROM (SELECT 1::BIGINT AS x, 0::BIGINT AS y);

-- NULLIF makes it a NULL.
SELECT (x / NULLIF(y, 0)) AS a FROM (SELECT 1::BIGINT AS x, 0::BIGINT AS y);

-- SAFE_DIVIDE gives NULL for it.
SELECT (1 / NULLIF(0, 0)) AS a, (1 / 4) AS b, (NULL::DOUBLE / 1) AS c, (0 / NULLIF(0, 0)) AS d, (1.5e0 / 0.5e0) AS e;

-- DIV and MOD round towards zero.
SELECT (7::BIGINT // 2) AS a, (((-7)::BIGINT) // 2) AS b, (((-7)::BIGINT) % 3) AS c, (7::BIGINT % CASE WHEN ((-3)::BIGINT) = 0 THEN error('division by zero') ELSE ((-3)::BIGINT) END) AS d, (20::BIGINT // 4) AS e, (25::BIGINT % 5) AS f;

-- DIV by zero.
SELECT (x // CASE WHEN y = 0 THEN error('division by zero') ELSE y END) AS a FROM (SELECT 1::BIGINT AS x, 0::BIGINT AS y);

-- MOD by zero.
SELECT (x % CASE WHEN y = 0 THEN error('division by zero') ELSE y END) AS a FROM (SELECT 1::BIGINT AS x, 0::BIGINT AS y);

-- An INT64 that overflows is an error.
SELECT 9223372036854775807 + x AS a FROM (SELECT 1::BIGINT AS x);

-- A sum that overflows is an error.
SELECT CAST(SUM(x) AS BIGINT) AS a FROM (SELECT 9223372036854775807::BIGINT AS x UNION ALL SELECT 1::BIGINT);

-- ROUND goes half away from zero, by what a FLOAT64 is exactly.
SELECT round(2.5e0) AS a, round(-2.5e0) AS b, CAST(CAST(printf('%.40f', 2.675e0) AS DECIMAL(38, 2)) AS DOUBLE) AS c, CAST(CAST(printf('%.40f', 1.005e0) AS DECIMAL(38, 2)) AS DOUBLE) AS d, CAST(CAST(printf('%.40f', 0.03125e0) AS DECIMAL(38, 4)) AS DOUBLE) AS e, CAST(CAST(printf('%.40f', -0.03125e0) AS DECIMAL(38, 4)) AS DOUBLE) AS f, CAST(CAST(printf('%.40f', 0.285e0) AS DECIMAL(38, 2)) AS DOUBLE) AS g, CAST(CAST(printf('%.40f', 123.456e0) AS DECIMAL(38, 0)) AS DOUBLE) AS h, CAST(CAST(printf('%.40f', 2::DOUBLE) AS DECIMAL(38, 1)) AS DOUBLE) AS i, CAST(CAST(printf('%.40f', 1e20) AS DECIMAL(38, 2)) AS DOUBLE) AS j;

-- ROUND of ratios, as reports have them.
SELECT i, CAST(CAST(printf('%.40f', (i / 320)) AS DECIMAL(38, 4)) AS DOUBLE) AS a, CAST(CAST(printf('%.40f', (i / 7)) AS DECIMAL(38, 4)) AS DOUBLE) AS b, CAST(CAST(printf('%.40f', (i / 1600)) AS DECIMAL(38, 3)) AS DOUBLE) AS c FROM UNNEST(generate_series(1::BIGINT, 40::BIGINT)) AS i(i);

-- ROUND of NUMERIC is exact.
SELECT CAST(round('2.345'::DECIMAL(38, 9), 2) AS DECIMAL(38, 9)) AS a, CAST(round('-2.345'::DECIMAL(38, 9), 2) AS DECIMAL(38, 9)) AS b, CAST(round('2.5'::DECIMAL(38, 9)) AS DECIMAL(38, 9)) AS c, CAST(round('-2.5'::DECIMAL(38, 9)) AS DECIMAL(38, 9)) AS d, CAST(round('1.23456789'::DECIMAL(38, 9), 9) AS DECIMAL(38, 9)) AS e;

-- CEIL, FLOOR and TRUNC.
SELECT ceil(1.2e0) AS a, ceil(-1.2e0) AS b, floor(1.8e0) AS c, floor(-1.2e0) AS d, trunc(1.8e0) AS e, trunc(-1.8e0) AS f, CAST(ceil('1.2'::DECIMAL(38, 9)) AS DECIMAL(38, 9)) AS g, CAST(floor('-1.2'::DECIMAL(38, 9)) AS DECIMAL(38, 9)) AS h, CAST(trunc('-1.8'::DECIMAL(38, 9)) AS DECIMAL(38, 9)) AS i, ceil(3::DOUBLE) AS j;

-- ABS and SIGN.
SELECT ABS((-3)::BIGINT) AS a, ABS(-2.5e0) AS b, ABS('-1.5'::DECIMAL(38, 9)) AS c, CAST(sign((-3)::BIGINT) AS BIGINT) AS d, CAST(sign(2.5e0) AS DOUBLE) AS e, CAST(sign('-1.5'::DECIMAL(38, 9)) AS DECIMAL(38, 9)) AS f, CAST(sign(0::BIGINT) AS BIGINT) AS g, sqrt(16::DOUBLE) AS h;

-- A product of NUMERICs keeps nine decimals, rounded half away from zero.
SELECT CAST(a * b AS DECIMAL(38, 9)) AS product, CAST(-a * b AS DECIMAL(38, 9)) AS minus, a + b AS sum, a - b AS difference, a * 3 AS thrice, CAST(a * '0.01'::DECIMAL(38, 9) AS DECIMAL(38, 9)) AS hundredth FROM (SELECT '1.234567891'::DECIMAL(38, 9) AS a, '0.000000005'::DECIMAL(38, 9) AS b UNION ALL SELECT '1234567.5'::DECIMAL(38, 9), '0.01'::DECIMAL(38, 9) UNION ALL SELECT '0.5'::DECIMAL(38, 9), '0.000000001'::DECIMAL(38, 9));

-- A NUMERIC beside a FLOAT64 becomes one.
SELECT '0.1'::DOUBLE + f AS a, '12345678901.234567891'::DOUBLE * f AS b, '1.1'::DOUBLE < f AS c, CASE WHEN TRUE THEN '0.3'::DOUBLE ELSE f END AS d FROM (SELECT 1.0e0 AS f);

-- An INT64 beside a NUMERIC becomes one.
SELECT i * n AS a, i + n AS b, i - n AS c, COALESCE(n, 0) AS d, CASE WHEN i > 0 THEN n ELSE 1 END AS e FROM (SELECT 3::BIGINT AS i, '0.01'::DECIMAL(38, 9) AS n);

-- GREATEST and LEAST are NULL when any argument is.
SELECT greatest(1::BIGINT, 3::BIGINT, 2::BIGINT) AS a, least(1::BIGINT, 3::BIGINT, 2::BIGINT) AS b, CASE WHEN NULL::BIGINT IS NULL THEN NULL ELSE greatest(1::BIGINT, NULL) END AS c, CASE WHEN x IS NULL THEN NULL ELSE least(x, 5) END AS d, greatest('a', 'b') AS e, CASE WHEN DATE '2026-01-01' IS NULL OR DATE '2025-01-01' IS NULL THEN NULL ELSE greatest(DATE '2026-01-01', DATE '2025-01-01') END AS f FROM (SELECT CAST(NULL AS BIGINT) AS x);
