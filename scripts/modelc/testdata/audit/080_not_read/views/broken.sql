CREATE VIEW reports.sound AS SELECT day, followers FROM raw.medium_account_days;

CREATE VIEW reports.no_from AS
SELECT day,
  followers,
FORM raw.medium_account_days;

CREATE VIEW reports.wrong_column AS
SELECT day, folowers FROM raw.medium_account_days;

CREATE VIEW reports.reads_wrong_column AS SELECT * FROM reports.wrong_column;

CREATE VIEW reports.a AS SELECT * FROM reports.b;
CREATE VIEW reports.b AS SELECT * FROM reports.a;

CREATE TABLE reports.t (one INT64);

CREATE VIEW reports.old_dialect AS SELECT day FROM [my-project:raw.medium_account_days];

CREATE VIEW reports.by_load AS SELECT _PARTITIONDATE AS day, COUNT(*) AS n FROM raw.medium_stories GROUP BY 1;

CREATE VIEW reports.by_function AS SELECT tools.slug(title) AS slug FROM raw.medium_stories;
