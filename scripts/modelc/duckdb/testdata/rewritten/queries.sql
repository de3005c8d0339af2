-- WITH, joins of all kinds.
WITH a AS (SELECT 1::BIGINT AS k, 'x' AS v UNION ALL SELECT 2::BIGINT, 'y'), b AS (SELECT 2::BIGINT AS k, TRUE AS w UNION ALL SELECT 3::BIGINT, FALSE) SELECT a.k AS ak, b.k AS bk, v, w FROM a FULL JOIN b ON a.k = b.k;

-- USING merges the columns.
WITH a AS (SELECT 1::BIGINT AS k, 'x' AS v UNION ALL SELECT 2::BIGINT, 'y'), b AS (SELECT 2::BIGINT AS k, TRUE AS w UNION ALL SELECT 3::BIGINT, FALSE) SELECT k, v, w FROM a FULL OUTER JOIN b USING (k);

-- USING in a right join takes the right side.
WITH a AS (SELECT 1::BIGINT AS k), b AS (SELECT 2::BIGINT AS k) SELECT k FROM a RIGHT JOIN b USING (k);

-- Commas and CROSS JOIN.
SELECT x, y FROM UNNEST(CAST([1, 2] AS BIGINT[])) AS x(x) CROSS JOIN UNNEST(CAST(['a', 'b'] AS VARCHAR[])) AS y(y) CROSS JOIN (SELECT 1::BIGINT AS z);

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
SELECT k, tag, n FROM (SELECT 'a' AS k, CAST(['x', 'y'] AS VARCHAR[]) AS tags UNION ALL SELECT 'b', CAST([] AS VARCHAR[])), (SELECT tag, n - 1 AS n FROM UNNEST(tags) WITH ORDINALITY AS tag(tag, n)) AS tag;

-- LEFT JOIN of an array keeps rows without elements.
SELECT k, tag FROM (SELECT 'a' AS k, CAST(['x'] AS VARCHAR[]) AS tags UNION ALL SELECT 'b', CAST([] AS VARCHAR[])) LEFT JOIN UNNEST(tags) AS tag(tag) ON TRUE;

-- Elements of arrays.
SELECT CASE WHEN len(a) < 1 THEN error('array has no element 1') ELSE a[1] END AS a, CASE WHEN len(a) < 2 THEN error('array has no element 2') ELSE a[2] END AS b, a[6] AS c, len(a) AS d, CASE WHEN a IS NOT NULL THEN COALESCE(array_to_string(a, '-'), '') END AS e, CAST(CASE WHEN len(string_split('x.y', '.')) < 2 THEN error('array has no element 2') ELSE string_split('x.y', '.')[2] END AS VARCHAR) AS f FROM (SELECT CAST(['p', 'q'] AS VARCHAR[]) AS a);

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

-- JSON of every kind.
SELECT CASE json_type(j, '$') WHEN 'OBJECT' THEN NULL WHEN 'ARRAY' THEN NULL WHEN 'DOUBLE' THEN error('JSON_VALUE of a number with decimals') ELSE json_extract_string(j, '$') END AS a, CASE json_type(j, '$') WHEN 'OBJECT' THEN NULL WHEN 'ARRAY' THEN NULL WHEN 'DOUBLE' THEN error('JSON_VALUE of a number with decimals') ELSE json_extract_string(j, '$') END AS b, CASE json_type(j, '$.a') WHEN 'OBJECT' THEN NULL WHEN 'ARRAY' THEN NULL WHEN 'DOUBLE' THEN error('JSON_VALUE of a number with decimals') ELSE json_extract_string(j, '$.a') END AS c, CASE json_type(j, '$.a.b') WHEN 'OBJECT' THEN NULL WHEN 'ARRAY' THEN NULL WHEN 'DOUBLE' THEN error('JSON_VALUE of a number with decimals') ELSE json_extract_string(j, '$.a.b') END AS d, CASE json_type(j, '$[0]') WHEN 'OBJECT' THEN NULL WHEN 'ARRAY' THEN NULL WHEN 'DOUBLE' THEN error('JSON_VALUE of a number with decimals') ELSE json_extract_string(j, '$[0]') END AS e, CASE json_type(j, '$[1].x') WHEN 'OBJECT' THEN NULL WHEN 'ARRAY' THEN NULL WHEN 'DOUBLE' THEN error('JSON_VALUE of a number with decimals') ELSE json_extract_string(j, '$[1].x') END AS f
FROM UNNEST(CAST(['"é💥"'::JSON, '1'::JSON, '-0'::JSON, 'true'::JSON, 'null'::JSON, '{}'::JSON, '[]'::JSON, '{"a": ""}'::JSON, '{"a": {"b": false}}'::JSON, '{"a": [1]}'::JSON, '[null, {"x": "y\n\u00e9"}]'::JSON, '[9223372036854775807]'::JSON, '{"a": null}'::JSON, NULL] AS JSON[])) AS j(j);

-- Arrays of nothing, NULL and odd texts.
SELECT len(a) AS a, CASE WHEN a IS NOT NULL THEN COALESCE(array_to_string(a, ','), '') END AS b, a[1] AS d, a[2] AS e, 'é' IN (SELECT UNNEST(a)) AS f, CASE WHEN a IS NOT NULL THEN COALESCE(array_to_string(a, ''), '') END AS g
FROM (SELECT CAST(['é', NULL, ''] AS VARCHAR[]) AS a UNION ALL SELECT CAST([] AS VARCHAR[]) UNION ALL SELECT NULL::VARCHAR[] UNION ALL SELECT CAST(['x', 'y'] AS VARCHAR[]) UNION ALL SELECT CAST([CAST(NULL AS VARCHAR)] AS VARCHAR[]));

-- Elements by place.
SELECT CASE WHEN len(a) < 1 THEN error('array has no element 1') ELSE a[1] END AS a, CASE WHEN len(a) < 1 THEN error('array has no element 1') ELSE a[1] END AS b, a[3] AS c, a[9] AS d, CAST(CASE WHEN len(CAST([1, 2] AS BIGINT[])) < 2 THEN error('array has no element 2') ELSE CAST([1, 2] AS BIGINT[])[2] END AS BIGINT) AS e FROM (SELECT CAST([DATE '2024-02-29', NULL, DATE '2026-12-31'] AS DATE[]) AS a);

-- An element of NULL.
SELECT CASE WHEN len(a) < 1 THEN error('array has no element 1') ELSE a[1] END AS a, a[1] AS b FROM (SELECT CAST(NULL AS BIGINT[]) AS a);

-- An element of an empty array is an error.
SELECT CASE WHEN len(a) < 1 THEN error('array has no element 1') ELSE a[1] END AS a FROM (SELECT CAST([] AS BIGINT[]) AS a);

-- UNNEST of NULL, of nothing and of equal elements, with places.
SELECT k, x, o FROM (SELECT 1::BIGINT AS k, CAST([5, 5, NULL] AS BIGINT[]) AS a UNION ALL SELECT 2::BIGINT, CAST([] AS BIGINT[]) UNION ALL SELECT 3::BIGINT, NULL::BIGINT[]), (SELECT x, o - 1 AS o FROM UNNEST(a) WITH ORDINALITY AS x(x, o)) AS x;

-- The same, keeping rows without elements.
SELECT k, x, o FROM (SELECT 1::BIGINT AS k, CAST([5, 5, NULL] AS BIGINT[]) AS a UNION ALL SELECT 2::BIGINT, CAST([] AS BIGINT[]) UNION ALL SELECT 3::BIGINT, NULL::BIGINT[]) AS t LEFT JOIN (SELECT x, o - 1 AS o FROM UNNEST(t.a) WITH ORDINALITY AS x(x, o)) AS x ON TRUE;

-- WITH OFFSET without a name.
SELECT x, "offset" FROM (SELECT x, "offset" - 1 AS "offset" FROM UNNEST(CAST(['a', 'b'] AS VARCHAR[])) WITH ORDINALITY AS x(x, "offset")) AS x ORDER BY "offset" DESC;

-- Fields of structs that are NULL.
SELECT s.a AS a, s.b.c AS c, s IS NULL AS n FROM (SELECT {'a': 1::BIGINT, 'b': {'c': 'é'}} AS s UNION ALL SELECT NULL::STRUCT(a BIGINT, b STRUCT(c VARCHAR)) UNION ALL SELECT {'a': NULL::BIGINT, 'b': {'c': CAST(NULL AS VARCHAR)}});

-- Structs and arrays as columns.
SELECT {'a': 1::BIGINT, 'b': 'x', 'c': NULL::BIGINT} AS s, CAST([{'d': DATE '2024-02-29'}, {'d': NULL::DATE}] AS STRUCT(d DATE)[]) AS l, {'v': CAST([1, 2] AS BIGINT[])} AS w, {'x': x} AS y FROM UNNEST(CAST([1.5e0, NULL] AS DOUBLE[])) AS x(x);

-- Joins on NULL find nothing.
SELECT a.k AS ak, b.k AS bk FROM UNNEST(CAST([{'k': 1::BIGINT}, {'k': NULL::BIGINT}] AS STRUCT(k BIGINT)[])) AS a(a) FULL JOIN UNNEST(CAST([{'k': NULL::BIGINT}, {'k': 1::BIGINT}] AS STRUCT(k BIGINT)[])) AS b(b) ON a.k = b.k;

-- Joins with nothing.
SELECT a.x, b.y FROM (SELECT 1::BIGINT AS x) AS a LEFT JOIN (SELECT 2::BIGINT AS y FROM UNNEST(CAST([] AS BIGINT[])) AS unnested(unnested)) AS b ON TRUE;

-- A right join with nothing.
SELECT a.x, b.y FROM (SELECT 1::BIGINT AS x FROM UNNEST(CAST([] AS BIGINT[])) AS unnested(unnested)) AS a RIGHT OUTER JOIN (SELECT 2::BIGINT AS y) AS b ON a.x = b.y;

-- Joins by several columns, inner by word.
WITH a AS (SELECT 1::BIGINT AS k, DATE '2024-02-29' AS d, 'é' AS v UNION ALL SELECT 1::BIGINT, NULL::DATE, 'x'), b AS (SELECT 1::BIGINT AS k, DATE '2024-02-29' AS d, 2::BIGINT AS w)
SELECT a.k, a.d, v, w FROM a INNER JOIN b ON a.k = b.k AND a.d = b.d;

-- Joins in parentheses.
SELECT a.x, b.x AS y, c.x AS z FROM UNNEST(CAST([{'x': 1::BIGINT}] AS STRUCT(x BIGINT)[])) AS a(a) LEFT JOIN (UNNEST(CAST([{'x': 1::BIGINT}, {'x': 2::BIGINT}] AS STRUCT(x BIGINT)[])) AS b(b) JOIN UNNEST(CAST([{'x': 2::BIGINT}] AS STRUCT(x BIGINT)[])) AS c(c) ON b.x = c.x) ON a.x = b.x;

-- Sets with NULL, doubles and nothing.
SELECT x FROM UNNEST(CAST([1, 1, NULL, NULL, 2] AS BIGINT[])) AS x(x) UNION DISTINCT SELECT x FROM UNNEST(CAST([2, NULL, 3] AS BIGINT[])) AS x(x);

-- What both have, NULL too.
SELECT x FROM UNNEST(CAST([1, 1, NULL] AS BIGINT[])) AS x(x) INTERSECT DISTINCT SELECT x FROM UNNEST(CAST([NULL, 1] AS BIGINT[])) AS x(x);

-- What only the first has.
SELECT x FROM UNNEST(CAST([1, 1, 2, NULL] AS BIGINT[])) AS x(x) EXCEPT DISTINCT SELECT x FROM UNNEST(CAST([1, NULL] AS BIGINT[])) AS x(x);

-- Sets of several types take one.
SELECT 1::DOUBLE AS x, 'a' AS s UNION ALL SELECT 2.5e0, NULL::VARCHAR UNION ALL SELECT NULL::DOUBLE, 'é';

-- DISTINCT over NULL and equals of different writing.
SELECT DISTINCT x, s FROM (SELECT '1.0'::DECIMAL(38, 9) AS x, 'a' AS s UNION ALL SELECT 1::DECIMAL(38, 9), 'a' UNION ALL SELECT NULL::DECIMAL(38, 9), NULL::VARCHAR UNION ALL SELECT NULL::DECIMAL(38, 9), NULL::VARCHAR UNION ALL SELECT 1::DECIMAL(38, 9), 'A');

-- Order by several, with NULLs by word.
SELECT x, y FROM (SELECT 1::BIGINT AS x, NULL::VARCHAR AS y UNION ALL SELECT 1::BIGINT, 'b' UNION ALL SELECT NULL::BIGINT, 'a' UNION ALL SELECT 2::BIGINT, 'é') ORDER BY x DESC NULLS FIRST, y ASC NULLS LAST;

-- LIMIT of nothing and past the end.
SELECT x FROM UNNEST(CAST([1, 2, 3] AS BIGINT[])) AS x(x) ORDER BY x LIMIT 5 OFFSET 2;

-- LIMIT zero.
SELECT x FROM UNNEST(CAST([1, 2, 3] AS BIGINT[])) AS x(x) ORDER BY x LIMIT 0;

-- Order by place and by expression.
SELECT (x % 2) AS a, x FROM UNNEST(CAST([1, 2, 3, 4] AS BIGINT[])) AS x(x) ORDER BY 1, -x;

-- WITH that reads WITH.
WITH a AS (SELECT x FROM UNNEST(CAST([1, 2, NULL] AS BIGINT[])) AS x(x)), b AS (SELECT x + 1 AS y FROM a), c AS (SELECT y FROM b WHERE y > 2 UNION ALL SELECT x FROM a) SELECT y, COUNT(*) AS n FROM c GROUP BY y;

-- Subqueries in every place.
SELECT x, (SELECT COUNT(*) FROM UNNEST(CAST([1, 2, 3] AS BIGINT[])) AS y(y) WHERE y >= x) AS a, ARRAY(SELECT y * x FROM UNNEST(CAST([1, 2] AS BIGINT[])) AS y(y) ORDER BY y DESC) AS b FROM UNNEST(CAST([1, 3] AS BIGINT[])) AS x(x) WHERE x IN (SELECT z FROM UNNEST(CAST([1, 3] AS BIGINT[])) AS z(z)) AND EXISTS(SELECT 1::BIGINT FROM UNNEST(CAST([3, 1] AS BIGINT[])) AS q(q) WHERE q = x);

-- Stars over several tables and with replacements.
SELECT a.*, b.* EXCLUDE (k) FROM (SELECT 1::BIGINT AS k, 'é' AS v) AS a CROSS JOIN (SELECT 2::BIGINT AS k, NULL::BIGINT AS w, TRUE AS z) AS b;

-- A star with a replacement of another type.
SELECT * REPLACE (CAST(x AS VARCHAR) AS x) FROM (SELECT 1::BIGINT AS x, 2::BIGINT AS y);

-- Groups by expressions and by places.
SELECT CAST(date_trunc('month', d) AS DATE) AS m, COUNT(*) AS n FROM UNNEST(CAST([DATE '2024-02-29', DATE '2024-02-01', DATE '2024-03-31', NULL] AS DATE[])) AS d(d) GROUP BY 1;

-- WHERE of NULL leaves rows out.
SELECT x FROM UNNEST(CAST([1, NULL, 3] AS BIGINT[])) AS x(x) WHERE NOT (x = 1);

-- SELECT ALL is SELECT.
SELECT ALL x FROM UNNEST(CAST([1, 1] AS BIGINT[])) AS x(x);

-- NULL of every type.
SELECT CAST(NULL AS JSON) AS a, CAST(NULL AS BLOB) AS b, CAST(NULL AS TIMESTAMPTZ) AS c, CAST(NULL AS DECIMAL(38, 9)) AS d, CAST(NULL AS DATE[]) AS f, CAST([NULL] AS BLOB[]) AS g;
