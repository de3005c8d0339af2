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
