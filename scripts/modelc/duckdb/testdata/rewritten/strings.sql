-- CONCAT is NULL when any part is.
SELECT ('a' || 'b' || 'c') AS a, ('a' || n) AS b, 'a' || 'b' AS c, 'a' || n AS d FROM (SELECT CAST(NULL AS VARCHAR) AS n);

-- Case, length and direction.
SELECT upper(replace('aé', 'ß', 'ss')) AS a, LOWER('AÉ') AS b, LENGTH('é€') AS c, array_to_string(list_reverse(regexp_extract_all('abc', '(?s).')), '') AS d, length('abc') AS e, LENGTH('') AS f;

-- Looking for a part.
SELECT STARTS_WITH('abc', 'ab') AS a, suffix('abc', 'bc') AS b, STRPOS('abcb', 'b') AS c, STRPOS('abc', 'x') AS d, STRPOS('abc', '') AS e, STARTS_WITH('abc', '') AS f, suffix('abc', NULL::VARCHAR) AS g;

-- TRIM takes away white space of every kind.
SELECT trim(' 	
 a b  　', chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(32) || chr(133) || chr(160) || chr(5760) || chr(8192) || chr(8193) || chr(8194) || chr(8195) || chr(8196) || chr(8197) || chr(8198) || chr(8199) || chr(8200) || chr(8201) || chr(8202) || chr(8232) || chr(8233) || chr(8239) || chr(8287) || chr(12288)) AS a, ltrim('  a ', chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(32) || chr(133) || chr(160) || chr(5760) || chr(8192) || chr(8193) || chr(8194) || chr(8195) || chr(8196) || chr(8197) || chr(8198) || chr(8199) || chr(8200) || chr(8201) || chr(8202) || chr(8232) || chr(8233) || chr(8239) || chr(8287) || chr(12288)) AS b, rtrim(' a  ', chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(32) || chr(133) || chr(160) || chr(5760) || chr(8192) || chr(8193) || chr(8194) || chr(8195) || chr(8196) || chr(8197) || chr(8198) || chr(8199) || chr(8200) || chr(8201) || chr(8202) || chr(8232) || chr(8233) || chr(8239) || chr(8287) || chr(12288)) AS c, trim('xxaxx', 'x') AS d, ltrim('xya', 'yx') AS e, trim('*a-', '-*') AS f;

-- Parts by place.
SELECT SUBSTR('apple', 2) AS a, SUBSTR('apple', 2, 2) AS b, SUBSTR('apple', 5, 9) AS c, SUBSTR('apple', 9) AS d, LEFT('apple', 3) AS e, RIGHT('apple', 3) AS f, LEFT('é€x', 2) AS g, RIGHT('ab', 5) AS h, SUBSTR('apple', 2, 0) AS i, LEFT('a', 0) AS j;

-- REPLACE and SPLIT.
SELECT REPLACE('banana', 'an', '-') AS a, REPLACE('aba', '', 'x') AS b, string_split('a,b,,c', ',') AS c, string_split('a::b', '::') AS d, string_split('', ',') AS e, string_split(NULL::VARCHAR, ',') AS f;

-- Regular expressions.
SELECT regexp_matches('foo@example.com', '@[a-z]+\.') AS a, CASE WHEN regexp_matches('foo@example.com', '@([a-z]+)') THEN regexp_extract('foo@example.com', '@([a-z]+)', 1) END AS b, CASE WHEN regexp_matches('abc', 'x') THEN regexp_extract('abc', 'x', 0) END AS c, CASE WHEN regexp_matches('abc123', '[0-9]+') THEN regexp_extract('abc123', '[0-9]+', 0) END AS d, regexp_replace('a1b22', '[0-9]', '#', 'g') AS e, regexp_replace('john smith', '(\w+) (\w+)', '\2 \1', 'g') AS f, regexp_matches('a
b', 'a.b') AS g;

-- Hashes in hexadecimal.
SELECT sha256('abc') AS a, sha256('') AS b, lower(hex(encode('ab'))) AS c;

-- NULL, nothing and letters of many kinds.
SELECT s, upper(replace(s, 'ß', 'ss')) AS a, LOWER(s) AS b, LENGTH(s) AS c, length(s) AS d, length(s) AS e, array_to_string(list_reverse(regexp_extract_all(s, '(?s).')), '') AS f
FROM UNNEST(CAST(['', 'abc', 'ÀÉ', 'é', 'éx', '💥a', '👩‍👩‍👧', 'ñandú', 'Δοκιμή', 'ЖУК', NULL] AS VARCHAR[])) AS s(s);

-- Upper and lower case of letters that have several.
SELECT upper(replace('straße', 'ß', 'ss')) AS a, LOWER('ẞ') AS b, upper(replace('ǆ', 'ß', 'ss')) AS c, upper(replace('ı', 'ß', 'ss')) AS d, upper(replace('σς', 'ß', 'ss')) AS e;

-- Parts by place, of letters of more than one byte.
SELECT s, SUBSTR(s, 1) AS a, SUBSTR(s, 2, 1) AS b, SUBSTR(s, 3, 5) AS c, SUBSTRING(s, 1, 0) AS d, LEFT(s, 1) AS e, LEFT(s, 2) AS f, RIGHT(s, 1) AS g, RIGHT(s, 2) AS h, RIGHT(s, 0) AS i
FROM UNNEST(CAST(['', 'a', 'é€', 'éx', '💥ab', '👩‍👩‍👧', NULL] AS VARCHAR[])) AS s(s);

-- Looking for a part, of letters of more than one byte.
SELECT s, p, STRPOS(s, p) AS a, STARTS_WITH(s, p) AS b, suffix(s, p) AS c, REPLACE(s, p, '-') AS d
FROM (SELECT 'héé' AS s, 'é' AS p UNION ALL SELECT 'éx', 'x' UNION ALL SELECT 'éx', 'e' UNION ALL SELECT '💥a💥', '💥' UNION ALL SELECT '', '' UNION ALL SELECT 'a', '' UNION ALL
  SELECT '', 'a' UNION ALL SELECT NULL::VARCHAR, 'a' UNION ALL SELECT 'a', NULL::VARCHAR UNION ALL SELECT 'aaa', 'aa' UNION ALL SELECT 'A', 'a' UNION ALL SELECT 'é', 'é');

-- REPLACE with NULL and nothing.
SELECT REPLACE('abc', 'b', '') AS a, REPLACE('abc', 'b', n) AS b, REPLACE('abc', n, 'x') AS c, REPLACE(n, 'a', 'b') AS d, REPLACE('', '', 'x') AS e, REPLACE('aaa', 'a', 'aa') AS f
FROM (SELECT CAST(NULL AS VARCHAR) AS n);

-- SPLIT of everything.
SELECT s, string_split(s, ',') AS a, string_split(s, 'é') AS b, string_split(s, ', ') AS c FROM UNNEST(CAST(['', ',', 'a', 'a,b', ',a,', 'aéb', 'a, b', '💥,x', NULL] AS VARCHAR[])) AS s(s);

-- TRIM of nothing, of white space alone and of other characters.
SELECT s, trim(s, chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(32) || chr(133) || chr(160) || chr(5760) || chr(8192) || chr(8193) || chr(8194) || chr(8195) || chr(8196) || chr(8197) || chr(8198) || chr(8199) || chr(8200) || chr(8201) || chr(8202) || chr(8232) || chr(8233) || chr(8239) || chr(8287) || chr(12288)) AS a, ltrim(s, chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(32) || chr(133) || chr(160) || chr(5760) || chr(8192) || chr(8193) || chr(8194) || chr(8195) || chr(8196) || chr(8197) || chr(8198) || chr(8199) || chr(8200) || chr(8201) || chr(8202) || chr(8232) || chr(8233) || chr(8239) || chr(8287) || chr(12288)) AS b, rtrim(s, chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(32) || chr(133) || chr(160) || chr(5760) || chr(8192) || chr(8193) || chr(8194) || chr(8195) || chr(8196) || chr(8197) || chr(8198) || chr(8199) || chr(8200) || chr(8201) || chr(8202) || chr(8232) || chr(8233) || chr(8239) || chr(8287) || chr(12288)) AS c, trim(s, 'a') AS d, ltrim(s, ' a') AS e, rtrim(s, 'éa') AS f
FROM UNNEST(CAST(['', ' ', ' 	
', 'a', ' a ', 'aaéaa', ' x ', '​x', 'é', 'éa é', NULL] AS VARCHAR[])) AS s(s);

-- TRIM of no character and of NULL.
SELECT trim('aba', '') AS a, trim('aba', n) AS b, ltrim('aba', '') AS c FROM (SELECT CAST(NULL AS VARCHAR) AS n);

-- Putting together.
SELECT CAST(('a' || NULL::VARCHAR) AS VARCHAR) AS a, CAST((NULL::VARCHAR || NULL::VARCHAR) AS VARCHAR) AS b, ('é' || '💥') AS c, (s) AS d, s || '' AS e, ('' || '') AS f, CAST(s || s || CAST(NULL AS VARCHAR) AS VARCHAR) AS g
FROM (SELECT 'x' AS s);

-- Regular expressions over letters of many kinds.
SELECT s, regexp_matches(s, '^.$') AS a, regexp_matches(s, '\w') AS b, regexp_matches(s, '(?i)É') AS c, CASE WHEN regexp_matches(s, '(\pL+)') THEN regexp_extract(s, '(\pL+)', 1) END AS d, regexp_replace(s, '[aé]', '<\0>', 'g') AS e,
  regexp_matches(s, 'x$') AS f, CASE WHEN regexp_matches(s, '.x') THEN regexp_extract(s, '.x', 0) END AS g
FROM UNNEST(CAST(['', 'é', 'É', 'é', '💥', 'aéx', 'x
', 'ax
b', NULL] AS VARCHAR[])) AS s(s);

-- What a replacement may say.
SELECT regexp_replace('abc', 'b', '$1', 'g') AS a, regexp_replace('abc', '(b)', '[\1\1]', 'g') AS b, regexp_replace('abc', 'b', '\\', 'g') AS c, regexp_replace('abc', 'x', 'y', 'g') AS d, regexp_replace('aXbX', '(?i)x', '', 'g') AS e;

-- Places that several expressions could match.
SELECT CASE WHEN regexp_matches('aab', 'a+') THEN regexp_extract('aab', 'a+', 0) END AS a, CASE WHEN regexp_matches('aab', 'a+?') THEN regexp_extract('aab', 'a+?', 0) END AS b, CASE WHEN regexp_matches('foobar', 'foo|foobar') THEN regexp_extract('foobar', 'foo|foobar', 0) END AS c, CASE WHEN regexp_matches('k=v;k2=v2', 'k2=(.+)') THEN regexp_extract('k=v;k2=v2', 'k2=(.+)', 1) END AS d, regexp_matches('a.b', 'a\.b') AS e,
  regexp_matches('AbC', '(?i)abc') AS f, CASE WHEN regexp_matches('x12y3', '[0-9]{2,}') THEN regexp_extract('x12y3', '[0-9]{2,}', 0) END AS g;

-- LIKE over letters of many kinds.
SELECT s, s LIKE '_' AS a, s LIKE '%' AS b, s LIKE '%é%' AS c, s LIKE '' AS d, s LIKE '_%_' AS e, s LIKE 'a%b' AS f, s NOT LIKE '%x' AS g, (s LIKE '\%' ESCAPE '\') AS h, (s LIKE '%\_' ESCAPE '\') AS i
FROM UNNEST(CAST(['', 'é', 'é', '💥', 'a
b', 'ab', '%', 'a_', 'x', '\', NULL] AS VARCHAR[])) AS s(s);

-- LIKE with a pattern of the row.
SELECT CASE WHEN regexp_matches(p, '(^|[^\\])(\\\\)*\\$') THEN error('the LIKE pattern ends with a backslash') ELSE (s LIKE p ESCAPE '\') END AS a FROM (SELECT 'a%' AS s, 'a\%' AS p UNION ALL SELECT 'ab', 'a\%' UNION ALL SELECT 'a\', 'a\\' UNION ALL SELECT 'a', NULL::VARCHAR UNION ALL SELECT NULL::VARCHAR, 'a');

-- LIKE with a pattern that ends within an escape.
SELECT CASE WHEN regexp_matches(p, '(^|[^\\])(\\\\)*\\$') THEN error('the LIKE pattern ends with a backslash') ELSE (s LIKE p ESCAPE '\') END AS a FROM (SELECT 'a' AS s, 'a\' AS p);

-- Strings are compared by their code points.
SELECT s, t, s < t AS a, s = t AS b, s >= t AS c, CASE WHEN s IS NULL OR t IS NULL THEN NULL ELSE greatest(s, t) END AS d
FROM (SELECT '' AS s, 'a' AS t UNION ALL SELECT 'Z', 'a' UNION ALL SELECT 'é', 'é' UNION ALL SELECT '💥', '￮' UNION ALL SELECT 'a', 'a ' UNION ALL SELECT 'ß', 'ss' UNION ALL SELECT '10', '9' UNION ALL SELECT NULL::VARCHAR, 'a');

-- Strings in order.
SELECT s FROM UNNEST(CAST(['b', 'B', 'a', '', 'é', 'é', 'z', '💥', '￮', ' ', '1', NULL] AS VARCHAR[])) AS s(s) ORDER BY s;

-- Hashes and hexadecimal digits of NULL and of letters of many bytes.
SELECT s, sha256(s) AS a, unhex(sha256(s)) AS b, lower(hex(encode(s))) AS c FROM UNNEST(CAST(['', 'é', '💥', NULL] AS VARCHAR[])) AS s(s);

-- Bytes are compared as numbers.
SELECT a, b, a < b AS c, a = b AS d, MIN(a) OVER () AS e, MAX(b) OVER () AS f
FROM (SELECT encode(x) AS a, encode(y) AS b FROM (SELECT 'a' AS x, 'b' AS y UNION ALL SELECT '', 'a' UNION ALL SELECT 'é', 'z' UNION ALL SELECT NULL::VARCHAR, 'x'));
