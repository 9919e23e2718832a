-- A start that comes later than this after its time: the send is held for a person, or goes out all the same.
alter table campaign_sends
  add column late_after_ms bigint not null default 86400000,
  add column on_late text not null default 'hold' check (on_late in ('hold', 'send')),
  -- How late it was when it began, if that was more than a minute.
  add column late_ms bigint;
