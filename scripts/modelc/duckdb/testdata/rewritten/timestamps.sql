-- Moving a timestamp.
SELECT CAST(t + INTERVAL 90 MINUTE AS TIMESTAMPTZ) AS a, CAST(t - INTERVAL 1 DAY AS TIMESTAMPTZ) AS b, CAST(t + INTERVAL (n) HOUR AS TIMESTAMPTZ) AS c, CAST(t - INTERVAL 1 MILLISECOND AS TIMESTAMPTZ) AS d FROM (SELECT TIMESTAMPTZ '2026-03-29 01:30:00+00' AS t, 2::BIGINT AS n);

-- Differences count whole units.
SELECT ((epoch_us(b) - epoch_us(a)) // 3600000000) AS h, ((epoch_us(b) - epoch_us(a)) // 86400000000) AS d, ((epoch_us(a) - epoch_us(b)) // 60000000) AS m, ((epoch_us(b) - epoch_us(a)) // 1000000) AS s, ((epoch_us(b) - epoch_us(a)) // 1000) AS ms, (epoch_us(b) - epoch_us(a)) AS us FROM (SELECT TIMESTAMPTZ '2026-01-01 23:30:00+00' AS a, TIMESTAMPTZ '2026-01-03 23:29:59.5+00' AS b);

-- The beginning of a part.
SELECT date_trunc('second', t) AS s, date_trunc('hour', t) AS h, date_trunc('day', t) AS d, (date_trunc('week', t + INTERVAL 1 DAY) - INTERVAL 1 DAY) AS w, date_trunc('week', t) AS i, date_trunc('month', t) AS m, date_trunc('year', t) AS y FROM UNNEST(CAST([TIMESTAMPTZ '2026-01-04 05:06:07.8+00', TIMESTAMPTZ '1969-12-31 23:59:59.5+00'] AS TIMESTAMPTZ[])) AS t(t);

-- Parts of a timestamp.
SELECT EXTRACT(HOUR FROM t) AS h, EXTRACT(MINUTE FROM t) AS m, EXTRACT(SECOND FROM t) AS s, (EXTRACT(MILLISECOND FROM t) % 1000) AS ms, (EXTRACT(MICROSECOND FROM t) % 1000000) AS us, CAST(t AS DATE) AS d, (EXTRACT(DOW FROM t) + 1) AS w, EXTRACT(YEAR FROM t) AS y, CAST(strftime(t, '%U') AS BIGINT) AS wk FROM UNNEST(CAST([TIMESTAMPTZ '2026-01-04 05:06:07.890123+00', TIMESTAMPTZ '1969-12-31 23:59:59.5+00'] AS TIMESTAMPTZ[])) AS t(t);

-- Seconds since 1970, rounded down before it too.
SELECT (epoch_us(date_trunc('second', t)) // 1000000) AS s, (epoch_us(date_trunc('millisecond', t)) // 1000) AS ms, epoch_us(t) AS us, make_timestamptz((epoch_us(date_trunc('second', t)) // 1000000) * 1000000) AS back FROM UNNEST(CAST([TIMESTAMPTZ '2026-01-04 05:06:07.890123+00', TIMESTAMPTZ '1969-12-31 23:59:59.5+00'] AS TIMESTAMPTZ[])) AS t(t);

-- Timestamps from numbers.
SELECT make_timestamptz(1767225600::BIGINT * 1000000) AS a, make_timestamptz(1767225600123::BIGINT * 1000) AS b, make_timestamptz((-1)::BIGINT) AS c, make_timestamptz(NULL::BIGINT * 1000) AS d;

-- Formats.
SELECT strftime(t, '%Y-%m-%d %H:%M:%S') AS a, strftime(t, '%Y-%m-%d %H:%M:%S') AS b, strftime(t, '%I:%M %p') AS c FROM (SELECT TIMESTAMPTZ '2026-01-04 15:06:07.8+00' AS t);

-- Comparisons.
SELECT TIMESTAMPTZ '2026-01-01 00:00:00+01:00' < TIMESTAMPTZ '2026-01-01 00:00:00+00' AS a, CAST(t AS DATE) = DATE '2026-01-01' AS b, t >= TIMESTAMPTZ '2026-01-01 00:00:00+00' AS c FROM (SELECT TIMESTAMPTZ '2026-01-01 12:00:00+00' AS t);

-- Whole units between moments, both ways.
SELECT a, b, ((epoch_us(a) - epoch_us(b)) // 86400000000) AS d, ((epoch_us(a) - epoch_us(b)) // 3600000000) AS h, ((epoch_us(a) - epoch_us(b)) // 60000000) AS m, ((epoch_us(a) - epoch_us(b)) // 1000000) AS s, ((epoch_us(a) - epoch_us(b)) // 1000) AS ms, (epoch_us(a) - epoch_us(b)) AS us
FROM (SELECT TIMESTAMPTZ '2026-01-02 00:00:00+00' AS a, TIMESTAMPTZ '2026-01-01 00:00:00.000001+00' AS b UNION ALL SELECT TIMESTAMPTZ '2026-01-01 00:00:00.000001+00', TIMESTAMPTZ '2026-01-02 00:00:00+00' UNION ALL
  SELECT TIMESTAMPTZ '1969-12-31 23:59:59.5+00', TIMESTAMPTZ '1970-01-01 00:00:00.4+00' UNION ALL SELECT TIMESTAMPTZ '2024-03-01 12:00:00+00', TIMESTAMPTZ '2024-02-28 12:00:01+00' UNION ALL SELECT NULL::TIMESTAMPTZ, TIMESTAMPTZ '2026-01-01 00:00:00+00');

-- Moments moved.
SELECT t, CAST(t + INTERVAL 1 DAY AS TIMESTAMPTZ) AS a, CAST(t - INTERVAL 36 HOUR AS TIMESTAMPTZ) AS b, CAST(t + INTERVAL 90 MINUTE AS TIMESTAMPTZ) AS c, CAST(t - INTERVAL 1 SECOND AS TIMESTAMPTZ) AS d, CAST(t + INTERVAL 1500 MILLISECOND AS TIMESTAMPTZ) AS e,
  CAST(t - INTERVAL 1 MICROSECOND AS TIMESTAMPTZ) AS f, CAST(t + INTERVAL (-1) DAY AS TIMESTAMPTZ) AS g, CAST(t - INTERVAL (-1) MINUTE AS TIMESTAMPTZ) AS h, CAST(t + INTERVAL 1 MICROSECOND AS TIMESTAMPTZ) AS i, CAST(t - INTERVAL 5 MILLISECOND AS TIMESTAMPTZ) AS j,
  CAST(t + INTERVAL 25 HOUR AS TIMESTAMPTZ) AS k, CAST(t - INTERVAL 2 DAY AS TIMESTAMPTZ) AS l, CAST(t + INTERVAL 3600 SECOND AS TIMESTAMPTZ) AS m
FROM UNNEST(CAST([TIMESTAMPTZ '2024-02-28 23:59:59.999999+00', TIMESTAMPTZ '1970-01-01 00:00:00+00', TIMESTAMPTZ '2026-12-31 23:00:00+00', NULL] AS TIMESTAMPTZ[])) AS t(t);

-- Moments moved by numbers from columns.
SELECT CAST(t + INTERVAL (n) HOUR AS TIMESTAMPTZ) AS a, CAST(t - INTERVAL (n * 2) MICROSECOND AS TIMESTAMPTZ) AS b FROM (SELECT TIMESTAMPTZ '2026-01-01 00:00:00+00' AS t, 5::BIGINT AS n UNION ALL SELECT TIMESTAMPTZ '2026-01-01 00:00:00+00', (-5)::BIGINT UNION ALL SELECT TIMESTAMPTZ '2026-01-01 00:00:00+00', NULL::BIGINT UNION ALL SELECT TIMESTAMPTZ '2026-01-01 00:00:00+00', 10000000::BIGINT);

-- The start of each part of a moment.
SELECT t, date_trunc('microsecond', t) AS a, date_trunc('millisecond', t) AS b, date_trunc('second', t) AS c, date_trunc('minute', t) AS d, date_trunc('hour', t) AS e, date_trunc('day', t) AS f, (date_trunc('week', t + INTERVAL 1 DAY) - INTERVAL 1 DAY) AS g,
  (date_trunc('week', t + INTERVAL 1 DAY) - INTERVAL 1 DAY) AS h, date_trunc('week', t) AS i, date_trunc('week', t) AS j, date_trunc('month', t) AS k, date_trunc('quarter', t) AS l, date_trunc('year', t) AS m
FROM UNNEST(CAST([TIMESTAMPTZ '1969-12-31 23:59:59.999999+00', TIMESTAMPTZ '1970-01-01 00:00:00+00', TIMESTAMPTZ '2024-02-29 12:34:56.789012+00', TIMESTAMPTZ '2026-01-04 00:00:00+00', TIMESTAMPTZ '2026-01-03 23:59:59.5+00', TIMESTAMPTZ '1900-01-01 00:00:00.000001+00', NULL] AS TIMESTAMPTZ[])) AS t(t);

-- Parts of moments.
SELECT t, EXTRACT(YEAR FROM t) AS y, EXTRACT(QUARTER FROM t) AS q, EXTRACT(MONTH FROM t) AS mo, EXTRACT(DAY FROM t) AS d, EXTRACT(DOY FROM t) AS dy, (EXTRACT(DOW FROM t) + 1) AS dw, EXTRACT(WEEK FROM t) AS iw, EXTRACT(ISOYEAR FROM t) AS iy,
  CAST(t AS DATE) AS dt, CAST(strftime(t, '%U') AS BIGINT) AS w, CAST(strftime(t, '%W') AS BIGINT) AS wm, CAST(strftime(t, '%U') AS BIGINT) AS ws, EXTRACT(HOUR FROM t) AS h, EXTRACT(MINUTE FROM t) AS mi, EXTRACT(SECOND FROM t) AS s, (EXTRACT(MILLISECOND FROM t) % 1000) AS ms,
  (EXTRACT(MICROSECOND FROM t) % 1000000) AS us, EXTRACT(HOUR FROM t) AS hu
FROM UNNEST(CAST([TIMESTAMPTZ '1969-12-31 23:59:59.999999+00', TIMESTAMPTZ '2024-02-29 12:34:56.789012+00', TIMESTAMPTZ '2026-01-01 00:00:00+00', TIMESTAMPTZ '2027-01-03 23:59:59.001+00', TIMESTAMPTZ '0001-01-01 00:00:00+00', NULL] AS TIMESTAMPTZ[])) AS t(t);

-- Moments and numbers.
SELECT make_timestamptz(n * 1000000) AS a, make_timestamptz(n * 1000) AS b, make_timestamptz(n) AS c, (epoch_us(date_trunc('second', make_timestamptz(n * 1000))) // 1000000) AS d, (epoch_us(date_trunc('millisecond', make_timestamptz(n))) // 1000) AS e, epoch_us(make_timestamptz(n)) AS f FROM UNNEST(CAST([0, 1, -1, 1767225600, -1500, 999999, NULL] AS BIGINT[])) AS n(n);

-- Moments as text.
SELECT strftime(t, '%Y-%m-%d %H:%M:%S|%Y-%m-%d|%H:%M:%S|%H:%M|%y|%B|%b|%b|%A|%a|%j|%U|%W|%u|%w|%V|%G|%I|%p|%%') AS a
FROM UNNEST(CAST([TIMESTAMPTZ '2024-02-29 00:00:00+00', TIMESTAMPTZ '2025-12-29 12:00:00.5+00', TIMESTAMPTZ '2026-12-31 23:59:59.999999+00', TIMESTAMPTZ '1969-12-31 11:59:59+00', NULL] AS TIMESTAMPTZ[])) AS t(t);

-- Moments of dates and texts.
SELECT CAST(d AS TIMESTAMPTZ) AS a, TIMESTAMPTZ '2026-01-05 00:00:00+00' AS b, TIMESTAMPTZ '2026-01-05 10:20:30+00' AS c, TIMESTAMPTZ '2026-01-05 10:20:30.123456+05:30' AS e, CAST(t AS TIMESTAMPTZ) AS f, CAST(t AS DATE) AS g, CAST(t AS DATE) AS h, CAST(d AS DATE) AS i FROM (SELECT DATE '2024-02-29' AS d, TIMESTAMPTZ '2026-12-31 23:59:59.999999+00' AS t UNION ALL SELECT NULL::DATE, NULL::TIMESTAMPTZ);

-- Moments in order and compared.
SELECT t, t < TIMESTAMPTZ '2026-01-01 00:00:00+00' AS a, t = TIMESTAMPTZ '2026-01-01 00:00:00+00' AS b, t >= TIMESTAMPTZ '2025-12-31 19:00:00-05' AS c FROM UNNEST(CAST([TIMESTAMPTZ '2026-01-01 00:00:00+00', TIMESTAMPTZ '2025-12-31 23:59:59.999999+00', NULL] AS TIMESTAMPTZ[])) AS t(t) ORDER BY t;
