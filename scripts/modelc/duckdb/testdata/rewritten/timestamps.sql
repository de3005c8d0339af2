-- Moving a timestamp.
SELECT CAST(t + INTERVAL 90 MINUTE AS TIMESTAMPTZ) AS a, CAST(t - INTERVAL 1 DAY AS TIMESTAMPTZ) AS b, CAST(t + INTERVAL (n) HOUR AS TIMESTAMPTZ) AS c, CAST(t - INTERVAL 1 MILLISECOND AS TIMESTAMPTZ) AS d FROM (SELECT TIMESTAMPTZ '2026-03-29 01:30:00+00' AS t, 2::BIGINT AS n);

-- Differences count whole units.
SELECT date_sub('hour', a, b) AS h, date_sub('day', a, b) AS d, date_sub('minute', b, a) AS m, date_sub('second', a, b) AS s, date_sub('millisecond', a, b) AS ms, date_sub('microsecond', a, b) AS us FROM (SELECT TIMESTAMPTZ '2026-01-01 23:30:00+00' AS a, TIMESTAMPTZ '2026-01-03 23:29:59.5+00' AS b);

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
