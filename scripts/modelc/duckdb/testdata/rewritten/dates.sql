-- Days, weeks, months and years on.
SELECT CAST(DATE '2026-01-31' + INTERVAL 1 MONTH AS DATE) AS a, CAST(DATE '2026-03-31' - INTERVAL 1 MONTH AS DATE) AS b, CAST(DATE '2024-02-29' + INTERVAL 1 YEAR AS DATE) AS c, CAST(DATE '2026-01-01' - INTERVAL 1 DAY AS DATE) AS d, CAST(DATE '2026-01-01' + INTERVAL 2 WEEK AS DATE) AS e, CAST(DATE '2026-11-30' + INTERVAL 1 QUARTER AS DATE) AS f, CAST(DATE '2026-01-01' + INTERVAL (-3) DAY AS DATE) AS g;

-- A number of days from a column.
SELECT CAST(DATE '2026-01-01' + INTERVAL (n) DAY AS DATE) AS a, CAST(DATE '2026-01-01' - INTERVAL (n + 1) MONTH AS DATE) AS b, DATE '2026-01-01' + CAST(n AS INTEGER) AS c, DATE '2026-01-01' - 1 AS d FROM UNNEST(CAST([0, 40] AS BIGINT[])) AS n(n);

-- Differences count the boundaries in between.
SELECT date_diff('day', DATE '2026-01-01', DATE '2026-01-05') AS a, date_diff('year', DATE '2025-12-31', DATE '2026-01-01') AS b, date_diff('month', DATE '2026-01-31', DATE '2026-03-01') AS c, ((CAST(date_trunc('week', DATE '2026-01-04' - 6) AS DATE) - CAST(date_trunc('week', DATE '2026-01-03' - 6) AS DATE)) // 7) AS d, ((CAST(date_trunc('week', DATE '2026-01-05' - 6) AS DATE) - CAST(date_trunc('week', DATE '2026-01-04' - 6) AS DATE)) // 7) AS e, ((CAST(date_trunc('week', DATE '2026-01-05') AS DATE) - CAST(date_trunc('week', DATE '2026-01-04') AS DATE)) // 7) AS f, ((CAST(date_trunc('week', DATE '2026-01-05') AS DATE) - CAST(date_trunc('week', DATE '2026-01-04') AS DATE)) // 7) AS g, date_diff('quarter', DATE '2026-07-01', DATE '2026-01-01') AS h;

-- The beginning of a part; a week begins on Sunday unless it is said otherwise.
SELECT d, (CAST(date_trunc('week', d - 6) AS DATE) + 6) AS w, CAST(date_trunc('week', d) AS DATE) AS m, (CAST(date_trunc('week', d - 5) AS DATE) + 5) AS s, CAST(date_trunc('week', d) AS DATE) AS i, CAST(date_trunc('month', d) AS DATE) AS mo, CAST(date_trunc('quarter', d) AS DATE) AS q, CAST(date_trunc('year', d) AS DATE) AS y FROM UNNEST(CAST(generate_series(DATE '2025-12-27', DATE '2026-01-11', INTERVAL 1 DAY) AS DATE[])) AS d(d);

-- Parts of a date.
SELECT d, EXTRACT(YEAR FROM d) AS y, EXTRACT(QUARTER FROM d) AS q, EXTRACT(MONTH FROM d) AS m, EXTRACT(DAY FROM d) AS dd, (EXTRACT(DOW FROM d) + 1) AS w, EXTRACT(DOY FROM d) AS doy, CAST(strftime(d, '%U') AS BIGINT) AS wk, CAST(strftime(d, '%W') AS BIGINT) AS wm, EXTRACT(WEEK FROM d) AS iw, EXTRACT(ISOYEAR FROM d) AS iy FROM UNNEST(CAST(generate_series(DATE '2023-12-29', DATE '2024-01-09', INTERVAL 1 DAY) AS DATE[])) AS d(d);

-- The last day, and days since 1970.
SELECT last_day(DATE '2024-02-10') AS a, last_day(DATE '2026-12-31') AS b, (DATE '2026-01-01' - DATE '1970-01-01') AS c, (DATE '1970-01-01' + 20454) AS d, make_date(2026, 2, 28) AS e, (DATE '1969-12-31' - DATE '1970-01-01') AS f;

-- A day that does not exist.
SELECT make_date(2026, 2, m) AS a FROM (SELECT 30::BIGINT AS m);

-- Formats.
SELECT strftime(DATE '2026-01-05', '%Y-%m-%d') AS a, strftime(DATE '2026-01-05', '%Y-%m-%d') AS b, strftime(DATE '2026-01-05', '%b %d, %Y') AS c, strftime(DATE '2026-01-05', '%A %a %B %j %y') AS d, strftime(DATE '2027-01-01', '%G-W%V-%u') AS e, strftime(DATE '2026-01-04', '%U %W %w') AS f, strftime(DATE '2026-01-04', '100%%') AS g;

-- Dates from text.
SELECT CAST(strptime('2026-01-05', '%Y-%m-%d') AS DATE) AS a, CAST(strptime('2026-1-5', '%Y-%m-%d') AS DATE) AS b, CAST(strptime('05/01/2026', '%d/%m/%Y') AS DATE) AS c;

-- Text that is no date.
SELECT CAST(strptime(x, '%Y-%m-%d') AS DATE) AS a FROM (SELECT 'soon' AS x);

-- Rows of dates.
SELECT CAST(generate_series(DATE '2026-01-30', DATE '2026-02-02', INTERVAL 1 DAY) AS DATE[]) AS a, CAST(generate_series(DATE '2026-01-01', DATE '2026-01-20', INTERVAL 1 WEEK) AS DATE[]) AS b, CAST(generate_series(DATE '2026-01-31', DATE '2026-04-30', INTERVAL 1 MONTH) AS DATE[]) AS c, CAST(generate_series(DATE '2026-01-02', DATE '2026-01-01', INTERVAL 1 DAY) AS DATE[]) AS d, CAST(generate_series(DATE '2026-01-01', DATE '2026-01-09', INTERVAL 3 DAY) AS DATE[]) AS e;

-- Days beyond the old calendar's last.
SELECT (CAST(date_trunc('week', DATE '1969-12-31' - 6) AS DATE) + 6) AS a, (EXTRACT(DOW FROM DATE '1969-12-28') + 1) AS b, ((CAST(date_trunc('week', DATE '1969-12-28' - 6) AS DATE) - CAST(date_trunc('week', DATE '1970-01-04' - 6) AS DATE)) // 7) AS c;

-- Months and years after the ends of months and of leap years.
SELECT d, CAST(d + INTERVAL 1 MONTH AS DATE) AS a, CAST(d - INTERVAL 1 MONTH AS DATE) AS b, CAST(d + INTERVAL 1 YEAR AS DATE) AS c, CAST(d - INTERVAL 1 YEAR AS DATE) AS e, CAST(d + INTERVAL (-1) QUARTER AS DATE) AS f, CAST(d - INTERVAL 2 QUARTER AS DATE) AS g,
  CAST(d + INTERVAL 13 MONTH AS DATE) AS h, CAST(d + INTERVAL 1 WEEK AS DATE) AS i, CAST(d - INTERVAL 1 WEEK AS DATE) AS j, CAST(d + INTERVAL 1 DAY AS DATE) AS k, CAST(d - INTERVAL 60 DAY AS DATE) AS l
FROM UNNEST(CAST([DATE '2026-01-31', DATE '2024-01-31', DATE '2024-02-29', DATE '2026-02-28', DATE '2026-03-31', DATE '2026-12-31', DATE '1969-12-31', DATE '0003-03-01', NULL] AS DATE[])) AS d(d);

-- Numbers of days from columns.
SELECT CAST(d + INTERVAL (n) DAY AS DATE) AS a, CAST(d - INTERVAL (n) MONTH AS DATE) AS b, d + CAST(n AS INTEGER) AS c, d - CAST(n AS INTEGER) AS e, CAST(d + INTERVAL (n + 1) WEEK AS DATE) AS f, CAST(d + INTERVAL (-n) YEAR AS DATE) AS g
FROM (SELECT DATE '2024-02-29' AS d, 1::BIGINT AS n UNION ALL SELECT DATE '2024-02-29', (-1)::BIGINT UNION ALL SELECT DATE '2024-02-29', NULL::BIGINT UNION ALL SELECT NULL::DATE, 1::BIGINT);

-- Days, months, quarters and years between dates, both ways.
SELECT a, b, date_diff('day', b, a) AS c, date_diff('month', b, a) AS d, date_diff('quarter', b, a) AS e, date_diff('year', b, a) AS f
FROM (SELECT DATE '2026-03-01' AS a, DATE '2026-02-28' AS b UNION ALL SELECT DATE '2026-02-28', DATE '2026-03-01' UNION ALL SELECT DATE '2024-03-01', DATE '2023-12-31' UNION ALL SELECT DATE '1969-12-31', DATE '1970-01-01' UNION ALL
  SELECT DATE '9999-12-31', DATE '0001-01-01' UNION ALL SELECT NULL::DATE, DATE '2026-01-01' UNION ALL SELECT DATE '2026-01-01', NULL::DATE UNION ALL SELECT DATE '2024-02-29', DATE '2024-02-29');

-- Weeks between dates, by each first day.
SELECT a, b, ((CAST(date_trunc('week', a - 6) AS DATE) - CAST(date_trunc('week', b - 6) AS DATE)) // 7) AS w, ((CAST(date_trunc('week', a - 6) AS DATE) - CAST(date_trunc('week', b - 6) AS DATE)) // 7) AS su, ((CAST(date_trunc('week', a) AS DATE) - CAST(date_trunc('week', b) AS DATE)) // 7) AS mo, ((CAST(date_trunc('week', a - 1) AS DATE) - CAST(date_trunc('week', b - 1) AS DATE)) // 7) AS tu, ((CAST(date_trunc('week', a - 2) AS DATE) - CAST(date_trunc('week', b - 2) AS DATE)) // 7) AS we, ((CAST(date_trunc('week', a - 3) AS DATE) - CAST(date_trunc('week', b - 3) AS DATE)) // 7) AS th,
  ((CAST(date_trunc('week', a - 4) AS DATE) - CAST(date_trunc('week', b - 4) AS DATE)) // 7) AS fr, ((CAST(date_trunc('week', a - 5) AS DATE) - CAST(date_trunc('week', b - 5) AS DATE)) // 7) AS sa, ((CAST(date_trunc('week', a) AS DATE) - CAST(date_trunc('week', b) AS DATE)) // 7) AS iw
FROM (SELECT d AS a, DATE '2026-01-01' AS b FROM UNNEST(CAST(generate_series(DATE '2025-12-27', DATE '2026-01-12', INTERVAL 1 DAY) AS DATE[])) AS d(d));

-- The first day of each part.
SELECT d, CAST(date_trunc('day', d) AS DATE) AS a, (CAST(date_trunc('week', d - 6) AS DATE) + 6) AS b, CAST(date_trunc('week', d) AS DATE) AS c, CAST(date_trunc('month', d) AS DATE) AS e, CAST(date_trunc('quarter', d) AS DATE) AS f, CAST(date_trunc('year', d) AS DATE) AS g, CAST(date_trunc('week', d) AS DATE) AS h, (CAST(date_trunc('week', d - 1) AS DATE) + 1) AS i,
  (CAST(date_trunc('week', d - 2) AS DATE) + 2) AS j, (CAST(date_trunc('week', d - 3) AS DATE) + 3) AS k, (CAST(date_trunc('week', d - 4) AS DATE) + 4) AS l, (CAST(date_trunc('week', d - 5) AS DATE) + 5) AS m, (CAST(date_trunc('week', d - 6) AS DATE) + 6) AS n
FROM UNNEST(CAST([DATE '2024-02-29', DATE '2025-12-28', DATE '2025-12-29', DATE '2025-12-30', DATE '2025-12-31', DATE '2026-01-01', DATE '2026-01-02', DATE '2026-01-03', DATE '2026-01-04', DATE '1969-12-31', DATE '0001-01-08', NULL] AS DATE[])) AS d(d);

-- Parts of days about the turn of the year.
SELECT d, EXTRACT(YEAR FROM d) AS y, EXTRACT(QUARTER FROM d) AS q, EXTRACT(MONTH FROM d) AS m, EXTRACT(DAY FROM d) AS dd, EXTRACT(DOY FROM d) AS dy, (EXTRACT(DOW FROM d) + 1) AS dw, EXTRACT(WEEK FROM d) AS iw, EXTRACT(ISOYEAR FROM d) AS iy,
  CAST(strftime(d, '%U') AS BIGINT) AS w, CAST(strftime(d, '%U') AS BIGINT) AS ws, CAST(strftime(d, '%W') AS BIGINT) AS wm
FROM UNNEST(CAST([DATE '2024-02-29', DATE '2024-12-30', DATE '2024-12-31', DATE '2025-12-28', DATE '2025-12-29', DATE '2026-01-01', DATE '2026-01-04', DATE '2026-01-05', DATE '2027-01-01', DATE '2027-01-03', DATE '1969-12-31', DATE '0001-01-01', DATE '9999-12-31', NULL] AS DATE[])) AS d(d);

-- Last days.
SELECT d, last_day(d) AS a, last_day(d) AS b FROM UNNEST(CAST([DATE '2024-02-01', DATE '2026-02-28', DATE '1900-02-05', DATE '2026-12-31', DATE '9999-12-01', NULL] AS DATE[])) AS d(d);

-- Dates of numbers.
SELECT make_date(y, m, d) AS a, (make_date(y, m, d) - DATE '1970-01-01') AS b, (DATE '1970-01-01' + CAST(n AS INTEGER)) AS c FROM (SELECT 2024::BIGINT AS y, 2::BIGINT AS m, 29::BIGINT AS d, 0::BIGINT AS n UNION ALL SELECT 1::BIGINT, 1::BIGINT, 1::BIGINT, (-719162)::BIGINT UNION ALL SELECT 9999::BIGINT, 12::BIGINT, 31::BIGINT, 2932896::BIGINT UNION ALL SELECT NULL::BIGINT, 1::BIGINT, 1::BIGINT, NULL::BIGINT UNION ALL SELECT 1969::BIGINT, 12::BIGINT, 31::BIGINT, (-1)::BIGINT);

-- A date that is none.
SELECT make_date(y, 2, 29) AS a FROM UNNEST(CAST([2026] AS BIGINT[])) AS y(y);

-- A month that is none.
SELECT make_date(2026, m, 1) AS a FROM UNNEST(CAST([13] AS BIGINT[])) AS m(m);

-- Dates as text.
SELECT strftime(d, '%Y|%m|%d|%Y-%m-%d|%y|%B|%b|%b|%A|%a|%j|%U|%W|%u|%w|%V|%G|%%') AS a, strftime(d, 'é %d 💥') AS c
FROM UNNEST(CAST([DATE '2024-02-29', DATE '2025-12-29', DATE '2026-01-01', DATE '2027-01-03', DATE '2026-12-31', DATE '1969-12-31', DATE '1900-03-01', NULL] AS DATE[])) AS d(d);

-- Texts as dates.
SELECT CAST(strptime(s, '%Y-%m-%d') AS DATE) AS a, CAST(strptime(s, '%Y-%m-%d') AS DATE) AS b FROM UNNEST(CAST(['2026-01-05', '2024-02-29', '2026-1-5', '0001-01-01', '9999-12-31', NULL] AS VARCHAR[])) AS s(s);

-- Texts as dates in other forms.
SELECT CAST(strptime('2026/01/05', '%Y/%m/%d') AS DATE) AS a, CAST(strptime('05/01/2026', '%d/%m/%Y') AS DATE) AS b, CAST(strptime('1/5/2026', '%m/%d/%Y') AS DATE) AS c, CAST(strptime('29.02.2024', '%d.%m.%Y') AS DATE) AS d;

-- White space about a date.
SELECT CAST(strptime(s, '%Y-%m-%d') AS DATE) AS a FROM UNNEST(CAST([' 2026-01-05', '2026-01-05 '] AS VARCHAR[])) AS s(s);

-- A text that is too long for its form.
SELECT CAST(strptime(s, '%Y-%m-%d') AS DATE) AS a FROM UNNEST(CAST(['2026-01-05x'] AS VARCHAR[])) AS s(s);

-- A text of a day that is none.
SELECT CAST(strptime(s, '%Y-%m-%d') AS DATE) AS a FROM UNNEST(CAST(['2026-02-29'] AS VARCHAR[])) AS s(s);

-- A text of a year with two digits.
SELECT CAST(strptime(s, '%Y-%m-%d') AS DATE) AS a FROM UNNEST(CAST(['26-01-05'] AS VARCHAR[])) AS s(s);

-- An empty text is no date.
SELECT CAST(strptime(s, '%Y-%m-%d') AS DATE) AS a FROM UNNEST(CAST([''] AS VARCHAR[])) AS s(s);

-- Rows of dates.
SELECT CAST(generate_series(d, CAST(d + INTERVAL 2 DAY AS DATE), INTERVAL 1 DAY) AS DATE[]) AS a, CAST(generate_series(d, CAST(d - INTERVAL 1 DAY AS DATE), INTERVAL 1 DAY) AS DATE[]) AS b, CAST(generate_series(d, d, INTERVAL 1 DAY) AS DATE[]) AS c, CAST(generate_series(d, CAST(d + INTERVAL 3 MONTH AS DATE), INTERVAL 1 MONTH) AS DATE[]) AS e,
  CAST(generate_series(d, CAST(d + INTERVAL 3 WEEK AS DATE), INTERVAL 2 WEEK) AS DATE[]) AS f, CAST(generate_series(d, CAST(d + INTERVAL 9 YEAR AS DATE), INTERVAL 4 YEAR) AS DATE[]) AS g, CAST(generate_series(d, CAST(d + INTERVAL 1 YEAR AS DATE), INTERVAL 2 QUARTER) AS DATE[]) AS h
FROM UNNEST(CAST([DATE '2024-02-29', DATE '2025-12-31', NULL] AS DATE[])) AS d(d);

-- Dates in order and compared.
SELECT d, d < DATE '2024-02-29' AS a, d = DATE '2024-02-29' AS b, d >= DATE '2024-2-29' AS c FROM UNNEST(CAST([DATE '2024-03-01', DATE '2024-02-29', NULL, DATE '1969-12-31'] AS DATE[])) AS d(d) ORDER BY d DESC;

-- The parameters of a model.
SELECT $partition_date::DATE AS a, CAST($partition_end::DATE - INTERVAL 1 DAY AS DATE) AS b, date_diff('day', $partition_date::DATE, $partition_end::DATE) AS c, d < $partition_end::DATE AS d
FROM UNNEST(CAST([DATE '2024-02-29', DATE '2024-03-01', NULL] AS DATE[])) AS d(d) WHERE d >= $partition_date::DATE OR d IS NULL;
