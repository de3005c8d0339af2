-- A row is counted even if all its columns are NULL.
WITH t AS (SELECT 1::BIGINT AS a, 'x' AS b UNION ALL SELECT NULL::BIGINT, NULL::VARCHAR) SELECT COUNT({'a': t.a, 'b': t.b}) AS n, COUNT(a) AS of_a FROM t;

-- The row of the side that a LEFT JOIN did not find is not NULL, but its columns are.
WITH t AS (SELECT 1::BIGINT AS a UNION ALL SELECT 2::BIGINT), u AS (SELECT 1::BIGINT AS a, 'y' AS c) SELECT t.a, {'a': u.a, 'c': u.c} IS NULL AS "none", u.c, ('{"a":' || COALESCE(CASE WHEN u.a BETWEEN -9007199254740992 AND 9007199254740992 THEN CAST(u.a AS VARCHAR) ELSE '"' || CAST(u.a AS VARCHAR) || '"' END, 'null') || ',"c":' || COALESCE(CASE WHEN regexp_matches(u.c, '[\x0b\x0e\x0f\x1a-\x1f]') THEN error('TO_JSON_STRING of a control character') ELSE replace(replace(CAST(to_json(u.c) AS VARCHAR), chr(8232), '\u2028'), chr(8233), '\u2029') END, 'null') || '}') AS j FROM t LEFT JOIN u ON t.a = u.a;

-- A table's name hides a column of the same name.
SELECT ('{"a":' || COALESCE(CASE WHEN t.a BETWEEN -9007199254740992 AND 9007199254740992 THEN CAST(t.a AS VARCHAR) ELSE '"' || CAST(t.a AS VARCHAR) || '"' END, 'null') || ',"t":' || COALESCE(CASE WHEN t.t BETWEEN -9007199254740992 AND 9007199254740992 THEN CAST(t.t AS VARCHAR) ELSE '"' || CAST(t.t AS VARCHAR) || '"' END, 'null') || '}') AS j, t.t FROM (SELECT 1::BIGINT AS a, CAST(NULL AS BIGINT) AS t) AS t WHERE {'a': t.a, 't': t.t} IS NOT NULL;

-- An inner column hides an outer table.
SELECT (SELECT t.a FROM (SELECT {'a': 2::BIGINT} AS t) AS u) AS x, {'a': t.a} AS t FROM (SELECT 1::BIGINT AS a) AS t;

-- Rows are told apart by their columns.
WITH t AS (SELECT 1::BIGINT AS a, NULL::BIGINT AS b UNION ALL SELECT 1::BIGINT, NULL::BIGINT UNION ALL SELECT 1::BIGINT, 2::BIGINT) SELECT COUNT(DISTINCT {'a': t.a, 'b': t.b}) AS n FROM t;

-- Distinct rows.
WITH t AS (SELECT 1::BIGINT AS a, NULL::BIGINT AS b UNION ALL SELECT 1::BIGINT, NULL::BIGINT) SELECT x.t.a FROM (SELECT DISTINCT {'a': t.a, 'b': t.b} AS t FROM t) AS x;

-- Groups of rows.
WITH t AS (SELECT 1::BIGINT AS a UNION ALL SELECT 1::BIGINT) SELECT x.t.a, x.n FROM (SELECT {'a': t.a} AS t, COUNT(*) AS n FROM t GROUP BY {'a': t.a}) AS x;

-- Rows are equal if all their columns are; NULL is unknown unless another column differs.
WITH t AS (SELECT 1::BIGINT AS a, 2::BIGINT AS b UNION ALL SELECT 1::BIGINT, NULL::BIGINT UNION ALL SELECT 2::BIGINT, NULL::BIGINT), u AS (SELECT 1::BIGINT AS a, 2::BIGINT AS b UNION ALL SELECT 1::BIGINT, NULL::BIGINT) SELECT {'a': t.a, 'b': t.b} AS t, {'a': u.a, 'b': u.b} AS u, ((t.a = u.a) AND (t.b = u.b)) AS eq, (NOT ((t.a = u.a) AND (t.b = u.b))) AS ne, (NOT ((t.a = u.a) AND (t.b = u.b))) AS other FROM t, u;

-- IS DISTINCT FROM takes NULLs for the same.
WITH t AS (SELECT 1::BIGINT AS a, NULL::BIGINT AS b UNION ALL SELECT 1::BIGINT, 2::BIGINT) SELECT t.b, u.b AS ub, {'a': t.a, 'b': t.b} IS NOT DISTINCT FROM {'a': u.a, 'b': u.b} AS same, {'a': t.a, 'b': t.b} IS DISTINCT FROM {'a': u.a, 'b': u.b} AS differ FROM t, t AS u;

-- A row beside a STRUCT.
WITH t AS (SELECT 1::BIGINT AS a, {'c': 'x'} AS b UNION ALL SELECT 1::BIGINT, NULL::STRUCT(c VARCHAR)) SELECT ((t.a = 1::BIGINT) AND ((struct_extract(t.b, 'c') = struct_extract({'c': 'x'}, 'c')))) AS eq FROM t;

-- A row beside a STRUCT with other names.
WITH t AS (SELECT 1::BIGINT AS a, 1.5e0 AS b) SELECT ((t.a = 1::BIGINT) AND (t.b = 1.5e0)) AS eq, ((2::BIGINT = t.a) AND (1::BIGINT = t.b)) AS other FROM t;

-- Rows in ON.
WITH t AS (SELECT 1::BIGINT AS d, 'a' AS k UNION ALL SELECT 2::BIGINT, NULL::VARCHAR) SELECT t.d, u.d AS equal, v.d AS same FROM t LEFT JOIN t AS u ON ((t.d = u.d) AND (t.k = u.k)) LEFT JOIN t AS v ON {'d': t.d, 'k': t.k} IS NOT DISTINCT FROM {'d': v.d, 'k': v.k};

-- The newest row of each key.
WITH t AS (SELECT 'k' AS k, 1::BIGINT AS a, 'x' AS b UNION ALL SELECT 'k', 2::BIGINT, 'y' UNION ALL SELECT 'l', NULL::BIGINT, 'z') SELECT k, struct_extract(CASE WHEN len(list_slice(array_agg({'k': t.k, 'a': t.a, 'b': t.b} ORDER BY a DESC), 1, 1)) < 1 THEN error('array has no element 1') ELSE list_slice(array_agg({'k': t.k, 'a': t.a, 'b': t.b} ORDER BY a DESC), 1, 1)[1] END, 'b') AS b FROM t GROUP BY k;

-- All columns of the newest row.
WITH t AS (SELECT 'k' AS k, 1::BIGINT AS a, 'x' AS b UNION ALL SELECT 'k', 2::BIGINT, 'y' UNION ALL SELECT 'l', NULL::BIGINT, 'z') SELECT struct_extract(CASE WHEN len(list_slice(array_agg({'k': t.k, 'a': t.a, 'b': t.b} ORDER BY a DESC), 1, 1)) < 1 THEN error('array has no element 1') ELSE list_slice(array_agg({'k': t.k, 'a': t.a, 'b': t.b} ORDER BY a DESC), 1, 1)[1] END, 'k') AS k, COUNT(*) AS b FROM t GROUP BY t.k;

-- The same from a subquery.
WITH t AS (SELECT 'k' AS k, 1::BIGINT AS a, 'x' AS b UNION ALL SELECT 'k', 2::BIGINT, 'y' UNION ALL SELECT 'l', NULL::BIGINT, 'z') SELECT n.newest.k, n.newest.a, n.newest.b, n.newest.a, n.newest.b FROM (SELECT list_slice(array_agg({'k': t.k, 'a': t.a, 'b': t.b} ORDER BY a DESC), 1, 1)[1] AS newest FROM t GROUP BY k) AS n;

-- Either row.
WITH t AS (SELECT 1::BIGINT AS a), u AS (SELECT 2::BIGINT AS a) SELECT struct_extract(CASE WHEN u.a > 1 THEN {'a': t.a} ELSE {'a': u.a} END, 'a') AS first, struct_extract(COALESCE(CASE WHEN u.a > 2 THEN {'a': t.a} ELSE NULL END, {'a': u.a}), 'a') AS second, struct_extract({'a': t.a}, 'a') AS third FROM t, u;

-- A row in a row.
WITH t AS (SELECT 1::BIGINT AS k, 2::BIGINT AS b) SELECT struct_extract(struct_extract({'r': {'k': t.k, 'b': t.b}, 'x': 3::BIGINT}, 'r'), 'b') AS b FROM t;

-- A row of an outer query.
WITH t AS (SELECT 1::BIGINT AS a), u AS (SELECT 1::BIGINT AS a UNION ALL SELECT 2::BIGINT) SELECT (SELECT COUNT(*) FROM u WHERE ((u.a = t.a))) AS n, EXISTS (SELECT 1::BIGINT FROM u WHERE (NOT ((u.a = t.a)))) AS other FROM t;

-- The rows of two sides of USING keep their own columns.
WITH t AS (SELECT 1::BIGINT AS k, 2::BIGINT AS b), u AS (SELECT 1::BIGINT AS k, 3::BIGINT AS c UNION ALL SELECT 9::BIGINT, 4::BIGINT) SELECT {'k': t.k, 'b': t.b} AS t, {'k': u.k, 'c': u.c} AS u, k FROM t RIGHT JOIN u USING (k);

-- A column that is called as the table.
WITH t AS (SELECT 1::BIGINT AS a, 2::BIGINT AS b UNION ALL SELECT 1::BIGINT, 3::BIGINT) SELECT a AS t, COUNT(*) AS n FROM t GROUP BY 1 HAVING COUNT(*) > 1 ORDER BY t;

-- A window over such a column.
WITH t AS (SELECT 1::BIGINT AS a UNION ALL SELECT 2::BIGINT) SELECT a + 1 AS t FROM t QUALIFY ROW_NUMBER() OVER (ORDER BY t) = 1;

-- Elements that are STRUCTs can be NULL.
SELECT COUNT(s) AS n, COUNT(*) AS all_of_them, MAX(s.a) AS a FROM UNNEST(CAST([{'a': 1::BIGINT}, NULL] AS STRUCT(a BIGINT)[])) AS s(s);

-- The value of a row as JSON.
SELECT ('{"d":' || COALESCE('"' || CAST(t.d AS VARCHAR) || '"', 'null') || ',"n":' || COALESCE(CASE WHEN t.n = trunc(t.n) AND t.n BETWEEN -9007199254740992 AND 9007199254740992 THEN CAST(CAST(t.n AS BIGINT) AS VARCHAR) ELSE '"' || rtrim(rtrim(CAST(t.n AS VARCHAR), '0'), '.') || '"' END, 'null') || ',"f":' || COALESCE(CASE WHEN t.f = 0 THEN '0' WHEN isnan(t.f) THEN '"NaN"' WHEN isinf(t.f) THEN CASE WHEN t.f > 0 THEN '"Infinity"' ELSE '"-Infinity"' END WHEN CAST(printf('%.15g', t.f) AS DOUBLE) = t.f THEN printf('%.15g', t.f) ELSE printf('%.17g', t.f) END, 'null') || ',"b":' || COALESCE(CAST(t.b AS VARCHAR), 'null') || ',"ts":' || COALESCE('"' || regexp_replace(strftime(t.ts, '%Y-%m-%dT%H:%M:%S.%f'), '(\.000)?000$', '') || 'Z"', 'null') || ',"arr":' || COALESCE('[' || array_to_string(list_transform(t.arr, lambda element0: COALESCE(CASE WHEN regexp_matches(element0, '[\x0b\x0e\x0f\x1a-\x1f]') THEN error('TO_JSON_STRING of a control character') ELSE replace(replace(CAST(to_json(element0) AS VARCHAR), chr(8232), '\u2028'), chr(8233), '\u2029') END, 'null')), ',') || ']', 'null') || ',"na":' || COALESCE('[' || array_to_string(list_transform(t.na, lambda element0: COALESCE(CASE WHEN element0 BETWEEN -9007199254740992 AND 9007199254740992 THEN CAST(element0 AS VARCHAR) ELSE '"' || CAST(element0 AS VARCHAR) || '"' END, 'null')), ',') || ']', 'null') || ',"s":' || CASE WHEN t.s IS NULL THEN 'null' ELSE '{"c":' || COALESCE(CASE WHEN regexp_matches(struct_extract(t.s, 'c'), '[\x0b\x0e\x0f\x1a-\x1f]') THEN error('TO_JSON_STRING of a control character') ELSE replace(replace(CAST(to_json(struct_extract(t.s, 'c')) AS VARCHAR), chr(8232), '\u2028'), chr(8233), '\u2029') END, 'null') || '}' END || ',"ab":' || COALESCE(CASE WHEN regexp_matches(t.ab, '[\x0b\x0e\x0f\x1a-\x1f]') THEN error('TO_JSON_STRING of a control character') ELSE replace(replace(CAST(to_json(t.ab) AS VARCHAR), chr(8232), '\u2028'), chr(8233), '\u2029') END, 'null') || '}') AS j FROM (SELECT DATE '2026-02-28' AS d, '1.50'::DECIMAL(38, 9) AS n, 0.25e0 AS f, TRUE AS b, TIMESTAMPTZ '2026-01-01 10:00:00.5+00' AS ts, CAST(['é"', NULL] AS VARCHAR[]) AS arr, CAST(NULL AS BIGINT[]) AS na, {'c': 'x'} AS s, '' AS ab) AS t;

-- FLOAT64 as JSON.
SELECT x, COALESCE(CASE WHEN x = 0 THEN '0' WHEN isnan(x) THEN '"NaN"' WHEN isinf(x) THEN CASE WHEN x > 0 THEN '"Infinity"' ELSE '"-Infinity"' END WHEN CAST(printf('%.15g', x) AS DOUBLE) = x THEN printf('%.15g', x) ELSE printf('%.17g', x) END, 'null') AS j FROM UNNEST(CAST([1.5e0, -0.0e0, 1e15, 1e-7, 0.30000000000000004e0, NULL, CASE WHEN regexp_full_match('inf', '(?i)\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*|\s*[-+]?(inf|infinity|nan)\s*') THEN CAST('inf' AS DOUBLE) WHEN regexp_full_match('inf', '\s*[-+]?0[xX][0-9a-fA-F]{1,16}\s*') THEN CAST(regexp_extract('inf', '[-+]') || CAST(regexp_extract('inf', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS DOUBLE) WHEN regexp_full_match('inf', '(?i)\s*[-+]?(0x([0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(p[-+]?[0-9]+)?|nan\([a-z0-9_]*\))\s*') THEN error('DuckDB cannot read this number: ' || 'inf') WHEN 'inf' IS NOT NULL THEN error('not of type DOUBLE: ' || 'inf') END, CASE WHEN regexp_full_match('-inf', '(?i)\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*|\s*[-+]?(inf|infinity|nan)\s*') THEN CAST('-inf' AS DOUBLE) WHEN regexp_full_match('-inf', '\s*[-+]?0[xX][0-9a-fA-F]{1,16}\s*') THEN CAST(regexp_extract('-inf', '[-+]') || CAST(regexp_extract('-inf', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS DOUBLE) WHEN regexp_full_match('-inf', '(?i)\s*[-+]?(0x([0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(p[-+]?[0-9]+)?|nan\([a-z0-9_]*\))\s*') THEN error('DuckDB cannot read this number: ' || '-inf') WHEN '-inf' IS NOT NULL THEN error('not of type DOUBLE: ' || '-inf') END, CASE WHEN regexp_full_match('nan', '(?i)\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*|\s*[-+]?(inf|infinity|nan)\s*') THEN CAST('nan' AS DOUBLE) WHEN regexp_full_match('nan', '\s*[-+]?0[xX][0-9a-fA-F]{1,16}\s*') THEN CAST(regexp_extract('nan', '[-+]') || CAST(regexp_extract('nan', '0[xX][0-9a-fA-F]+') AS UBIGINT) AS DOUBLE) WHEN regexp_full_match('nan', '(?i)\s*[-+]?(0x([0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(p[-+]?[0-9]+)?|nan\([a-z0-9_]*\))\s*') THEN error('DuckDB cannot read this number: ' || 'nan') WHEN 'nan' IS NOT NULL THEN error('not of type DOUBLE: ' || 'nan') END] AS DOUBLE[])) AS x(x);

-- INT64 as JSON: a string beyond what a FLOAT64 holds.
SELECT COALESCE(CASE WHEN x BETWEEN -9007199254740992 AND 9007199254740992 THEN CAST(x AS VARCHAR) ELSE '"' || CAST(x AS VARCHAR) || '"' END, 'null') AS j FROM UNNEST(CAST([0, -1, 9007199254740992, 9007199254740993, -9007199254740992, -9007199254740993, -9223372036854775808, NULL] AS BIGINT[])) AS x(x);

-- NUMERIC as JSON: a string unless it is whole and a FLOAT64 holds it.
SELECT COALESCE(CASE WHEN x = trunc(x) AND x BETWEEN -9007199254740992 AND 9007199254740992 THEN CAST(CAST(x AS BIGINT) AS VARCHAR) ELSE '"' || rtrim(rtrim(CAST(x AS VARCHAR), '0'), '.') || '"' END, 'null') AS j FROM UNNEST(CAST(['0'::DECIMAL(38, 9), '1.5'::DECIMAL(38, 9), '100'::DECIMAL(38, 9), '-12.340000000'::DECIMAL(38, 9), '9007199254740992'::DECIMAL(38, 9), '9007199254740993'::DECIMAL(38, 9), '-99999999999999999999999999999.999999999'::DECIMAL(38, 9), NULL] AS DECIMAL(38, 9)[])) AS x(x);

-- STRING as JSON.
SELECT COALESCE(CASE WHEN regexp_matches(x, '[\x0b\x0e\x0f\x1a-\x1f]') THEN error('TO_JSON_STRING of a control character') ELSE replace(replace(CAST(to_json(x) AS VARCHAR), chr(8232), '\u2028'), chr(8233), '\u2029') END, 'null') AS j FROM UNNEST(CAST(['
	­  ﻿', '/<>&''"\é😀\u000B', '', NULL] AS VARCHAR[])) AS x(x);

-- TIMESTAMP as JSON.
SELECT COALESCE('"' || regexp_replace(strftime(x, '%Y-%m-%dT%H:%M:%S.%f'), '(\.000)?000$', '') || 'Z"', 'null') AS j FROM UNNEST(CAST([TIMESTAMPTZ '2026-01-01 00:00:00+00', TIMESTAMPTZ '2026-01-01 10:20:30.123456+00', TIMESTAMPTZ '2026-01-01 10:20:30.12+00', NULL] AS TIMESTAMPTZ[])) AS x(x);

-- Arrays and STRUCTs as JSON.
SELECT COALESCE('[' || array_to_string(list_transform(CAST([{'a': 1::BIGINT, 'b': CAST(['x'] AS VARCHAR[])}, {'a': NULL::BIGINT, 'b': CAST(NULL AS VARCHAR[])}] AS STRUCT(a BIGINT, b VARCHAR[])[]), lambda element0: CASE WHEN element0 IS NULL THEN 'null' ELSE '{"a":' || COALESCE(CASE WHEN struct_extract(element0, 'a') BETWEEN -9007199254740992 AND 9007199254740992 THEN CAST(struct_extract(element0, 'a') AS VARCHAR) ELSE '"' || CAST(struct_extract(element0, 'a') AS VARCHAR) || '"' END, 'null') || ',"b":' || COALESCE('[' || array_to_string(list_transform(struct_extract(element0, 'b'), lambda element1: COALESCE(CASE WHEN regexp_matches(element1, '[\x0b\x0e\x0f\x1a-\x1f]') THEN error('TO_JSON_STRING of a control character') ELSE replace(replace(CAST(to_json(element1) AS VARCHAR), chr(8232), '\u2028'), chr(8233), '\u2029') END, 'null')), ',') || ']', 'null') || '}' END), ',') || ']', 'null') AS j, ('{"a\"b":' || COALESCE(CASE WHEN 1::BIGINT BETWEEN -9007199254740992 AND 9007199254740992 THEN CAST(1::BIGINT AS VARCHAR) ELSE '"' || CAST(1::BIGINT AS VARCHAR) || '"' END, 'null') || ',"d":' || CASE WHEN {'c': 'x'} IS NULL THEN 'null' ELSE '{"c":' || COALESCE(CASE WHEN regexp_matches(struct_extract({'c': 'x'}, 'c'), '[\x0b\x0e\x0f\x1a-\x1f]') THEN error('TO_JSON_STRING of a control character') ELSE replace(replace(CAST(to_json(struct_extract({'c': 'x'}, 'c')) AS VARCHAR), chr(8232), '\u2028'), chr(8233), '\u2029') END, 'null') || '}' END || ',"e":' || COALESCE('[' || array_to_string(list_transform(CAST([] AS VARCHAR[]), lambda element0: COALESCE(CASE WHEN regexp_matches(element0, '[\x0b\x0e\x0f\x1a-\x1f]') THEN error('TO_JSON_STRING of a control character') ELSE replace(replace(CAST(to_json(element0) AS VARCHAR), chr(8232), '\u2028'), chr(8233), '\u2029') END, 'null')), ',') || ']', 'null') || '}') AS k;

-- Bytes, truth and NULL as JSON.
SELECT COALESCE('"' || to_base64(unhex(sha256('a'))) || '"', 'null') AS j, COALESCE(CAST(TRUE AS VARCHAR), 'null') AS b, COALESCE(CASE WHEN NULL::BIGINT BETWEEN -9007199254740992 AND 9007199254740992 THEN CAST(NULL::BIGINT AS VARCHAR) ELSE '"' || CAST(NULL::BIGINT AS VARCHAR) || '"' END, 'null') AS n, COALESCE(CAST(CAST(NULL AS BOOLEAN) AS VARCHAR), 'null') AS o, COALESCE('"' || CAST(DATE '0999-12-31' AS VARCHAR) || '"', 'null') AS d;
