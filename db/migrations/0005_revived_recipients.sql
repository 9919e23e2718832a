-- Recipients that `retryFailed` took back from `dead`: the batches' counts, which progress adds up, still say failed.
alter table campaign_sends add column revived bigint not null default 0;
