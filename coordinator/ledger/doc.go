// Package ledger is the coordinator's memory: small JSON objects in a bucket, each created once and never changed.
//
//	partitions/<P>/arrivals/<table>/<loaded_at>-<load_id>-<digest>.json   a table's partition was loaded
//	partitions/<P>/epoch/<seq>.json                                       somebody asked for the partition to be run anew
//	partitions/<P>/epoch/<model>/<seq>.json                               the same, of one model only
//	partitions/<P>/holds/<until>-<hold>.json                              its models wait until then, for a backfill
//	partitions/<P>/holds/released-<hold>.json                             they do not have to any more
//	partitions/<P>/runs/<model>/<seq>.json                                started | succeeded | failed | audit_failed
//	partitions/<P>/overdue/<source>/<seq>.json                              said and done about what did not come in time
//	tables/<model>/runs/<seq>.json                                        the same, of a model that is one whole table
//
// <P> is a day or a month; <table> is "raw.medium_stories"; <loaded_at> and <until> are RFC 3339 in UTC with six decimals;
// <digest> has 64 hexadecimal digits; <hold> is the id that whoever holds has chosen; <seq> has six digits and counts from 1 without gaps.
//
// What the ledger promises:
//
//   - Every write creates an object on the condition that there is none of that name, so that of several writers exactly
//     one succeeds, and nobody ever loses what another wrote. There is no lock and no object that all contend for.
//   - The state of every input can be read off the names: a listing alone says which version of which table has arrived.
//   - A hold ends by itself. Until then, or until it is released, nothing new is started for its partition, or from it; what
//     arrives is recorded, and a sweep by the one who holds, or by anybody afterwards, moves it on.
//   - The newest record of a log of runs tells the whole state of its model's partition, so one read is enough.
//   - A model that replaces its whole table has one log for all its partitions: the versions of one table follow
//     one another, whichever partition they are of.
package ledger
