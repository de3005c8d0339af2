-- Counts and sums are INT64.
SELECT COUNT(*) AS a, COUNT(x) AS b, COUNT(DISTINCT x) AS c, CAST(SUM(x) AS BIGINT) AS d, COUNT(CASE WHEN x > 1 THEN 1 END) AS e, AVG(x) AS f, MIN(x) AS g, MAX(x) AS h FROM UNNEST(CAST([1, 2, 2, NULL] AS BIGINT[])) AS x(x);

-- Over no rows.
SELECT COUNT(*) AS a, CAST(SUM(x) AS BIGINT) AS b, COUNT(CASE WHEN x > 1 THEN 1 END) AS c, AVG(x) AS d, MAX(x) AS e, array_agg(x) AS f, string_agg(CAST(x AS VARCHAR)) AS g, bool_or(x > 1) AS h FROM UNNEST(CAST([1] AS BIGINT[])) AS x(x) WHERE FALSE;

-- Truth over many rows passes over NULLs.
SELECT bool_and(x) AS a, bool_or(x) AS b FROM UNNEST(CAST([TRUE, NULL, TRUE] AS BOOLEAN[])) AS x(x);

-- Strings and arrays in an order.
SELECT string_agg(x, '|' ORDER BY x DESC) AS a, string_agg(x ORDER BY x) AS b, array_agg(x ORDER BY x) FILTER (WHERE x IS NOT NULL) AS c, list_slice(array_agg(x ORDER BY x DESC) FILTER (WHERE x IS NOT NULL), 1, 2) AS d, string_agg(DISTINCT x, ',' ORDER BY x) AS e FROM UNNEST(CAST(['b', 'a', NULL, 'c', 'a'] AS VARCHAR[])) AS x(x);

-- NULLs come first going up and last going down.
SELECT len(array_agg(x ORDER BY x)) AS a, array_agg(COALESCE(x, -1) ORDER BY x) AS b, array_agg(COALESCE(x, -1) ORDER BY x DESC) AS c, array_agg(COALESCE(x, -1) ORDER BY x NULLS LAST) AS d FROM UNNEST(CAST([2, NULL, 1] AS BIGINT[])) AS x(x);

-- Spread.
SELECT stddev_samp(CAST(x AS DOUBLE)) AS a, stddev_pop(CAST(x AS DOUBLE)) AS b, var_samp(CAST(x AS DOUBLE)) AS c, var_pop(CAST(x AS DOUBLE)) AS d, var_samp(CAST(y AS DOUBLE)) AS e FROM (SELECT 2::BIGINT AS x, 1::BIGINT AS y UNION ALL SELECT 4::BIGINT, NULL::BIGINT UNION ALL SELECT 9::BIGINT, NULL::BIGINT);

-- Sums of NUMERIC.
SELECT SUM(x) AS a, MAX(x) AS b, CAST(SUM(x) * '0.01'::DECIMAL(38, 9) AS DECIMAL(38, 9)) AS c, SUM(DISTINCT x) AS d, CAST(printf('%.40f', AVG(CAST(CAST(x AS VARCHAR) AS DOUBLE))) AS DECIMAL(38, 9)) AS e FROM UNNEST(CAST(['1.5'::DECIMAL(38, 9), '2.25'::DECIMAL(38, 9), '1.5'::DECIMAL(38, 9)] AS DECIMAL(38, 9)[])) AS x(x);

-- GROUP BY an output column that hides one of FROM.
SELECT CAST(date_trunc('month', day) AS DATE) AS day, CAST(SUM(n) AS BIGINT) AS n FROM (SELECT DATE '2026-01-05' AS day, 1::BIGINT AS n UNION ALL SELECT DATE '2026-01-09', 2::BIGINT UNION ALL SELECT DATE '2026-02-01', 3::BIGINT) GROUP BY 1;

-- GROUP BY a place, and HAVING.
SELECT (x % 2) AS odd, COUNT(*) AS n FROM UNNEST(CAST([1, 2, 3] AS BIGINT[])) AS x(x) GROUP BY 1 HAVING COUNT(*) > 1;

-- Subtotals.
SELECT a, b, CAST(SUM(n) AS BIGINT) AS n, GROUPING(a) AS no_a FROM (SELECT 'x' AS a, 'y' AS b, 1::BIGINT AS n UNION ALL SELECT 'x', 'z', 2::BIGINT) GROUP BY ROLLUP(a, b);

-- Grouping sets and cubes.
SELECT a, b, COUNT(*) AS n FROM (SELECT 1::BIGINT AS a, 2::BIGINT AS b UNION ALL SELECT 1::BIGINT, 3::BIGINT) GROUP BY GROUPING SETS ((a), (a, b), ());

-- Any value of a group.
SELECT ANY_VALUE(x) AS a FROM UNNEST(CAST(['same', 'same'] AS VARCHAR[])) AS x(x);

-- HAVING without GROUP BY.
SELECT CAST(SUM(x) AS BIGINT) AS a FROM UNNEST(CAST([1, 2] AS BIGINT[])) AS x(x) HAVING COUNT(*) = 3;
