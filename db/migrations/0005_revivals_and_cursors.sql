-- Recipients that `retryFailed` took back from `dead`: the batches' counts, which progress adds up, still say failed.
alter table campaign_sends add column revived bigint not null default 0;

-- Milliseconds, as a page's cursor carries them: with microseconds the last row of a page would begin the next one.
alter table suppressions alter column created_at type timestamptz(3);
