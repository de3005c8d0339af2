-- DISTINCT
SELECT item FROM raw.sales
SELECT DISTINCT item FROM raw.sales

-- UNION ALL and DISTINCT
SELECT item FROM raw.sales UNION ALL SELECT item FROM raw.items
SELECT item FROM raw.sales UNION DISTINCT SELECT item FROM raw.items

-- UNION DISTINCT inside and outside
SELECT item FROM raw.sales UNION ALL (SELECT item FROM raw.items UNION DISTINCT SELECT kind FROM raw.items)
(SELECT item FROM raw.sales UNION ALL SELECT item FROM raw.items) UNION DISTINCT SELECT kind FROM raw.items

-- EXCEPT the other way round
SELECT item FROM raw.sales EXCEPT DISTINCT SELECT item FROM raw.items
SELECT item FROM raw.items EXCEPT DISTINCT SELECT item FROM raw.sales

-- EXCEPT and INTERSECT
SELECT item FROM raw.sales EXCEPT DISTINCT SELECT item FROM raw.items
SELECT item FROM raw.sales INTERSECT DISTINCT SELECT item FROM raw.items

-- columns of UNION crossed
SELECT id, item FROM raw.sales UNION ALL SELECT item, kind FROM raw.items
SELECT id, item FROM raw.sales UNION ALL SELECT kind, item FROM raw.items

-- three times and twice
SELECT id FROM raw.sales UNION ALL SELECT id FROM raw.sales UNION ALL SELECT id FROM raw.sales
SELECT id FROM raw.sales UNION ALL SELECT id FROM raw.sales

-- a self join and a filter
SELECT a.id FROM raw.sales a JOIN raw.sales b ON a.item = b.item
SELECT id FROM raw.sales WHERE item = item

-- INNER and LEFT
SELECT s.id, i.kind FROM raw.sales s JOIN raw.items i ON i.item = s.item
SELECT s.id, i.kind FROM raw.sales s LEFT JOIN raw.items i ON i.item = s.item

-- LEFT and RIGHT
SELECT s.id, i.kind FROM raw.sales s LEFT JOIN raw.items i ON i.item = s.item
SELECT s.id, i.kind FROM raw.sales s RIGHT JOIN raw.items i ON i.item = s.item

-- LEFT and FULL
SELECT s.id, i.kind FROM raw.sales s LEFT JOIN raw.items i ON i.item = s.item
SELECT s.id, i.kind FROM raw.sales s FULL JOIN raw.items i ON i.item = s.item

-- FULL, the columns crossed
SELECT s.item, i.item AS other FROM raw.sales s FULL JOIN raw.items i ON i.item = s.item
SELECT i.item, s.item AS other FROM raw.sales s FULL JOIN raw.items i ON i.item = s.item

-- a filter of the optional side, in ON and after
SELECT s.id FROM raw.sales s LEFT JOIN raw.items i ON i.item = s.item AND i.kind = 'x'
SELECT s.id FROM raw.sales s LEFT JOIN raw.items i ON i.item = s.item WHERE i.kind = 'x'

-- a filter of the left side, in ON and after
SELECT s.id FROM raw.sales s LEFT JOIN raw.items i ON i.item = s.item AND s.n > 1
SELECT s.id FROM raw.sales s LEFT JOIN raw.items i ON i.item = s.item WHERE s.n > 1

-- ON TRUE and ON FALSE
SELECT s.id, i.kind FROM raw.sales s LEFT JOIN raw.items i ON TRUE
SELECT s.id, i.kind FROM raw.sales s LEFT JOIN raw.items i ON FALSE

-- IS NULL, before and after LEFT JOIN
SELECT s.id FROM raw.sales s LEFT JOIN (SELECT * FROM raw.items WHERE kind IS NULL) i ON i.item = s.item
SELECT s.id FROM raw.sales s LEFT JOIN raw.items i ON i.item = s.item WHERE i.kind IS NULL

-- the second LEFT JOIN by the first's column
SELECT s.id, b.kind FROM raw.sales s LEFT JOIN raw.items a ON a.item = s.item LEFT JOIN raw.items b ON b.item = a.kind
SELECT s.id, b.kind FROM raw.sales s LEFT JOIN raw.items a ON a.item = s.item LEFT JOIN raw.items b ON b.item = s.item

-- a nested join and one after another
SELECT s.id, a.kind FROM raw.sales s LEFT JOIN (raw.items a JOIN raw.items b ON b.kind = a.item) ON a.item = s.item
SELECT s.id, a.kind FROM raw.sales s LEFT JOIN raw.items a ON a.item = s.item LEFT JOIN raw.items b ON b.kind = a.item

-- COALESCE of USING, the columns
SELECT item FROM raw.sales FULL JOIN raw.items USING (item)
SELECT s.item FROM raw.sales s FULL JOIN raw.items i USING (item)

-- NULL = NULL and IS NOT DISTINCT FROM
SELECT s.id FROM raw.sales s JOIN raw.items i ON i.item = s.item
SELECT s.id FROM raw.sales s JOIN raw.items i ON i.item IS NOT DISTINCT FROM s.item

-- IN with NULL
SELECT id FROM raw.sales WHERE item NOT IN ('a')
SELECT id FROM raw.sales WHERE item NOT IN ('a', NULL)

-- NOT of a comparison and IS NOT TRUE
SELECT id FROM raw.sales WHERE NOT n > 1
SELECT id FROM raw.sales WHERE (n > 1) IS NOT TRUE

-- NOT IN a subquery and NOT EXISTS
SELECT id FROM raw.sales WHERE item NOT IN (SELECT kind FROM raw.items)
SELECT id FROM raw.sales s WHERE NOT EXISTS (SELECT 1 FROM raw.items i WHERE i.kind = s.item)

-- > and >=
SELECT id FROM raw.sales WHERE n > 1
SELECT id FROM raw.sales WHERE n >= 1

-- < with the sides turned
SELECT id FROM raw.sales WHERE n < 2
SELECT id FROM raw.sales WHERE 2 < n

-- AND and OR
SELECT id FROM raw.sales WHERE n = 1 AND item = 'a'
SELECT id FROM raw.sales WHERE n = 1 OR item = 'a'

-- LIKE with the sides turned
SELECT id FROM raw.sales WHERE id LIKE item
SELECT id FROM raw.sales WHERE item LIKE id

-- LIKE and =
SELECT id FROM raw.sales WHERE item LIKE 'a%'
SELECT id FROM raw.sales WHERE item = 'a%'

-- BETWEEN with the bounds turned
SELECT id FROM raw.sales WHERE n BETWEEN 1 AND 2
SELECT id FROM raw.sales WHERE n BETWEEN 2 AND 1

-- FALSE and no condition
SELECT id FROM raw.sales WHERE FALSE
SELECT id FROM raw.sales

-- NULL and no condition
SELECT id FROM raw.sales WHERE NULL
SELECT id FROM raw.sales

-- correlated by another column
SELECT id FROM raw.sales s WHERE EXISTS (SELECT 1 FROM raw.items i WHERE i.item = s.item)
SELECT id FROM raw.sales s WHERE EXISTS (SELECT 1 FROM raw.items i WHERE i.item = s.id)

-- correlated and not
SELECT id FROM raw.sales s WHERE EXISTS (SELECT 1 FROM raw.sales s2 WHERE s2.item = s.id)
SELECT id FROM raw.sales s WHERE EXISTS (SELECT 1 FROM raw.sales s2 WHERE s2.item = s2.id)

-- a subquery two levels deep, correlated to the outer or the inner
SELECT id FROM raw.sales s WHERE EXISTS (SELECT 1 FROM raw.sales t WHERE EXISTS (SELECT 1 FROM raw.items i WHERE i.item = s.item))
SELECT id FROM raw.sales s WHERE EXISTS (SELECT 1 FROM raw.sales t WHERE EXISTS (SELECT 1 FROM raw.items i WHERE i.item = t.item))

-- WHERE and HAVING on what is summed
SELECT item, SUM(n) AS total FROM raw.sales WHERE n > 1 GROUP BY item
SELECT item, SUM(n) AS total FROM raw.sales GROUP BY item HAVING SUM(n) > 1

-- WHERE and HAVING without keys
SELECT COUNT(*) AS c FROM raw.sales WHERE n > 2
SELECT COUNT(*) AS c FROM raw.sales HAVING COUNT(*) > 2

-- no keys and one, without rows
SELECT COUNT(*) AS c FROM raw.sales WHERE id = 'none'
SELECT COUNT(*) AS c FROM raw.sales WHERE id = 'none' GROUP BY item

-- another key, not returned
SELECT SUM(n) AS n FROM raw.sales GROUP BY item
SELECT SUM(n) AS n FROM raw.sales GROUP BY id

-- one key more, not returned
SELECT item, SUM(n) AS n FROM raw.sales GROUP BY item
SELECT item, SUM(n) AS n FROM raw.sales GROUP BY item, id

-- COUNT(*) and COUNT(x)
SELECT COUNT(*) AS c FROM raw.sales
SELECT COUNT(n) AS c FROM raw.sales

-- COUNT(DISTINCT)
SELECT COUNT(item) AS c FROM raw.sales
SELECT COUNT(DISTINCT item) AS c FROM raw.sales

-- SUM(DISTINCT)
SELECT SUM(n) AS c FROM raw.sales
SELECT SUM(DISTINCT n) AS c FROM raw.sales

-- a sum of groups and of groups' distinct rows
SELECT SUM(c) AS s FROM (SELECT COUNT(*) AS c FROM raw.sales GROUP BY item)
SELECT SUM(c) AS s FROM (SELECT DISTINCT COUNT(*) AS c FROM raw.sales GROUP BY item)

-- COUNTIF of a NULL
SELECT COUNTIF(n > 1) AS c FROM raw.sales
SELECT COUNTIF(NOT n <= 1 OR n IS NULL) AS c FROM raw.sales

-- ARRAY_AGG's order
SELECT ARRAY_AGG(id ORDER BY n, id) AS l FROM raw.sales WHERE id IS NOT NULL
SELECT ARRAY_AGG(id ORDER BY n DESC, id) AS l FROM raw.sales WHERE id IS NOT NULL

-- ARRAY_AGG's limit
SELECT ARRAY_AGG(id IGNORE NULLS ORDER BY id LIMIT 1) AS l FROM raw.sales
SELECT ARRAY_AGG(id IGNORE NULLS ORDER BY id LIMIT 2) AS l FROM raw.sales

-- ARRAY_AGG without NULLs
SELECT ARRAY_LENGTH(ARRAY_AGG(item ORDER BY id)) AS l FROM raw.sales
SELECT ARRAY_LENGTH(ARRAY_AGG(item IGNORE NULLS ORDER BY id)) AS l FROM raw.sales

-- STRING_AGG's order
SELECT STRING_AGG(id ORDER BY id) AS l FROM raw.sales
SELECT STRING_AGG(id ORDER BY id DESC) AS l FROM raw.sales

-- STRING_AGG's delimiter
SELECT STRING_AGG(id, '' ORDER BY id) AS l FROM raw.sales
SELECT STRING_AGG(id, ' ' ORDER BY id) AS l FROM raw.sales

-- ANY_VALUE's HAVING
SELECT ANY_VALUE(id HAVING MAX n) AS x FROM raw.sales
SELECT ANY_VALUE(id HAVING MIN n) AS x FROM raw.sales

-- ROWS and RANGE
SELECT id, SUM(n) OVER (ORDER BY day ROWS UNBOUNDED PRECEDING) AS c FROM raw.sales
SELECT id, SUM(n) OVER (ORDER BY day RANGE UNBOUNDED PRECEDING) AS c FROM raw.sales

-- ROWS and the default
SELECT id, SUM(n) OVER (ORDER BY day) AS c FROM raw.sales
SELECT id, SUM(n) OVER (ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS c FROM raw.sales

-- a frame's bound
SELECT id, SUM(n) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS c FROM raw.sales
SELECT id, SUM(n) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS c FROM raw.sales

-- PRECEDING and FOLLOWING
SELECT id, SUM(n) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) AS c FROM raw.sales
SELECT id, SUM(n) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS c FROM raw.sales

-- with and without an order
SELECT id, SUM(n) OVER (PARTITION BY item) AS c FROM raw.sales
SELECT id, SUM(n) OVER (PARTITION BY item ORDER BY day) AS c FROM raw.sales

-- NULLS FIRST and LAST
SELECT id, RANK() OVER (ORDER BY n NULLS FIRST) AS c FROM raw.sales
SELECT id, RANK() OVER (ORDER BY n NULLS LAST) AS c FROM raw.sales

-- ASC and DESC
SELECT id, RANK() OVER (ORDER BY n) AS c FROM raw.sales
SELECT id, RANK() OVER (ORDER BY n DESC) AS c FROM raw.sales

-- the order of two keys
SELECT id, RANK() OVER (ORDER BY n, id) AS c FROM raw.sales
SELECT id, RANK() OVER (ORDER BY id, n) AS c FROM raw.sales

-- RANK and DENSE_RANK
SELECT id, RANK() OVER (ORDER BY day) AS c FROM raw.sales
SELECT id, DENSE_RANK() OVER (ORDER BY day) AS c FROM raw.sales

-- LAG's step
SELECT id, LAG(n) OVER (ORDER BY id) AS c FROM raw.sales
SELECT id, LAG(n, 2) OVER (ORDER BY id) AS c FROM raw.sales

-- LAG's default
SELECT id, LAG(n) OVER (ORDER BY id) AS c FROM raw.sales
SELECT id, LAG(n, 1, 0) OVER (ORDER BY id) AS c FROM raw.sales

-- IGNORE NULLS
SELECT id, LAST_VALUE(n) OVER (ORDER BY id) AS c FROM raw.sales
SELECT id, LAST_VALUE(n IGNORE NULLS) OVER (ORDER BY id) AS c FROM raw.sales

-- QUALIFY
SELECT id FROM raw.sales QUALIFY ROW_NUMBER() OVER (PARTITION BY item ORDER BY id) = 1
SELECT id FROM raw.sales

-- QUALIFY by another window
SELECT id FROM raw.sales QUALIFY ROW_NUMBER() OVER (PARTITION BY item ORDER BY id) = 1
SELECT id FROM raw.sales QUALIFY ROW_NUMBER() OVER (ORDER BY id) = 1

-- a filter before and after a window
SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS c FROM raw.sales WHERE n > 1
SELECT * FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS c FROM raw.sales QUALIFY MAX(n) OVER (PARTITION BY id) > 1)

-- an order for LIMIT, inside a subquery and outside
-- not shown: DuckDB keeps the order
SELECT id FROM (SELECT id FROM raw.sales ORDER BY id) LIMIT 2
SELECT id FROM (SELECT id FROM raw.sales) ORDER BY id LIMIT 2

-- an order for LIMIT in a WITH query
-- not shown: DuckDB keeps the order
WITH w AS (SELECT id FROM raw.sales ORDER BY id) SELECT id FROM w LIMIT 2
SELECT id FROM raw.sales ORDER BY id LIMIT 2

-- an order for ARRAY, inside a subquery and outside
-- not shown: DuckDB keeps the order
SELECT ARRAY(SELECT x FROM (SELECT kind AS x FROM raw.items ORDER BY kind)) AS l
SELECT ARRAY(SELECT kind AS x FROM raw.items ORDER BY kind) AS l

-- an order for a UNION's LIMIT
(SELECT id FROM raw.sales UNION ALL (SELECT id FROM raw.sales ORDER BY id LIMIT 3)) LIMIT 2
(SELECT id FROM raw.sales UNION ALL (SELECT id FROM raw.sales ORDER BY id LIMIT 3)) ORDER BY id LIMIT 2

-- OFFSET
SELECT id FROM raw.sales ORDER BY id LIMIT 2
SELECT id FROM raw.sales ORDER BY id LIMIT 2 OFFSET 1

-- LIMIT and OFFSET exchanged
SELECT id FROM raw.sales ORDER BY id LIMIT 1 OFFSET 2
SELECT id FROM raw.sales ORDER BY id LIMIT 2 OFFSET 1

-- LIMIT before and after a filter
SELECT id FROM (SELECT id, item FROM raw.sales ORDER BY id LIMIT 2) WHERE item = 'a'
SELECT id FROM raw.sales WHERE item = 'a' ORDER BY id LIMIT 2

-- LIMIT before and after DISTINCT
SELECT DISTINCT item FROM (SELECT item FROM raw.sales ORDER BY item LIMIT 3)
SELECT DISTINCT item FROM raw.sales ORDER BY item LIMIT 3

-- LIMIT by NULLS LAST
SELECT id FROM raw.sales ORDER BY n, id LIMIT 2
SELECT id FROM raw.sales ORDER BY n NULLS LAST, id LIMIT 2

-- string escapes
SELECT 'a\n' AS x FROM raw.sales
SELECT r'a\n' AS x FROM raw.sales

-- quotes in a string
SELECT '"' AS x FROM raw.sales
SELECT "'" AS x FROM raw.sales

-- letters' case in a string
SELECT id FROM raw.sales WHERE item = 'a'
SELECT id FROM raw.sales WHERE item = 'A'

-- string and bytes
SELECT 'a' AS x FROM raw.sales
SELECT b'a' AS x FROM raw.sales

-- '1' and 1
SELECT '1' AS x FROM raw.sales
SELECT 1 AS x FROM raw.sales

-- 'NULL' and NULL
SELECT 'NULL' AS x FROM raw.sales
SELECT CAST(NULL AS STRING) AS x FROM raw.sales

-- 'TRUE' and TRUE
SELECT 'TRUE' AS x FROM raw.sales
SELECT TRUE AS x FROM raw.sales

-- FLOAT64 and NUMERIC
SELECT n * 0.1 AS x FROM raw.sales
SELECT n * NUMERIC '0.1' AS x FROM raw.sales

-- FLOAT64 and NUMERIC in a condition
SELECT id FROM raw.sales WHERE price = 0.1 + 0.2
SELECT id FROM raw.sales WHERE CAST(price AS NUMERIC) = NUMERIC '0.1' + NUMERIC '0.2'

-- NUMERIC and BIGNUMERIC
SELECT NUMERIC '1' AS x FROM raw.sales
SELECT BIGNUMERIC '1' AS x FROM raw.sales

-- large INT64s near to each other
SELECT id FROM raw.sales WHERE n < 9007199254740993
SELECT id FROM raw.sales WHERE n < 9007199254740992

-- close FLOAT64s
SELECT 0.1 AS x FROM raw.sales
SELECT 0.10000000000000002 AS x FROM raw.sales

-- DATE and TIMESTAMP
-- not shown: the values are the same in Go
SELECT DATE '2026-01-01' AS x FROM raw.sales
SELECT TIMESTAMP '2026-01-01' AS x FROM raw.sales

-- TIMESTAMP and DATETIME
SELECT TIMESTAMP '2026-01-01' AS x FROM raw.sales
SELECT DATETIME '2026-01-01' AS x FROM raw.sales

-- TIMESTAMP in zones
SELECT TIMESTAMP '2026-01-01 00:00:00+00' AS x FROM raw.sales
SELECT TIMESTAMP '2026-01-01 00:00:00+01' AS x FROM raw.sales

-- the same hour twice in a zone
SELECT TIMESTAMP '2026-11-01 01:30:00-07' AS x FROM raw.sales
SELECT TIMESTAMP '2026-11-01 01:30:00-08' AS x FROM raw.sales

-- DATE in a zone
SELECT DATE(TIMESTAMP(day), 'UTC') AS x FROM raw.sales
SELECT DATE(TIMESTAMP(day), 'America/New_York') AS x FROM raw.sales

-- DATE_TRUNC's part
SELECT DATE_TRUNC(day, WEEK) AS x FROM raw.sales
SELECT DATE_TRUNC(day, WEEK(MONDAY)) AS x FROM raw.sales

-- ISOWEEK and WEEK(MONDAY)
SELECT EXTRACT(ISOWEEK FROM day) AS x FROM raw.sales
SELECT EXTRACT(WEEK(MONDAY) FROM day) AS x FROM raw.sales

-- EXTRACT's part
SELECT EXTRACT(DAY FROM day) AS x FROM raw.sales
SELECT EXTRACT(DAYOFWEEK FROM day) AS x FROM raw.sales

-- EXTRACT's zone
SELECT EXTRACT(HOUR FROM TIMESTAMP(day)) AS x FROM raw.sales
SELECT EXTRACT(HOUR FROM TIMESTAMP(day) AT TIME ZONE 'Asia/Tokyo') AS x FROM raw.sales

-- INTERVAL's part
SELECT DATE_ADD(day, INTERVAL 1 MONTH) AS x FROM raw.sales
SELECT DATE_ADD(day, INTERVAL 1 YEAR) AS x FROM raw.sales

-- DATE_ADD and DATE_SUB
SELECT DATE_ADD(day, INTERVAL 1 DAY) AS x FROM raw.sales
SELECT DATE_SUB(day, INTERVAL 1 DAY) AS x FROM raw.sales

-- DATE_DIFF the other way round
SELECT DATE_DIFF(day, '2026-01-01', DAY) AS x FROM raw.sales
SELECT DATE_DIFF('2026-01-01', day, DAY) AS x FROM raw.sales

-- FORMAT_DATE's format
SELECT FORMAT_DATE('%Y-%m', day) AS x FROM raw.sales
SELECT FORMAT_DATE('%Y-%M', day) AS x FROM raw.sales

-- CAST and SAFE_CAST
SELECT CAST(item AS INT64) AS x FROM raw.sales
SELECT SAFE_CAST(item AS INT64) AS x FROM raw.sales

-- SAFE.
SELECT SUBSTR(item, 1, n) AS x FROM raw.sales
SELECT SAFE.SUBSTR(item, 1, n) AS x FROM raw.sales

-- CAST to another type
SELECT CAST(n AS STRING) AS x FROM raw.sales
SELECT CAST(n AS FLOAT64) AS x FROM raw.sales

-- CAST back and forth
SELECT price AS x FROM raw.sales
SELECT CAST(CAST(price AS INT64) AS FLOAT64) AS x FROM raw.sales

-- CAST with a format
SELECT CAST(day AS STRING FORMAT 'YYYY') AS x FROM raw.sales
SELECT CAST(day AS STRING FORMAT 'MM') AS x FROM raw.sales

-- CAST to a length
SELECT CAST(id AS STRING(10)) AS x FROM raw.sales
SELECT CAST(id AS STRING(20)) AS x FROM raw.sales

-- - the other way round
SELECT n - 1 AS x FROM raw.sales
SELECT 1 - n AS x FROM raw.sales

-- / and DIV
SELECT n / 2 AS x FROM raw.sales
SELECT DIV(n, 2) AS x FROM raw.sales

-- / and SAFE_DIVIDE
SELECT n / n AS x FROM raw.sales
SELECT SAFE_DIVIDE(n, n) AS x FROM raw.sales

-- brackets
SELECT n + 1 * 2 AS x FROM raw.sales
SELECT (n + 1) * 2 AS x FROM raw.sales

-- COALESCE's order
SELECT COALESCE(id, item) AS x FROM raw.sales
SELECT COALESCE(item, id) AS x FROM raw.sales

-- IFNULL and NULLIF
SELECT IFNULL(n, 0) AS x FROM raw.sales
SELECT NULLIF(n, 0) AS x FROM raw.sales

-- CASE's order
SELECT CASE WHEN n > 1 THEN 'a' WHEN n > 2 THEN 'b' END AS x FROM raw.sales
SELECT CASE WHEN n > 2 THEN 'b' WHEN n > 1 THEN 'a' END AS x FROM raw.sales

-- CASE without ELSE
SELECT CASE WHEN n > 1 THEN 'a' END AS x FROM raw.sales
SELECT CASE WHEN n > 1 THEN 'a' ELSE '' END AS x FROM raw.sales

-- IF turned
SELECT IF(n > 1, 'a', 'b') AS x FROM raw.sales
SELECT IF(n <= 1, 'b', 'a') AS x FROM raw.sales

-- CONCAT's order
SELECT id || item AS x FROM raw.sales
SELECT item || id AS x FROM raw.sales

-- ROUND's digits
SELECT ROUND(price) AS x FROM raw.sales
SELECT ROUND(price, 1) AS x FROM raw.sales

-- GREATEST and LEAST
SELECT GREATEST(n, 2) AS x FROM raw.sales
SELECT LEAST(n, 2) AS x FROM raw.sales

-- STRUCT's fields' order
-- not shown: the values are the same in Go
SELECT STRUCT(1 AS a, 2 AS b) AS x FROM raw.sales
SELECT STRUCT(2 AS b, 1 AS a) AS x FROM raw.sales

-- STRUCT's fields' names
SELECT STRUCT(n AS a) AS x FROM raw.sales
SELECT STRUCT(n AS b) AS x FROM raw.sales

-- a field of a STRUCT
SELECT STRUCT(id AS a, item AS b).a AS x FROM raw.sales
SELECT STRUCT(id AS a, item AS b).b AS x FROM raw.sales

-- OFFSET and ORDINAL
SELECT tags[SAFE_OFFSET(1)] AS x FROM raw.sales
SELECT tags[SAFE_ORDINAL(1)] AS x FROM raw.sales

-- arrays of other orders
SELECT [1, 2] AS x FROM raw.sales
SELECT [2, 1] AS x FROM raw.sales

-- UNNEST and its offset
SELECT id, o AS x FROM raw.sales, UNNEST(tags) AS t WITH OFFSET AS o
SELECT id, ARRAY_LENGTH(tags) AS x FROM raw.sales, UNNEST(tags) AS t

-- UNNEST inner and left
SELECT id, t FROM raw.sales, UNNEST(tags) AS t
SELECT id, t FROM raw.sales LEFT JOIN UNNEST(tags) AS t

-- UNNEST of other arrays
SELECT x FROM raw.sales, UNNEST([1, 2]) AS x
SELECT x FROM raw.sales, UNNEST([1, 2, 2]) AS x

-- the fields of a JSON in other cases
SELECT TO_JSON(STRUCT(id AS a)).a AS x FROM raw.sales
SELECT TO_JSON(STRUCT(id AS a)).A AS x FROM raw.sales

-- a path of a JSON
SELECT JSON_VALUE(id, '$.a') AS x FROM raw.sales
SELECT JSON_VALUE(id, '$.b') AS x FROM raw.sales

-- a comment that hides a condition
SELECT id FROM raw.sales WHERE n > 1 -- AND item = 'a'
SELECT id FROM raw.sales WHERE n > 1 /**/ AND item = 'a'

-- a key with a FLOAT64 inside
-- not shown: DuckDB takes the 0 that the condition keeps
SELECT k FROM (SELECT STRUCT(price) AS k FROM raw.sales) WHERE CAST(k.price AS STRING) = '0' GROUP BY k
SELECT k FROM (SELECT STRUCT(price) AS k FROM raw.sales) GROUP BY k HAVING CAST(k.price AS STRING) = '0'

-- a key of INTERVAL
SELECT k FROM (SELECT IF(n = 1, INTERVAL 1 MONTH, INTERVAL 30 DAY) AS k FROM raw.sales) WHERE EXTRACT(MONTH FROM k) = 1 GROUP BY k
SELECT k FROM (SELECT IF(n = 1, INTERVAL 1 MONTH, INTERVAL 30 DAY) AS k FROM raw.sales) GROUP BY k HAVING EXTRACT(MONTH FROM k) = 1

-- WITH queries of one name
WITH w AS (SELECT id FROM raw.sales) SELECT id FROM (WITH w AS (SELECT item AS id FROM raw.sales) SELECT id FROM w)
WITH w AS (SELECT id FROM raw.sales) SELECT id FROM (WITH v AS (SELECT item AS id FROM raw.sales) SELECT id FROM w)

-- the order of an ARRAY, of the rows of LIMIT and of a subquery with LIMIT
-- not shown: DuckDB keeps the order
SELECT ARRAY(SELECT kind AS x FROM raw.items ORDER BY kind LIMIT 3) AS l
SELECT ARRAY(SELECT x FROM (SELECT kind AS x FROM raw.items ORDER BY kind LIMIT 3)) AS l
