-- WITH, joins of all kinds.
WITH a AS (SELECT 1::BIGINT AS k, 'x' AS v UNION ALL SELECT 2::BIGINT, 'y'), b AS (SELECT 2::BIGINT AS k, TRUE AS w UNION ALL SELECT 3::BIGINT, FALSE) SELECT a.k AS ak, b.k AS bk, v, w FROM a FULL JOIN b ON a.k = b.k;

-- USING merges the columns.
WITH a AS (SELECT 1::BIGINT AS k, 'x' AS v UNION ALL SELECT 2::BIGINT, 'y'), b AS (SELECT 2::BIGINT AS k, TRUE AS w UNION ALL SELECT 3::BIGINT, FALSE) SELECT k, v, w FROM a FULL OUTER JOIN b USING (k);

-- USING in a right join takes the right side.
WITH a AS (SELECT 1::BIGINT AS k), b AS (SELECT 2::BIGINT AS k) SELECT k FROM a RIGHT JOIN b USING (k);

-- Commas and CROSS JOIN.
SELECT x, y FROM UNNEST(CAST([1, 2] AS BIGINT[])) AS x(x), UNNEST(CAST(['a', 'b'] AS VARCHAR[])) AS y(y) CROSS JOIN (SELECT 1::BIGINT AS z);

-- Stars less some columns, or with others in their place.
SELECT * EXCLUDE (b) REPLACE (a + 1 AS a) FROM (SELECT 1::BIGINT AS a, 2::BIGINT AS b, 3::BIGINT AS c);

-- A table's star.
SELECT t.*, u.* EXCLUDE (k) FROM (SELECT 1::BIGINT AS k) AS t JOIN (SELECT 1::BIGINT AS k, 2::BIGINT AS v) AS u ON t.k = u.k;

-- Sets.
SELECT 1::BIGINT AS x UNION ALL SELECT 1::BIGINT UNION ALL SELECT 2::BIGINT;

-- Without doubles.
(SELECT 1::BIGINT AS x UNION DISTINCT SELECT 1::BIGINT) UNION ALL SELECT 3::BIGINT;

-- INTERSECT and EXCEPT.
SELECT x FROM UNNEST(CAST([1, 2, 3] AS BIGINT[])) AS x(x) EXCEPT DISTINCT SELECT 2::BIGINT;

-- The other.
SELECT x FROM UNNEST(CAST([1, 2, 3] AS BIGINT[])) AS x(x) INTERSECT DISTINCT SELECT 2::BIGINT;

-- Subqueries, one of them correlated.
SELECT x, (SELECT MAX(y) FROM UNNEST(CAST([1, 2, 3] AS BIGINT[])) AS y(y) WHERE y < x) AS below, EXISTS(SELECT 1::BIGINT FROM UNNEST(CAST([2] AS BIGINT[])) AS y(y) WHERE y = x) AS found, ARRAY(SELECT y FROM UNNEST(CAST([3, 4] AS BIGINT[])) AS y(y) WHERE y > 9) AS "none" FROM UNNEST(CAST([1, 2] AS BIGINT[])) AS x(x);

-- A scalar subquery of two rows is an error.
SELECT (SELECT x FROM UNNEST(CAST([1, 2] AS BIGINT[])) AS x(x)) AS a;

-- UNNEST of a column, with the place in it.
SELECT k, tag, n FROM (SELECT 'a' AS k, CAST(['x', 'y'] AS VARCHAR[]) AS tags UNION ALL SELECT 'b', CAST([] AS VARCHAR[])), (SELECT UNNEST(tags) AS tag, generate_subscripts(tags, 1) - 1 AS n) AS tag;

-- LEFT JOIN of an array keeps rows without elements.
SELECT k, tag FROM (SELECT 'a' AS k, CAST(['x'] AS VARCHAR[]) AS tags UNION ALL SELECT 'b', CAST([] AS VARCHAR[])) LEFT JOIN UNNEST(tags) AS tag(tag) ON TRUE;

-- Elements of arrays.
SELECT CASE WHEN len(a) < 1 THEN error('array has no element 1') ELSE a[1] END AS a, CASE WHEN len(a) < 2 THEN error('array has no element 2') ELSE a[2] END AS b, a[6] AS c, len(a) AS d, array_to_string(a, '-') AS e, CASE WHEN len(string_split('x.y', '.')) < 2 THEN error('array has no element 2') ELSE string_split('x.y', '.')[2] END AS f FROM (SELECT CAST(['p', 'q'] AS VARCHAR[]) AS a);

-- A place beyond the end is an error.
SELECT CASE WHEN len(a) < 3 THEN error('array has no element 3') ELSE a[3] END AS a FROM (SELECT CAST([1, 2] AS BIGINT[]) AS a);

-- Structs.
SELECT s.a AS a, s.b.c AS c FROM (SELECT {'a': 1::BIGINT, 'b': {'c': 'x'}} AS s);

-- Arrays of structs.
SELECT x.a AS a, x.b AS b FROM UNNEST(CAST([{'a': 1::BIGINT, 'b': 'p'}, {'a': 2::BIGINT, 'b': 'q'}] AS STRUCT(a BIGINT, b VARCHAR)[])) AS x(x);

-- NULLs first going up.
SELECT x FROM UNNEST(CAST([2, NULL, 1] AS BIGINT[])) AS x(x) ORDER BY x;

-- NULLs last going down.
SELECT x FROM UNNEST(CAST([2, NULL, 1] AS BIGINT[])) AS x(x) ORDER BY x DESC LIMIT 2 OFFSET 1;

-- By an output column that hides one of FROM.
SELECT -x AS x FROM UNNEST(CAST([1, 3, 2] AS BIGINT[])) AS x(x) ORDER BY x;

-- DISTINCT.
SELECT DISTINCT (x % 2) AS a FROM UNNEST(CAST([1, 2, 3] AS BIGINT[])) AS x(x);

-- Values of JSON.
SELECT CASE json_type(j, '$.a') WHEN 'OBJECT' THEN NULL WHEN 'ARRAY' THEN NULL WHEN 'DOUBLE' THEN error('JSON_VALUE of a number with decimals') ELSE json_extract_string(j, '$.a') END AS a, CASE json_type(j, '$.b.c') WHEN 'OBJECT' THEN NULL WHEN 'ARRAY' THEN NULL WHEN 'DOUBLE' THEN error('JSON_VALUE of a number with decimals') ELSE json_extract_string(j, '$.b.c') END AS b, CASE json_type(j, '$.b') WHEN 'OBJECT' THEN NULL WHEN 'ARRAY' THEN NULL WHEN 'DOUBLE' THEN error('JSON_VALUE of a number with decimals') ELSE json_extract_string(j, '$.b') END AS c, CASE json_type(j, '$.d[1]') WHEN 'OBJECT' THEN NULL WHEN 'ARRAY' THEN NULL WHEN 'DOUBLE' THEN error('JSON_VALUE of a number with decimals') ELSE json_extract_string(j, '$.d[1]') END AS d, CASE json_type(j, '$.e') WHEN 'OBJECT' THEN NULL WHEN 'ARRAY' THEN NULL WHEN 'DOUBLE' THEN error('JSON_VALUE of a number with decimals') ELSE json_extract_string(j, '$.e') END AS e, CASE json_type(j, '$.f') WHEN 'OBJECT' THEN NULL WHEN 'ARRAY' THEN NULL WHEN 'DOUBLE' THEN error('JSON_VALUE of a number with decimals') ELSE json_extract_string(j, '$.f') END AS f, CASE json_type(j, '$.n') WHEN 'OBJECT' THEN NULL WHEN 'ARRAY' THEN NULL WHEN 'DOUBLE' THEN error('JSON_VALUE of a number with decimals') ELSE json_extract_string(j, '$.n') END AS n FROM (SELECT '{"a":"x","b":{"c":true},"d":[1,2],"e":null,"n":12}'::JSON AS j);

-- Rows made of numbers.
SELECT x FROM UNNEST(generate_series(10::BIGINT, 1::BIGINT, (-3)::BIGINT)) AS x(x);

-- Numbers and dates of a union take one type.
SELECT 1::DECIMAL(38, 9) AS x, NULL::DATE AS d UNION ALL SELECT '2.5'::DECIMAL(38, 9), DATE '2026-01-01' UNION ALL SELECT NULL::DECIMAL(38, 9), NULL::DATE;

-- A name in a subquery is its own.
SELECT x, (SELECT CAST(SUM(x) AS BIGINT) FROM UNNEST(CAST([10, 20] AS BIGINT[])) AS x(x)) AS y FROM UNNEST(CAST([1] AS BIGINT[])) AS x(x);

-- A join with an array needs no condition.
SELECT k, tag FROM (SELECT 'a' AS k, CAST(['x', 'y'] AS VARCHAR[]) AS tags UNION ALL SELECT 'b', CAST([] AS VARCHAR[])) AS t LEFT JOIN UNNEST(t.tags) AS tag(tag) ON TRUE;

-- The same, inner.
SELECT k, tag FROM (SELECT 'a' AS k, CAST(['x', 'y'] AS VARCHAR[]) AS tags UNION ALL SELECT 'b', CAST([] AS VARCHAR[])) AS t JOIN UNNEST(t.tags) AS tag(tag) ON TRUE;

-- A name in GROUP BY that two tables and the SELECT list have.
SELECT a.k, COUNT(*) AS n FROM (SELECT 1::BIGINT AS k UNION ALL SELECT 2::BIGINT) AS a JOIN (SELECT 1::BIGINT AS k UNION ALL SELECT 1::BIGINT) AS b ON a.k = b.k GROUP BY 1;

-- A window, a filter and a name that all call themselves the same.
SELECT x AS y, y AS x FROM (SELECT 1::BIGINT AS x, 10::BIGINT AS y UNION ALL SELECT 2::BIGINT, 5::BIGINT) WHERE x > 1;

-- GROUP BY an output column that hides an array's element.
SELECT (x % 2) AS x, COUNT(*) AS n FROM UNNEST(CAST([1, 2, 3] AS BIGINT[])) AS x(x) GROUP BY 1;

-- A table's name keeps an outer column apart.
SELECT (SELECT MAX(v) AS y FROM UNNEST(CAST([1, 2, 3] AS BIGINT[])) AS v(v) WHERE v < t.y) AS m FROM (SELECT 3::BIGINT AS y) AS t;
