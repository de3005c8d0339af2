-- A FLOAT64 that overflows.
SELECT x * 10 AS a FROM UNNEST(CAST([1e308] AS DOUBLE[])) AS x(x);

-- A quotient that overflows.
SELECT (x / 1e-10) AS a FROM UNNEST(CAST([1e308] AS DOUBLE[])) AS x(x);

-- NaN compared with itself and with a number.
SELECT x = x AS a, x > 1 AS b FROM (SELECT CASE WHEN regexp_full_match('nan', '(?i)\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*|\s*[-+]?(inf|infinity|nan)\s*') THEN CAST('nan' AS DOUBLE) WHEN regexp_full_match('nan', '\s*[-+]?0[xX][0-9a-fA-F]{1,16}\s*') THEN CAST(regexp_extract('nan', '[-+]') || CAST(regexp_extract('nan', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS DOUBLE) WHEN regexp_full_match('nan', '(?i)\s*[-+]?(0x([0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(p[-+]?[0-9]+)?|nan\([a-z0-9_]*\))\s*') THEN error('DuckDB cannot read this number: ' || 'nan') WHEN 'nan' IS NOT NULL THEN error('not of type DOUBLE: ' || 'nan') END AS x);

-- The least and greatest of numbers and NaN.
SELECT MIN(x) AS a, MAX(x) AS b FROM (SELECT CASE WHEN regexp_full_match(s, '(?i)\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*|\s*[-+]?(inf|infinity|nan)\s*') THEN CAST(s AS DOUBLE) WHEN regexp_full_match(s, '\s*[-+]?0[xX][0-9a-fA-F]{1,16}\s*') THEN CAST(regexp_extract(s, '[-+]') || CAST(regexp_extract(s, '0[xX][0-9a-fA-F]+') AS UBIGINT) AS DOUBLE) WHEN regexp_full_match(s, '(?i)\s*[-+]?(0x([0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(p[-+]?[0-9]+)?|nan\([a-z0-9_]*\))\s*') THEN error('DuckDB cannot read this number: ' || s) WHEN s IS NOT NULL THEN error('not of type DOUBLE: ' || s) END AS x FROM UNNEST(CAST(['nan', '1'] AS VARCHAR[])) AS s(s));

-- ROUND of a small negative number.
SELECT COALESCE(CAST(TRY_CAST(printf('%.40f', x) AS DECIMAL(38, 2)) AS DOUBLE), x) AS a FROM UNNEST(CAST([-0.001e0] AS DOUBLE[])) AS x(x);

-- The mean of INT64s, in its last digit.
SELECT AVG(x) AS a FROM UNNEST(CAST([9223372036854775807, -9223372036854775807, 9007199254740993, 1] AS BIGINT[])) AS x(x);

-- A large product of NUMERICs.
SELECT CAST(u * u AS DECIMAL(38, 9)) AS a FROM UNNEST(CAST(['123456789012'::DECIMAL(38, 9)] AS DECIMAL(38, 9)[])) AS u(u);

-- A date after the year 9999.
SELECT CAST(d + INTERVAL 1 DAY AS DATE) AS a FROM UNNEST(CAST([DATE '9999-12-31'] AS DATE[])) AS d(d);

-- A date before the year 1.
SELECT make_date(y, 1, 1) AS a FROM UNNEST(CAST([0] AS BIGINT[])) AS y(y);

-- A timestamp after the year 9999.
SELECT make_timestamptz(n * 1000000) AS a FROM UNNEST(CAST([253402300800] AS BIGINT[])) AS n(n);

-- A year before 1000 as text.
SELECT strftime(d, '%Y') AS a FROM UNNEST(CAST([DATE '0987-06-05'] AS DATE[])) AS d(d);

-- Letters that become several, or depend on their place in the word.
SELECT upper(replace('ﬁn', 'ß', 'ss')) AS a, LOWER('ΑΣ') AS b;

-- Strings that are a FLOAT64 to GoogleSQL alone.
SELECT CASE WHEN regexp_full_match(s, '(?i)\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*|\s*[-+]?(inf|infinity|nan)\s*') THEN TRY_CAST(s AS DOUBLE) WHEN regexp_full_match(s, '\s*[-+]?0[xX][0-9a-fA-F]{1,16}\s*') THEN TRY_CAST(regexp_extract(s, '[-+]') || TRY_CAST(regexp_extract(s, '0[xX][0-9a-fA-F]+') AS UBIGINT) AS DOUBLE) WHEN regexp_full_match(s, '(?i)\s*[-+]?(0x([0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(p[-+]?[0-9]+)?|nan\([a-z0-9_]*\))\s*') THEN error('DuckDB cannot read this number: ' || s) END AS x FROM UNNEST(CAST(['0x1.8p1', '0x.8', '0x12345678901234567', 'nan(1)'] AS VARCHAR[])) AS s(s);

-- Strings of a NUMERIC with an exponent below -9.
SELECT CASE WHEN regexp_full_match(s, '\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE](\+?[0-9]+|-0*[0-9]))?\s*') THEN TRY_CAST(s AS DECIMAL(38, 9)) WHEN regexp_full_match(s, '\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*') THEN error('DuckDB cannot read this number: ' || s) END AS x FROM UNNEST(CAST(['5e-10', '5e-12', '123456e-12'] AS VARCHAR[])) AS s(s);

-- What fails, in an expression that is known without it.
SELECT CAST(NULL AS DOUBLE) - (x / CASE WHEN x = 0 AND x IS NOT NULL THEN error('division by zero') ELSE x END) AS a FROM UNNEST(CAST([0] AS BIGINT[])) AS x(x);
