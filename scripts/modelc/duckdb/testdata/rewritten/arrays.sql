-- An array of the table before it.
WITH t AS (SELECT 1::BIGINT AS k, CAST(['a', 'b'] AS VARCHAR[]) AS tags UNION ALL SELECT 2::BIGINT, CAST([] AS VARCHAR[]) UNION ALL SELECT 3::BIGINT, NULL::VARCHAR[]) SELECT k, tag FROM t, UNNEST(t.tags) AS tag(tag);

-- Without an alias, the element is called as the column and hides it.
WITH t AS (SELECT 1::BIGINT AS k, CAST(['a', 'b'] AS VARCHAR[]) AS tags UNION ALL SELECT 2::BIGINT, CAST([] AS VARCHAR[])) SELECT k, tags.tags, upper(replace(tags.tags, 'ß', 'ss')) AS u, len(t.tags) AS n FROM t, UNNEST(t.tags) AS tags(tags) WHERE tags.tags > 'a' ORDER BY LENGTH(tags.tags), k;

-- The same with UNNEST.
WITH t AS (SELECT 1::BIGINT AS k, CAST(['a', 'b'] AS VARCHAR[]) AS tags UNION ALL SELECT 2::BIGINT, CAST([] AS VARCHAR[])) SELECT k, tags.tags FROM t, UNNEST(tags) AS tags(tags);

-- Groups of elements.
WITH t AS (SELECT 1::BIGINT AS k, CAST(['a', 'b'] AS VARCHAR[]) AS tags UNION ALL SELECT 2::BIGINT, CAST([] AS VARCHAR[]) UNION ALL SELECT 3::BIGINT, CAST(['a'] AS VARCHAR[])) SELECT tags.tags, COUNT(*) AS n FROM t, UNNEST(t.tags) AS tags(tags) GROUP BY tags.tags HAVING COUNT(tags.tags) > 0;

-- An output column of the same name.
WITH t AS (SELECT 1::BIGINT AS k, CAST(['a', 'b'] AS VARCHAR[]) AS tags UNION ALL SELECT 3::BIGINT, CAST(['a'] AS VARCHAR[])) SELECT upper(replace(tags.tags, 'ß', 'ss')) AS tags, COUNT(*) AS n FROM t, UNNEST(t.tags) AS tags(tags) GROUP BY 1;

-- Elements that leave the query under the column's name.
WITH t AS (SELECT 1::BIGINT AS k, CAST(['a', 'b'] AS VARCHAR[]) AS tags UNION ALL SELECT 2::BIGINT, CAST([] AS VARCHAR[])), u AS (SELECT k, tags.tags FROM t, UNNEST(t.tags) AS tags(tags)) SELECT tags, k FROM (SELECT tags, k FROM u) ORDER BY tags;

-- A subquery that hides the element again.
WITH t AS (SELECT 1::BIGINT AS k, CAST(['a', 'b'] AS VARCHAR[]) AS tags UNION ALL SELECT 2::BIGINT, CAST([] AS VARCHAR[])) SELECT k, (SELECT MAX(tags) FROM (SELECT 'z' AS tags)) AS z, (SELECT MAX((tags.tags || x)) FROM (SELECT '!' AS x)) AS m FROM t, UNNEST(tags) AS tags(tags);

-- Another column that is called as the element.
WITH t AS (SELECT 1::BIGINT AS tag, CAST(['a', 'b'] AS VARCHAR[]) AS tags) SELECT tag.tag, t.tag AS n FROM t, UNNEST(t.tags) AS tag(tag);

-- LEFT JOIN keeps rows without elements.
WITH t AS (SELECT 1::BIGINT AS k, CAST(['a', 'b'] AS VARCHAR[]) AS tags UNION ALL SELECT 2::BIGINT, CAST([] AS VARCHAR[]) UNION ALL SELECT 3::BIGINT, NULL::VARCHAR[]) SELECT k, tag FROM t AS s LEFT JOIN UNNEST(s.tags) AS tag(tag) ON TRUE;

-- LEFT JOIN with a condition.
WITH t AS (SELECT 1::BIGINT AS k, CAST(['a', 'b'] AS VARCHAR[]) AS tags UNION ALL SELECT 2::BIGINT, CAST([] AS VARCHAR[]) UNION ALL SELECT 3::BIGINT, NULL::VARCHAR[]) SELECT k, tag, place FROM t AS s LEFT JOIN (SELECT tag, place - 1 AS place FROM UNNEST(s.tags) WITH ORDINALITY AS tag(tag, place)) AS tag ON place = 1;

-- JOIN with a condition, and CROSS JOIN.
WITH t AS (SELECT 1::BIGINT AS k, CAST(['a', 'b'] AS VARCHAR[]) AS tags UNION ALL SELECT 2::BIGINT, CAST([] AS VARCHAR[])) SELECT k, tag, other FROM t INNER JOIN UNNEST(t.tags) AS tag(tag) ON tag = 'b' CROSS JOIN UNNEST(t.tags) AS other(other);

-- Places count from 0.
WITH t AS (SELECT 1::BIGINT AS k, CAST(['a', 'b'] AS VARCHAR[]) AS tags UNION ALL SELECT 2::BIGINT, CAST([] AS VARCHAR[])) SELECT k, tags.tags, "offset" FROM t CROSS JOIN (SELECT tags, "offset" - 1 AS "offset" FROM UNNEST(t.tags) WITH ORDINALITY AS tags(tags, "offset")) AS tags WHERE "offset" < 2;

-- A star has the element after the table, and the place after the element.
WITH t AS (SELECT 1::BIGINT AS k, CAST(['a', 'b'] AS VARCHAR[]) AS tags UNION ALL SELECT 2::BIGINT, CAST([] AS VARCHAR[])) SELECT * FROM t, (SELECT tag, place - 1 AS place FROM UNNEST(t.tags) WITH ORDINALITY AS tag(tag, place)) AS tag;

-- A star without the array.
WITH t AS (SELECT 1::BIGINT AS k, CAST(['a', 'b'] AS VARCHAR[]) AS tags UNION ALL SELECT 2::BIGINT, CAST([] AS VARCHAR[])) SELECT * EXCLUDE (tags), tag FROM t, UNNEST(t.tags) AS tag(tag);

-- A star without both.
WITH t AS (SELECT 1::BIGINT AS k, CAST(['a', 'b'] AS VARCHAR[]) AS tags UNION ALL SELECT 2::BIGINT, CAST([] AS VARCHAR[])) SELECT * EXCLUDE (tags) FROM t, UNNEST(t.tags) AS tags(tags);

-- Arrays of an outer query.
WITH t AS (SELECT 1::BIGINT AS k, CAST(['a', 'b'] AS VARCHAR[]) AS tags UNION ALL SELECT 2::BIGINT, CAST([] AS VARCHAR[]) UNION ALL SELECT 3::BIGINT, NULL::VARCHAR[]) SELECT k, EXISTS (SELECT 1::BIGINT FROM UNNEST(t.tags) AS x(x) WHERE x = 'b') AS has_b, (SELECT COUNT(*) FROM UNNEST(t.tags) AS tags(tags)) AS n, ARRAY(SELECT upper(replace(tags, 'ß', 'ss')) FROM UNNEST(t.tags) AS tags(tags) ORDER BY 1) AS u, (SELECT MAX(place) FROM (SELECT x, place - 1 AS place FROM UNNEST(t.tags) WITH ORDINALITY AS x(x, place)) AS x WHERE x > 'A') AS last FROM t;

-- Elements that are STRUCTs, with an array of their own.
WITH t AS (SELECT 1::BIGINT AS k, CAST([{'n': 'a', 'v': CAST([1, 2] AS BIGINT[])}, {'n': 'b', 'v': CAST([] AS BIGINT[])}] AS STRUCT(n VARCHAR, v BIGINT[])[]) AS items) SELECT k, items.items.n, v FROM t CROSS JOIN UNNEST(t.items) AS items(items) LEFT JOIN UNNEST(items.items.v) AS v(v) ON TRUE;

-- A field that is called as the element.
SELECT x.x.x, MAX(x.x.X) AS n FROM UNNEST(CAST([{'x': 1::BIGINT, 'y': 2::BIGINT}, {'x': 3::BIGINT, 'y': 4::BIGINT}] AS STRUCT(x BIGINT, y BIGINT)[])) AS x(x) WHERE x.x.x > 0 GROUP BY 1 ORDER BY n;

-- A star over STRUCTs has a column for each field.
WITH t AS (SELECT 1::BIGINT AS k, CAST([{'n': 'a', 'v': 1::BIGINT}] AS STRUCT(n VARCHAR, v BIGINT)[]) AS items) SELECT t.k, i.i.n, i.i.v FROM t, UNNEST(t.items) AS i(i);

-- The fields of a STRUCT.
WITH t AS (SELECT 1::BIGINT AS k, CAST([{'n': 'a', 'v': 1::BIGINT}] AS STRUCT(n VARCHAR, v BIGINT)[]) AS items) SELECT k, i.i.n, i.i.v, i.v + 1 AS v FROM t, UNNEST(t.items) AS i(i);

-- A STRUCT as a column.
SELECT s.pair.a, s.pair.b, pair.b AS again FROM (SELECT {'a': 1::BIGINT, 'b': 2::BIGINT} AS pair) AS s;

-- The place hides a column of the same name, too.
WITH t AS (SELECT 1::BIGINT AS k, CAST(['a', 'b'] AS VARCHAR[]) AS tags UNION ALL SELECT 2::BIGINT, CAST([] AS VARCHAR[])) SELECT tags.k, t.k AS tk, tags.tags FROM t, (SELECT tags, k - 1 AS k FROM UNNEST(tags) WITH ORDINALITY AS tags(tags, k)) AS tags WHERE tags.k > 0 ORDER BY tags.k + 1;

-- An array after a comma, and a table after it.
WITH t AS (SELECT 1::BIGINT AS k, CAST(['a', 'b'] AS VARCHAR[]) AS tags UNION ALL SELECT 2::BIGINT, CAST([] AS VARCHAR[])) SELECT u.k AS uk, tag, t.k FROM t AS u CROSS JOIN UNNEST(u.tags) AS tag(tag) LEFT JOIN t ON t.k = u.k;
