-- CONCAT is NULL when any part is.
SELECT ('a' || 'b' || 'c') AS a, ('a' || n) AS b, 'a' || 'b' AS c, 'a' || n AS d FROM (SELECT CAST(NULL AS VARCHAR) AS n);

-- Case, length and direction.
SELECT UPPER('aé') AS a, LOWER('AÉ') AS b, LENGTH('é€') AS c, REVERSE('abc') AS d, length('abc') AS e, LENGTH('') AS f;

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
