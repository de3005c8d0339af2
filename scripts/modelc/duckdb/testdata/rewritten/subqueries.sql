-- A table beside itself.
WITH t AS (SELECT 1::BIGINT AS d, 'a' AS k, 5::BIGINT AS v UNION ALL SELECT 2::BIGINT, 'a', 7::BIGINT UNION ALL SELECT 2::BIGINT, 'b', 9::BIGINT) SELECT a.k, a.v - b.v AS more FROM t AS a JOIN t AS b ON a.k = b.k AND a.d = b.d + 1;

-- A table beside some of its rows.
WITH t AS (SELECT 1::BIGINT AS d, 'a' AS k, 5::BIGINT AS v UNION ALL SELECT 2::BIGINT, 'a', 7::BIGINT UNION ALL SELECT 2::BIGINT, 'b', 9::BIGINT) SELECT k, a.v AS av, b.v AS bv FROM t AS a LEFT JOIN (SELECT * FROM t WHERE d = 1) AS b USING (k) WHERE a.d = 2;

-- A value of earlier rows.
WITH t AS (SELECT 1::BIGINT AS d, 'a' AS k, 5::BIGINT AS v UNION ALL SELECT 2::BIGINT, 'a', 7::BIGINT UNION ALL SELECT 2::BIGINT, 'b', 9::BIGINT) SELECT a.k, a.d, (SELECT CAST(SUM(b.v) AS BIGINT) FROM t AS b WHERE b.k = a.k AND b.d < a.d) AS before FROM t AS a;

-- IN a subquery, with NULLs.
WITH t AS (SELECT 1::BIGINT AS d, 'a' AS k UNION ALL SELECT 2::BIGINT, 'a' UNION ALL SELECT 2::BIGINT, 'b') SELECT k, d IN (SELECT d FROM t WHERE k = 'b') AS among, d NOT IN (SELECT CASE WHEN k = 'b' THEN NULL ELSE d END FROM t) AS not_among FROM t;

-- NOT EXISTS.
WITH t AS (SELECT 1::BIGINT AS d, 'a' AS k UNION ALL SELECT 2::BIGINT, 'a' UNION ALL SELECT 2::BIGINT, 'b') SELECT k FROM t WHERE NOT EXISTS (SELECT 1::BIGINT FROM t AS o WHERE o.k = t.k AND o.d < t.d);

-- An array of a correlated subquery.
WITH t AS (SELECT 1::BIGINT AS d, 'a' AS k, 5::BIGINT AS v UNION ALL SELECT 2::BIGINT, 'a', 7::BIGINT UNION ALL SELECT 2::BIGINT, 'b', 9::BIGINT) SELECT DISTINCT k, ARRAY(SELECT v FROM t AS o WHERE o.k = t.k ORDER BY v DESC LIMIT 1) AS most FROM t;

-- The elements of such an array.
WITH t AS (SELECT 1::BIGINT AS a, CAST(['x', 'y'] AS VARCHAR[]) AS tags) SELECT x FROM t, UNNEST(ARRAY(SELECT upper(replace(g, 'ß', 'ss')) FROM UNNEST(tags) AS g(g))) AS x(x);

-- An array that is made from columns.
WITH t AS (SELECT 1::BIGINT AS a, 3::BIGINT AS b) SELECT x FROM t, UNNEST(generate_series(t.a, t.b)) AS x(x);

-- Sets of subqueries, with NULL.
WITH t AS (SELECT 1::BIGINT AS d, 'a' AS k UNION ALL SELECT 2::BIGINT, 'a' UNION ALL SELECT 2::BIGINT, NULL::VARCHAR) (SELECT k FROM t WHERE d = 2 EXCEPT DISTINCT SELECT k FROM t WHERE d = 1) UNION ALL (SELECT k FROM t INTERSECT DISTINCT SELECT NULL::VARCHAR);

-- A subquery in WHERE and in ORDER BY.
WITH t AS (SELECT 'a' AS k, 5::BIGINT AS v UNION ALL SELECT 'a', 7::BIGINT UNION ALL SELECT 'b', 9::BIGINT) SELECT k, v FROM t WHERE v > (SELECT AVG(v) FROM t) - 1 ORDER BY (SELECT MAX(v) FROM t AS o WHERE o.k = t.k) DESC;

-- An aggregate of columns of both queries.
SELECT (SELECT CAST(SUM(t.v + x) AS BIGINT) FROM UNNEST(CAST([1, 2] AS BIGINT[])) AS x(x)) AS s FROM (SELECT 1::BIGINT AS v UNION ALL SELECT 5::BIGINT) AS t;
